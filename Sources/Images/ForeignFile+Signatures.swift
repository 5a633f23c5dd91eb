extension ForeignFile {
    /// The bytes by which a format is recognised, and where they lie.
    struct Signature: Sendable {
        private let bytes: [UInt8]
        private let offset: Int
        let file: ForeignFile

        init(_ bytes: [UInt8], at offset: Int = 0, _ file: ForeignFile) {
            self.bytes = bytes
            self.offset = offset
            self.file = file
        }

        init(_ text: String, at offset: Int = 0, _ file: ForeignFile) {
            self.init(Array(text.utf8), at: offset, file)
        }

        func matches(_ file: UnsafeRawBufferPointer) -> Bool { file.dropFirst(offset).starts(with: bytes) }
    }

    /// Formats that are told by fixed bytes. Where one begins as another does, the longer comes first.
    static let signatures: [Signature] = pictures + raws + videos + documents

    private static let pictures =
        [
            Signature(
                [0x89] + Array("PNG".utf8),
                ForeignFile(
                    "a PNG whose signature is damaged, as transfers in text mode do",
                    "copy it again or export it anew from its source")),
            Signature("GIF8", magick("a GIF file", "'in.gif[0]'")),
            Signature("BM", magick("a BMP file", "in.bmp")),
            Signature([0xFF, 0x0A], jpegXL),
            Signature([0, 0, 0, 12] + Array("JXL \r\n".utf8), jpegXL),
            Signature([0, 0, 0, 12] + Array("jP  \r\n".utf8), jpeg2000),
            Signature([0xFF, 0x4F, 0xFF, 0x51], jpeg2000),
            Signature([0x76, 0x2F, 0x31, 0x01], magick("an OpenEXR file", "in.exr")),
            Signature("#?RADIANCE", magick("a Radiance HDR file", "in.hdr")),
            Signature("8BPS", magick("a Photoshop file (PSD)", "'in.psd[0]'")),
            Signature("gimp xcf", magick("a GIMP file (XCF)", "-flatten in.xcf")),
            Signature("qoif", magick("a QOI file", "in.qoi")),
            Signature("DDS ", magick("a DDS texture", "in.dds")),
            Signature([0, 0, 1, 0], magick("an icon (ICO)", "'in.ico[0]'")),
            Signature([0x8A, 0x4D, 0x4E, 0x47], magick("an MNG animation", "'in.mng[0]'")),
        ] + netpbm

    /// The number is followed by any white space.
    private static let netpbm = (1...7).flatMap { number in
        [" ", "\t", "\n", "\u{B}", "\u{C}", "\r"].map {
            Signature("P\(number)\($0)", magick("a Netpbm file (PBM, PGM, PPM or PAM)", "in.ppm"))
        }
    }

    private static let jpegXL = ForeignFile("a JPEG XL file", "convert it: djxl in.jxl out.png")
    private static let jpeg2000 = ForeignFile(
        "a JPEG 2000 file", "convert it: opj_decompress -i in.jp2 -o out.png")

    private static let raws = [
        Signature("FUJIFILMCCD-RAW", raw("RAF")), Signature("IIRO", raw("ORF")),
        Signature("IIRS", raw("ORF")),
        Signature("MMOR", raw("ORF")), Signature("IIU\0", raw("RW2")), Signature("\0MRM", raw("MRW")),
        Signature("FOVb", raw("X3F")), Signature("HEAPCCDR", at: 6, raw("CRW")),
    ]

    private static let videos = [
        Signature([0, 0, 1, 0xBA], video("MPEG")), Signature([0, 0, 1, 0xB3], video("MPEG")),
        Signature("FLV\u{1}", video("FLV")),
        Signature([0x30, 0x26, 0xB2, 0x75, 0x8E, 0x66, 0xCF, 0x11], video("WMV")),
        Signature("OggS", video("Ogg")),
    ]

    private static let documents = [
        Signature("%PDF", ForeignFile("a PDF file", "draw its pages: pdftoppm -png in.pdf page")),
        Signature("%!PS", ForeignFile("a PostScript file", "draw it: magick -density 150 in.ps out.png")),
        Signature("PK\u{3}\u{4}", ForeignFile("a ZIP file", "unpack it: unzip in.zip")),
        Signature([0x1F, 0x8B], ForeignFile("a gzip file", "unpack it: gunzip in.gz")),
        Signature("Rar!\u{1A}", ForeignFile("a RAR file", "unpack it: unar in.rar")),
        Signature([0x37, 0x7A, 0xBC, 0xAF], ForeignFile("a 7z file", "unpack it: 7z x in.7z")),
    ]
}
