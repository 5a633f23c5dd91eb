import Images

/// Why bytes are not decoded, or nil if they are.
func failure(of bytes: [UInt8], by decoder: ImageDecoder = ImageDecoder()) -> ImageError? {
    do throws(ImageError) {
        _ = try decoder.decode(bytes)
        return nil
    } catch {
        return error
    }
}

extension ImageError {
    var isTruncated: Bool { if case .truncated = self { true } else { false } }

    var isCorrupt: Bool { if case .corrupt = self { true } else { false } }
}
