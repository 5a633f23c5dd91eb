import Hummingbird

/// How the files of a prediction are sent.
enum ResponseFormat: String, CaseIterable {
    /// The one file that was asked for.
    case file
    /// A zip archive of all files.
    case zip = "application/zip"
    /// All files in one body with boundaries (RFC 2046).
    case multipart = "multipart/mixed"
    /// What is known about the prediction, without its files.
    case metadata = "application/json"

    /// The format that an `Accept` header prefers; the first of the available ones among equals.
    ///
    /// - Parameters:
    ///   - accept: the header, or nil where there is none.
    ///   - fileType: the media type of the one file that was asked for; nil where there are several.
    /// - Throws: ``ServerError/notAcceptable(found:available:)``
    init(accept: String?, fileType: String?) throws(ServerError) {
        let available = Self.available(fileType: fileType)
        guard let accept, !accept.isEmpty else {
            self = available[0].format
            return
        }
        let ranges = accept.split(separator: ",").compactMap { AcceptedRange($0) }
        let ranked = available.map {
            (format: $0.format, quality: AcceptedRange.quality(of: $0.type, in: ranges))
        }
        guard let best = ranked.map(\.quality).max(), best > 0,
            let choice = ranked.first(where: { $0.quality == best })
        else { throw .notAcceptable(found: accept, available: available.map(\.type)) }
        self = choice.format
    }

    private static func available(fileType: String?) -> [(format: ResponseFormat, type: String)] {
        let others = [zip, multipart, metadata].map { ($0, $0.rawValue) }
        return fileType.map { [(.file, $0)] + others } ?? others
    }
}

/// One element of an `Accept` header (RFC 9110, 12.5.1).
struct AcceptedRange {
    let type: Substring
    let subtype: Substring
    let quality: Double

    /// - Returns: nil if it is no media range.
    init?(_ text: Substring) {
        let parts = text.split(separator: ";").map { $0.trimmed }
        guard let names = parts.first?.split(separator: "/", omittingEmptySubsequences: false),
            names.count == 2
        else { return nil }
        (type, subtype) = (names[0], names[1])
        let weight = parts.dropFirst().first { $0.lowercased().hasPrefix("q=") }
        quality = weight.flatMap { Double($0.dropFirst(2)) } ?? 1
    }

    /// How precisely it names a type: 3 for the type itself, 1 for `*/*`, 0 if it does not.
    private func precision(for name: String) -> Int {
        let names = name.split(separator: "/")
        if type == "*" && subtype == "*" { return 1 }
        guard names[0].caseInsensitiveEquals(type) else { return 0 }
        if subtype == "*" { return 2 }
        return names[1].caseInsensitiveEquals(subtype) ? 3 : 0
    }

    /// The quality that the most precise of some ranges gives a type; 0 if none names it.
    static func quality(of type: String, in ranges: [AcceptedRange]) -> Double {
        let matches = ranges.map { (precision: $0.precision(for: type), quality: $0.quality) }
            .filter { $0.precision > 0 }
        return matches.max { ($0.precision, $0.quality) < ($1.precision, $1.quality) }?.quality ?? 0
    }
}

extension StringProtocol {
    /// The text without spaces and tabs at its ends.
    var trimmed: SubSequence {
        let start = drop { $0 == " " || $0 == "\t" }
        guard let last = start.lastIndex(where: { $0 != " " && $0 != "\t" }) else {
            return start[..<start.startIndex]
        }
        return start[...last]
    }

    /// Whether two texts differ at most in the case of their letters.
    func caseInsensitiveEquals(_ other: some StringProtocol) -> Bool { lowercased() == other.lowercased() }
}
