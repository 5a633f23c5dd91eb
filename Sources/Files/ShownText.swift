extension StringProtocol {
    /// The text for a message: on one line, and read in the order in which it is stored. What would move the
    /// cursor of a terminal, break the line or change the direction of writing is escaped, `\u{202e}` for
    /// example. Bytes of a file name that are not UTF-8 (see ``FileName``) are shown as `\xff`.
    ///
    /// - Parameter limit: the number of scalars after which the text is cut off and ends in `…`.
    public func shown(limit: Int = .max) -> String {
        var shown = String.UnicodeScalarView()
        let clipped = unicodeScalars.prefix(limit)
        for scalar in clipped {
            if let byte = FileName.byte(of: scalar) {
                shown += "\\x\(String(byte, radix: 16))".unicodeScalars
            } else if scalar.isUnprintable {
                shown += "\\u{\(String(scalar.value, radix: 16))}".unicodeScalars
            } else {
                shown.append(scalar)
            }
        }
        return String(shown) + (clipped.endIndex < unicodeScalars.endIndex ? "…" : "")
    }
}

extension Unicode.Scalar {
    /// Control characters, separators of lines and paragraphs, and the marks, embeddings, overrides and
    /// isolates of the bidirectional algorithm (Unicode Standard Annex 9).
    fileprivate var isUnprintable: Bool {
        switch properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        default: properties.isBidiControl
        }
    }
}

extension BinaryInteger {
    /// The number with its unit: `1 byte`, `2 bytes`.
    ///
    /// - Parameter plural: needed where it is not made by an `s`.
    public func counted(_ unit: String, plural: String? = nil) -> String {
        "\(self) \(self == 1 ? unit : plural ?? unit + "s")"
    }
}
