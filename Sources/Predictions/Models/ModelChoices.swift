import Files
import Foundation
import Networks

/// What a user says about a checkpoint that it does not say itself.
public struct ModelChoices: Sendable, Equatable {
    /// Names on the path to the network in the file, such as `model_ema`; nil for the one that there is.
    public var weightsKey: String?

    /// The heads in their order; nil to guess what they are.
    public var heads: [HeadChoice]?

    /// The names of classes, each list for the segmentation of that name; or, under nil, for the one that has
    /// as many classes.
    public var labels: [String?: [String]] = [:]

    /// Nothing but what the file says.
    public init() {}

    /// Whether nothing was said.
    public var isEmpty: Bool { self == ModelChoices() }

    /// Files of labels above this many bytes are refused.
    private static let labelsLimit = 1 << 20

    /// The heads written as `NAME:KIND,...`, where the kind is one of ``HeadChoice/Kind``.
    ///
    /// - Throws: ``ModelChoiceError``
    public static func heads(_ text: String) throws(ModelChoiceError) -> [HeadChoice] {
        var heads: [HeadChoice] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let fields = part.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
            guard fields.count == 2, let kind = HeadChoice.Kind(rawValue: fields[1]), fields[0].isModelName
            else {
                throw .init(
                    "--heads takes NAME:KIND for each head, with commas, such as "
                        + "seg:segmentation,depth:depth,normal:normals; kinds are "
                        + "\(HeadChoice.Kind.allCases.map(\.rawValue).joined(separator: ", ")), names have 1 to 64 "
                        + "letters, digits, - and _; found \"\(part.shown(limit: 100))\"")
            }
            heads.append(HeadChoice(name: fields[0], kind: kind))
        }
        if let twice = Dictionary(grouping: heads, by: \.name).first(where: { $1.count > 1 })?.key {
            throw .init("--heads names \(twice) twice; the names become those of files")
        }
        return heads
    }

    /// Reads a file of labels, one on each line in the order of the classes, or a JSON array of them; written as
    /// `FILE`, or as `NAME=FILE` for the segmentation of that name.
    ///
    /// - Throws: ``ModelChoiceError``
    public mutating func readLabels(_ argument: String) throws(ModelChoiceError) {
        let parts = argument.split(separator: "=", maxSplits: 1).map(String.init)
        let isNamed = parts.count == 2 && parts[0].isModelName
        let (name, path) = isNamed ? (String?.some(parts[0]), parts[1]) : (nil, argument)
        let bytes: [UInt8]
        do { bytes = try BoundedFile.read(path, limit: Self.labelsLimit) } catch {
            throw .init("--labels \(error)")
        }
        let found = try Self.labels(bytes, path)
        guard labels.updateValue(found, forKey: name) == nil else {
            throw .init("--labels is given twice for \(name ?? "the same heads"); write NAME=FILE")
        }
    }
}

extension ModelChoices {
    /// The longest label, in characters.
    private static let labelLength = 200

    private static func labels(_ bytes: [UInt8], _ path: String) throws(ModelChoiceError) -> [String] {
        guard let whole = String(validating: bytes, as: UTF8.self) else {
            throw .init("--labels \(path.shown()): expected text in UTF-8")
        }
        let text = whole.drop { $0 == "\u{feff}" }
        var found = text.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
        if text.first(where: { !$0.isWhitespace }) == "[" {
            guard let array = try? JSONDecoder().decode([String].self, from: Data(text.utf8)) else {
                throw .init(
                    "--labels \(path.shown()): expected a JSON array of strings after the [ at its start")
            }
            found = array
        }
        found.removeAll(where: \.isEmpty)
        guard !found.isEmpty else { throw .init("--labels \(path.shown()): expected labels, found none") }
        if let odd = found.first(where: { !$0.isPrintable || $0.count > labelLength }) {
            throw .init(
                "--labels \(path.shown()): expected labels of at most \(labelLength) characters without control "
                    + "characters, found \(odd.shown(limit: 40))")
        }
        return found
    }
}

/// What a user says about one head.
public struct HeadChoice: Sendable, Equatable {
    /// The kinds that can be said.
    public enum Kind: String, Sendable, CaseIterable {
        /// One class for each channel.
        case segmentation
        /// Distance along the optical axis, in metres.
        case depth
        /// Inverse distance.
        case inverseDepth = "inverse-depth"
        /// Unit vectors.
        case normals
    }

    /// The name in output files.
    public var name: String

    /// What it predicts.
    public var kind: Kind

    /// What the network has to know of it.
    var declared: DeclaredHead {
        let task: TaskKind =
            switch kind {
            case .segmentation: .segmentation
            case .depth, .inverseDepth: .depth
            case .normals: .normals
            }
        return DeclaredHead(name: name, kind: task)
    }

    /// The unit of a depth that was said.
    var unit: DepthUnit? {
        switch kind {
        case .depth: .metric
        case .inverseDepth: .inverse
        case .segmentation, .normals: nil
        }
    }
}

/// Why what was said about a checkpoint cannot be.
public struct ModelChoiceError: Error, Sendable, CustomStringConvertible {
    /// The option, what was expected and what was found.
    public let description: String

    init(_ description: String) { self.description = description }
}

extension String {
    /// Whether it can be part of file names and URLs: 1 to 64 letters, digits, `-` and `_`.
    var isModelName: Bool {
        let isPlain = utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
        return isPlain && (1...64).contains(utf8.count)
    }

    /// Whether it can be shown on a terminal and stored in a PNG file.
    var isPrintable: Bool { unicodeScalars.allSatisfy { $0.properties.generalCategory != .control } }
}
