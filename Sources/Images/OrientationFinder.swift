/// Finds out how a picture has to be turned to stand upright, from EXIF, or from XMP where EXIF does not say:
/// the order in which Pillow's `ImageOps.exif_transpose` asks.
///
/// Each walk over a file takes one step per segment and never goes back, so its cost is bounded by the file's
/// length; at most two texts are unpacked, neither to more than ``Zlib/longestText``. Where the structure breaks
/// off, the walk ends: reporting truncated and damaged files is the decoder's work.
enum OrientationFinder {
    /// The orientation that the file asks for, upright if it does not say.
    static func orientation(of bytes: UnsafeRawBufferPointer, format: ImageFormat) -> Orientation {
        let orientation =
            switch format {
            case .png: PNGMetadata(bytes).orientation
            case .jpeg: inJPEG(bytes)
            case .webp: inWebP(bytes)
            case .tiff: inTIFF(bytes)
            }
        return orientation ?? .upright
    }

    /// Of the APP1 segments before the first scan, the first with EXIF and the last with XMP count.
    private static func inJPEG(_ bytes: UnsafeRawBufferPointer) -> Orientation? {
        var exif: UnsafeRawBufferPointer?
        var xmp: UnsafeRawBufferPointer?
        let fields = FieldReader(block: bytes, bigEndian: true)
        var offset = 2
        while let marker = nextMarker(in: bytes, offset: &offset) {
            if marker == 0x01 || (0xD0...0xD7).contains(marker) { continue }
            guard !(0xD8...0xDA).contains(marker), let length = fields.uint16(at: offset), length >= 2,
                length <= bytes.count - offset
            else { break }
            let content = UnsafeRawBufferPointer(rebasing: bytes[offset + 2..<offset + length])
            if marker == 0xE1 && EXIFReader.hasPrefix(content) { exif = exif ?? content }
            if marker == 0xE1, let packet = XMPReader.packet(inAPP1: content) { xmp = packet }
            offset += length
        }
        return exif.flatMap(EXIFReader.orientation(inEXIF:)) ?? xmp.flatMap { XMPReader.orientation(in: $0) }
    }

    /// The first chunk of each kind counts.
    private static func inWebP(_ bytes: UnsafeRawBufferPointer) -> Orientation? {
        let file = WebPFile(bytes)
        return file.chunk("EXIF").flatMap(EXIFReader.orientation(inEXIF:))
            ?? file.chunk("XMP ").flatMap { XMPReader.orientation(in: $0) }
    }

    /// A TIFF file has the form of an EXIF block; XMP is one of its fields.
    private static func inTIFF(_ bytes: UnsafeRawBufferPointer) -> Orientation? {
        guard let directory = TIFFDirectory(bytes) else { return nil }
        return EXIFReader.orientation(in: directory)
            ?? directory.content(of: 700).flatMap { XMPReader.orientation(in: $0) }
    }

    /// The code of the next marker, leaving `offset` behind it. Like libjpeg, passes over bytes between
    /// segments and over the zeros and fill bytes that may surround the marker's 0xFF.
    private static func nextMarker(in bytes: UnsafeRawBufferPointer, offset: inout Int) -> UInt8? {
        while offset < bytes.count - 1 {
            let code = bytes[offset + 1]
            if bytes[offset] == 0xFF && code != 0xFF && code != 0 {
                offset += 2
                return code
            }
            offset += 1
        }
        return nil
    }
}

/// Finds the orientation in an XMP packet by its text, as Pillow does: packets need not be valid XML.
enum XMPReader {
    /// The value of the first `tiff:Orientation`, written as an attribute or as an element; upright for a digit
    /// that is no orientation, nil where there is none.
    static func orientation(in packet: some BidirectionalCollection<UInt8>) -> Orientation? {
        let name = Array("tiff:Orientation".utf8)
        var rest = packet[...]
        while let start = rest.firstIndex(of: name[0]) {
            rest = rest[start...]
            guard rest.starts(with: name) else {
                rest = rest.dropFirst()
                continue
            }
            rest = rest.dropFirst(name.count)
            let value = rest.prefix(3)
            for opening in ["=\"", ">"] where value.starts(with: opening.utf8) {
                guard let digit = value.dropFirst(opening.utf8.count).first, (0x30...0x39).contains(digit)
                else {
                    continue
                }
                return Orientation(rawValue: Int(digit) - 0x30) ?? .upright
            }
        }
        return nil
    }

    /// The XMP packet in a JPEG APP1 segment, or nil if it holds something else.
    static func packet(inAPP1 content: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        let prefix = Array("http://ns.adobe.com/xap/1.0/\0".utf8)
        guard content.starts(with: prefix) else { return nil }
        return UnsafeRawBufferPointer(rebasing: content[prefix.count...])
    }
}
