import CImageCodecs

/// libpng's writer, from the description to the finished bytes.
struct PNGWriter: ~Copyable {
    private let handle: OpaquePointer

    private init(handle: OpaquePointer) { self.handle = handle }

    static func open() throws(PNGEncodingError) -> PNGWriter {
        guard let handle = mtan_png_writer_create() else { throw .codec("out of memory") }
        return PNGWriter(handle: handle)
    }

    deinit { mtan_png_writer_destroy(handle) }

    func begin(
        _ size: PixelSize, kind: mtan_png_kind, filter: mtan_png_filter, level: Int, palette: [UInt8] = []
    ) throws(PNGEncodingError) {
        let sides = 1...Int(Int32.max)
        guard sides.contains(size.width), sides.contains(size.height) else { throw .size(size) }
        let status = palette.withUnsafeBufferPointer { palette in
            var description = mtan_png_description(
                width: UInt32(size.width), height: UInt32(size.height), kind: kind, filter: filter,
                level: Int32(level), palette: palette.baseAddress, palette_count: Int32(palette.count / 3))
            return mtan_png_writer_begin(handle, &description)
        }
        try check(status)
    }

    func add(_ entry: PNGText) throws(PNGEncodingError) {
        let keyword = try entry.encodedKeyword() + [0]
        let (bytes, isUTF8) = try entry.encodedText()
        let status = keyword.withUnsafeBytes { keyword in
            (bytes + [0]).withUnsafeBytes { text in
                mtan_png_writer_add_text(
                    handle, keyword.bindMemory(to: CChar.self).baseAddress,
                    text.bindMemory(to: CChar.self).baseAddress, isUTF8 ? 1 : 0)
            }
        }
        try check(status)
    }

    func write(_ row: UnsafeRawBufferPointer) throws(PNGEncodingError) {
        try check(mtan_png_writer_write_row(handle, row.bindMemory(to: UInt8.self).baseAddress))
    }

    func finish() throws(PNGEncodingError) -> [UInt8] {
        try check(mtan_png_writer_finish(handle))
        var size = 0
        let bytes = mtan_png_writer_bytes(handle, &size)
        return Array(UnsafeBufferPointer(start: bytes, count: size))
    }

    private func check(_ status: mtan_codec_status) throws(PNGEncodingError) {
        guard status != MTAN_CODEC_OK else { return }
        throw .codec(String(cString: mtan_png_writer_message(handle)))
    }
}
