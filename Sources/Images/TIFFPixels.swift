import CImageCodecs
import CLibTIFF

/// What the samples of a TIFF image mean.
struct TIFFPixels {
    /// How the first samples of a pixel make its colour.
    enum Color {
        case grey
        /// The scale from black to white is reversed.
        case invertedGrey
        case palette
        case rgb
        /// Shares of ink.
        case cmyk
    }

    let color: Color

    /// The colours of a palette, `1 << bits` of them; empty for other kinds.
    let palette: [RGBColor]

    /// 1, 2, 4, 8 or 16.
    let bits: Int

    /// Samples of a pixel.
    let samples: Int

    /// Which of the samples is alpha, or nil.
    let alpha: Int?

    /// Whether colours are stored times alpha.
    let isPremultiplied: Bool

    let background: RGBColor

    /// - Throws: ``ImageError/unsupported(_:detail:wayOut:)`` for what is not decoded.
    init(_ header: mtan_tiff_header, background: RGBColor) throws(ImageError) {
        guard Self.compressions.contains(Int32(header.compression)) else {
            throw Self.unsupported(Self.name(ofCompression: Int32(header.compression)))
        }
        let formats = [SAMPLEFORMAT_UINT, SAMPLEFORMAT_VOID]
        guard formats.contains(Int32(header.sample_format)) || header.bits < 8 else {
            throw Self.unsupported("samples that are no unsigned integers, as in maps of numbers")
        }
        (bits, samples) = (Int(header.bits), Int(header.samples))
        palette = header.photometric == PHOTOMETRIC_PALETTE ? Self.palette(header) : []
        guard let (color, count, depths) = Self.color(header),
            header.photometric != PHOTOMETRIC_PALETTE || !palette.isEmpty
        else { throw Self.unsupported(Self.name(ofPhotometric: Int32(header.photometric))) }
        guard depths.contains(bits) else { throw Self.unsupported("samples of \(bits) bits") }
        // Samples beyond the colours cost as much as these, and are not counted as pixels are.
        guard (count...count + 4).contains(samples) else {
            throw Self.unsupported(
                "\(samples) samples per pixel, of which \(count) are colour and at most 4 may be others")
        }
        self.color = color
        self.background = background
        let kinds = withUnsafeBytes(of: header.extra_kinds) { raw in
            raw.bindMemory(to: UInt16.self).prefix(Int(header.extra_count)).map(Int32.init)
        }
        let index = kinds.firstIndex { [EXTRASAMPLE_ASSOCALPHA, EXTRASAMPLE_UNASSALPHA].contains($0) }
        if let index, count + index < samples {
            alpha = count + index
            isPremultiplied = kinds[index] == EXTRASAMPLE_ASSOCALPHA
        } else {
            // A fourth sample that is not described is taken as alpha, as Pillow does.
            alpha = header.photometric == PHOTOMETRIC_RGB && kinds.isEmpty && samples == 4 ? 3 : nil
            isPremultiplied = false
        }
    }

    private static func unsupported(_ detail: String) -> ImageError {
        .unsupported(.tiff, detail: detail, wayOut: "convert it: magick 'in.tif[0]' -depth 8 out.png")
    }

    private static func name(ofCompression code: Int32) -> String {
        let names = [
            COMPRESSION_OJPEG: "old-style JPEG", COMPRESSION_LZMA: "LZMA", COMPRESSION_WEBP: "WebP",
            COMPRESSION_JBIG: "JBIG", COMPRESSION_JP2000: "JPEG 2000", COMPRESSION_LERC: "LERC",
            COMPRESSION_PIXARLOG: "PixarLog", COMPRESSION_SGILOG: "SGI LogLuv",
        ]
        return "compression \(code)\(names[code].map { ", \($0)" } ?? "")"
    }

    private static func name(ofPhotometric code: Int32) -> String {
        let names = [
            PHOTOMETRIC_MASK: "a mask",
            PHOTOMETRIC_SEPARATED: "inks other than CMYK",
            PHOTOMETRIC_YCBCR: "YCbCr that is not JPEG in one plane",
            PHOTOMETRIC_CIELAB: "CIELab", PHOTOMETRIC_ICCLAB: "ICCLab", PHOTOMETRIC_ITULAB: "ITULab",
            PHOTOMETRIC_LOGL: "LogL", PHOTOMETRIC_LOGLUV: "LogLuv",
        ]
        return "photometric interpretation \(code)\(names[code].map { ", \($0)" } ?? "")"
    }

    private static let compressions = [
        COMPRESSION_NONE, COMPRESSION_CCITTRLE, COMPRESSION_CCITTRLEW, COMPRESSION_CCITTFAX3,
        COMPRESSION_CCITTFAX4, COMPRESSION_LZW, COMPRESSION_JPEG, COMPRESSION_ADOBE_DEFLATE,
        COMPRESSION_DEFLATE,
        COMPRESSION_PACKBITS, COMPRESSION_ZSTD,
    ]

    /// The kind of colour, the number of its samples, and their possible bits.
    private static func color(_ header: mtan_tiff_header) -> (Color, Int, [Int])? {
        let any = [1, 2, 4, 8, 16]
        switch Int32(header.photometric) {
        case PHOTOMETRIC_MINISBLACK: return (.grey, 1, any)
        case PHOTOMETRIC_MINISWHITE: return (.invertedGrey, 1, any)
        case PHOTOMETRIC_RGB: return (.rgb, 3, [8, 16])
        case PHOTOMETRIC_SEPARATED:
            return header.ink_set == INKSET_CMYK ? (.cmyk, 4, [8, 16]) : nil
        case PHOTOMETRIC_PALETTE: return (.palette, 1, any)
        default: return nil
        }
    }

    /// The colours of the palette, empty if the file has none.
    private static func palette(_ header: mtan_tiff_header) -> [RGBColor] {
        guard let red = header.palette.0, let green = header.palette.1, let blue = header.palette.2 else {
            return []
        }
        // The high byte, whether a writer stored its 8 bits times 256 or 257.
        return (0..<1 << Int(header.bits)).map { index in
            RGBColor(
                red: UInt8(red[index] >> 8), green: UInt8(green[index] >> 8), blue: UInt8(blue[index] >> 8))
        }
    }
}
