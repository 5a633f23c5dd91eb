/// The text chunks of a PNG file, by the specification and without a library.
func pngTexts(_ bytes: [UInt8]) -> [String: String] {
    var texts: [String: String] = [:]
    var position = 8
    while position + 12 <= bytes.count {
        let length = bytes[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
        let kind = String(decoding: bytes[position + 4..<position + 8], as: UTF8.self)
        let data = Array(bytes[position + 8..<position + 8 + length])
        if kind == "tEXt", let end = data.firstIndex(of: 0) {
            let keyword = String(decoding: data[..<end], as: UTF8.self)
            texts[keyword] = String(decoding: data[(end + 1)...], as: UTF8.self)
        }
        position += 12 + length
    }
    return texts
}
