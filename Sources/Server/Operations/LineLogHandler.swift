import Foundation
import Logging
import StandardStreams

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

    /// Writes to standard error, without ever waiting for its reader, or wherever `write` puts a line.
    public init(
        format: Format, level: Logger.Level,
        write: @escaping @Sendable (String) -> Void = { LineWriter.standardError.write($0) }
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
    public func log(event: LogEvent) { write(line(of: event)) }

    /// The line that stands for a number of lines that could not be written.
    public func noticeOfDrops(_ count: Int) -> String {
        line(
            of: LogEvent(
                level: .warning, message: "log lines dropped", metadata: ["count": "\(count)"], source: nil,
                file: #fileID, function: #function, line: #line))
    }

    private func line(of event: LogEvent) -> String {
        let values = metadata.merging(event.metadata ?? [:]) { $1 }.filter { $0.key != "hb.request.id" }
        let time = Date().formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        return switch format {
        case .text: Self.text(time, event, values)
        case .json: Self.json(time, event, values)
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
