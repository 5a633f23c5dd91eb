/// Finds the EXIF block of a file by walking its segments, without unpacking or copying any of them.
///
/// Each walk takes one step per segment and never goes back, so its cost is bounded by the file's length.
/// Where the structure breaks off, the walk ends; telling truncated and damaged files is the decoder's work.
enum EXIFLocator {
    /// The orientation that the file asks for, upright if it does not say.
    static func orientation(of bytes: UnsafeRawBufferPointer, format: ImageFormat) -> Orientation {
        let block =
            switch format {
            case .png: blockInPNG(bytes)
            case .jpeg: blockInJPEG(bytes)
            }
        return block.flatMap(EXIFReader.orientation(inEXIF:)) ?? .upright
    }

    /// The first eXIf chunk. It may come after the pixels.
    private static func blockInPNG(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        let fields = FieldReader(block: bytes, bigEndian: true)
        var offset = ImageFormat.pngSignature.count
        while let length = fields.uint32(at: offset), let type = fields.uint32(at: offset + 4) {
            let start = offset + 8
            guard length <= bytes.count - start else { return nil }
            if type == 0x6558_4966 { return UnsafeRawBufferPointer(rebasing: bytes[start..<start + length]) }
            if type == 0x4945_4E44 { return nil }
            offset = start + length + 4
        }
        return nil
    }

    /// The first APP1 segment with EXIF before the first scan.
    private static func blockInJPEG(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
        let fields = FieldReader(block: bytes, bigEndian: true)
        var offset = 2
        while let marker = nextMarker(in: bytes, offset: &offset) {
            switch marker {
            case 0x01, 0xD0...0xD7: continue
            case 0xD8, 0xD9, 0xDA: return nil
            default: break
            }
            guard let length = fields.uint16(at: offset), length >= 2, length <= bytes.count - offset else {
                return nil
            }
            let content = UnsafeRawBufferPointer(rebasing: bytes[offset + 2..<offset + length])
            if marker == 0xE1 && EXIFReader.hasPrefix(content) { return content }
            offset += length
        }
        return nil
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
