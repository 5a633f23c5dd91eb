import Foundation
import Logging

/// Writes one line for each message to standard error: as text for people or as JSON for collectors.
public struct LineLogHandler: LogHandler {
    /// What a line looks like.
    public enum Format: String, Sendable, CaseIterable {
        /// `2026-01-31T12:00:00.000Z info  request status=200`
        case text
        /// One object with `time`, `level`, `message`, and the metadata.
        case json
    }

    /// Messages below this level are not written.
    public var logLevel: Logger.Level
    /// What goes with every message.
    public var metadata: Logger.Metadata = [:]

    private let format: Format
    private let write: @Sendable (String) -> Void

    /// Writes to standard error, or wherever `write` puts a line.
    public init(
        format: Format, level: Logger.Level,
        write: @escaping @Sendable (String) -> Void = { FileHandle.standardError.write(Data($0.utf8)) }
    ) {
        self.format = format
        logLevel = level
        self.write = write
    }

    /// One piece of metadata.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    /// Writes a line.
    public func log(event: LogEvent) {
        let values = metadata.merging(event.metadata ?? [:]) { $1 }.filter { $0.key != "hb.request.id" }
        let time = Date().formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        switch format {
        case .text: write(Self.text(time, event, values))
        case .json: write(Self.json(time, event, values))
        }
    }

    private static func text(_ time: String, _ event: LogEvent, _ values: Logger.Metadata) -> String {
        let level = event.level.rawValue.padding(toLength: 7, withPad: " ", startingAt: 0)
        let pairs = values.sorted { $0.key < $1.key }.map { " \($0.key)=\(quoted("\($0.value)"))" }
        return "\(time) \(level) \(singleLine("\(event.message)"))\(pairs.joined())\n"
    }

    private static func json(_ time: String, _ event: LogEvent, _ values: Logger.Metadata) -> String {
        var object = values.mapValues { "\($0)" }
        object["time"] = time
        object["level"] = event.level.rawValue
        object["message"] = "\(event.message)"
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let data = (try? encoder.encode(object)) ?? Data()
        return String(decoding: data, as: UTF8.self) + "\n"
    }

    private static func quoted(_ value: String) -> String {
        let isPlain =
            !value.isEmpty && !value.contains { $0 == " " || $0 == "\"" || $0 == "=" || $0.isNewline }
        return isPlain ? value : "\"\(singleLine(value).replacing("\"", with: "\\\""))\""
    }

    /// A message from outside must not forge a line.
    private static func singleLine(_ text: String) -> String {
        text.contains(where: \.isNewline)
            ? text.split(whereSeparator: \.isNewline).joined(separator: " | ") : text
    }
}
