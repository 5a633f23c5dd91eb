/// A file that is no picture that can be read: what it seems to be by its first bytes, and how a picture is made
/// of it.
public struct ForeignFile: Sendable, Hashable {
    /// What it is, for `found ...`: "a GIF file".
    public let name: String

    /// What to do, as an imperative without a full stop.
    public let wayOut: String

    init(_ name: String, _ wayOut: String) {
        self.name = name
        self.wayOut = wayOut
    }

    /// Recognises a file by its beginning. Nil if it can be read, as far as its beginning says.
    ///
    /// - Parameter bytes: the file or its first bytes. A few KiB are enough, apart from camera raw files of TIFF's
    ///   form, whose directory can lie anywhere.
    public init?(_ bytes: UnsafeRawBufferPointer) {
        switch ImageFormat(signatureOf: bytes) {
        case .jpeg, .webp: return nil
        case .png:
            guard bytes.dropFirst(12).starts(with: "CgBI".utf8) else { return nil }
            self.init(
                "a PNG in Apple's CgBI variant, as iOS apps contain it",
                "convert it: ffmpeg -i in.png out.png")
        case .tiff:
            guard let name = Self.rawInTIFF(bytes) else { return nil }
            self = .raw(name)
        case nil: self = Self.unreadable(bytes)
        }
    }

    private static func unreadable(_ bytes: UnsafeRawBufferPointer) -> ForeignFile {
        if bytes.isEmpty { return ForeignFile("an empty file", "copy or download it again") }
        if let file = signatures.first(where: { $0.matches(bytes) })?.file { return file }
        return container(bytes) ?? text(bytes)
            ?? ForeignFile(
                "a file that starts with the bytes \(hexadecimal(bytes.prefix(8)))",
                "convert it to PNG or JPEG with the program that made it")
    }

    /// Camera raw files are TIFF files whose first picture is a preview, or the sensor's mosaic.
    private static func rawInTIFF(_ bytes: UnsafeRawBufferPointer) -> String? {
        if bytes.dropFirst(8).starts(with: "CR\u{2}".utf8) { return "CR2" }
        guard let directory = TIFFDirectory(bytes) else { return nil }
        let (dngVersion, tiffEPStandard, newSubfileType, photometric, subdirectories) = (
            50706, 37398, 254, 262, 330
        )
        if directory.field(dngVersion) != nil { return "DNG" }
        let isPreview = (directory.number(newSubfileType) ?? 0) & 1 == 1
        let mosaics = [32803, 34892]
        let isRaw =
            directory.field(tiffEPStandard) != nil || isPreview && directory.field(subdirectories) != nil
            || mosaics.contains(directory.number(photometric) ?? 0)
        return isRaw ? "NEF, ARW, PEF or the like" : nil
    }

    static func raw(_ name: String) -> ForeignFile {
        ForeignFile("a camera raw file (\(name))", "develop it: darktable-cli in.raw out.png")
    }

    static func video(_ name: String) -> ForeignFile {
        ForeignFile("a video (\(name))", "take pictures of it: ffmpeg -i in.mp4 frame-%05d.png")
    }

    static func magick(_ name: String, _ input: String) -> ForeignFile {
        ForeignFile(name, "convert it: magick \(input) out.png")
    }
}

extension ForeignFile {
    /// RIFF, ISO media files (MP4 and its relatives) and Matroska, by what they say they contain.
    private static func container(_ bytes: UnsafeRawBufferPointer) -> ForeignFile? {
        func has(_ text: String, at offset: Int) -> Bool { bytes.dropFirst(offset).starts(with: text.utf8) }
        if has("RIFF", at: 0) {
            return has("AVI ", at: 8)
                ? video("AVI") : ForeignFile("a RIFF file without a picture", "give a picture")
        }
        if bytes.starts(with: [0x1A, 0x45, 0xDF, 0xA3]) {
            let isWebM = String(decoding: bytes.prefix(64), as: UTF8.self).contains("webm")
            return video(isWebM ? "WebM" : "Matroska")
        }
        // MPEG transport streams are packets of 188 bytes, on Blu-ray and in camcorders with 4 more before each.
        let isStream = [(0, 188), (4, 192)].contains { start, length in
            bytes.count > start + length && bytes[start] == 0x47 && bytes[start + length] == 0x47
        }
        if isStream { return video("MPEG transport stream") }
        if ["moov", "mdat", "wide", "skip", "free", "pnot"].contains(where: { has($0, at: 4) }) {
            return video("QuickTime")
        }
        return has("ftyp", at: 4) ? isoMedia(bytes) : nil
    }

    /// The main brand decides, unless it only says "pictures": then those that it is compatible with do.
    private static func isoMedia(_ bytes: UnsafeRawBufferPointer) -> ForeignFile {
        let length = FieldReader(block: bytes, bigEndian: true).uint32(at: 0) ?? 0
        let brands = bytes.prefix(min(length, 256)).dropFirst(8)
        func name(at offset: Int) -> String {
            String(decoding: brands.dropFirst(offset).prefix(4), as: UTF8.self)
        }
        let all = stride(from: 0, to: brands.count, by: 4).map(name(at:))
        let main = all.first ?? ""
        if main == "crx " { return raw("CR3") }
        if main.hasPrefix("avi") || main.hasPrefix("mi") && all.contains("avif") {
            return magick("an AVIF file", "in.avif")
        }
        if main.hasPrefix("he") || main == "mif1" || main == "msf1" {
            return ForeignFile("a HEIC file (HEIF)", "convert it: heif-convert in.heic out.png")
        }
        return video(main == "qt  " ? "QuickTime, MOV" : "MP4")
    }

    /// What a server or a version control system wrote in the place of a picture.
    private static func text(_ bytes: UnsafeRawBufferPointer) -> ForeignFile? {
        let start = bytes.prefix(1024)
        let isText = start.allSatisfy { $0 >= 0x20 && $0 != 0x7F || (0x09...0x0D).contains($0) }
        let text = String(decoding: start, as: UTF8.self).drop { $0.isWhitespace || $0 == "\u{FEFF}" }
        guard isText, !text.isEmpty, !text.contains("\u{FFFD}") || start.count == 1024 else { return nil }
        let lowercased = text.lowercased()
        if lowercased.contains("<svg") {
            return ForeignFile("an SVG drawing", "draw it: rsvg-convert in.svg -o out.png")
        }
        if lowercased.hasPrefix("<!doctype html") || lowercased.hasPrefix("<html") {
            return ForeignFile(
                "an HTML page, as failed downloads leave it",
                "download the picture itself, not a page that shows it")
        }
        if text.hasPrefix("version https://git-lfs") {
            return ForeignFile("a pointer of Git LFS in place of the file", "fetch the file: git lfs pull")
        }
        let beginning = text.prefix(30).map { $0.isWhitespace ? " " : String($0) }.joined()
        return ForeignFile("text that starts with \"\(beginning)\"", "copy or download the picture again")
    }
}

/// Bytes as two-digit hexadecimal numbers with spaces between.
func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
}
