import Foundation
import TestSupport
import Testing

@testable import Files

@Suite("Names in messages")
struct ShownTextTests {
    @Test(
        "what moves a cursor, breaks a line or turns the direction of writing is escaped, all else stays",
        arguments: [
            ("caf\u{e9} \u{65e5}\u{672c} \u{1f600}.jpg", "caf\u{e9} \u{65e5}\u{672c} \u{1f600}.jpg"),
            ("a\nb\t\u{1b}[2Jc\u{7f}", "a\\u{a}b\\u{9}\\u{1b}[2Jc\\u{7f}"),
            ("gpj.\u{202e}exe\u{2066}\u{2069}", "gpj.\\u{202e}exe\\u{2066}\\u{2069}"),
            (
                "\u{200e}\u{200f}\u{61c}\u{2028}\u{2029}\u{85}",
                "\\u{200e}\\u{200f}\\u{61c}\\u{2028}\\u{2029}\\u{85}"
            ),
            ("\r\n", "\\u{d}\\u{a}"), ("", ""),
        ])
    func escaped(text: String, shown: String) {
        #expect(text.shown() == shown)
    }

    @Test("every bidirectional control of the standard is escaped")
    func bidirectional() {
        for value in Array(0x202A...0x202E) + Array(0x2066...0x2069) + [0x200E, 0x200F, 0x61C] {
            let text = Unicode.Scalar(UInt32(value)).map { String(Character($0)) } ?? ""
            #expect(text.shown() == "\\u{\(String(value, radix: 16))}")
        }
    }

    @Test("a long text is cut off with a sign of it")
    func limit() {
        #expect("abcdef".shown(limit: 3) == "abc…")
        #expect("abc".shown(limit: 3) == "abc")
        #expect("\n\n\n".shown(limit: 2) == "\\u{a}\\u{a}…")
    }

    @Test("numbers go with the right form of their unit")
    func plurals() {
        #expect([0, 1, 2].map { $0.counted("byte") } == ["0 bytes", "1 byte", "2 bytes"])
        #expect(1.counted("class", plural: "classes") == "1 class")
        #expect(3.counted("class", plural: "classes") == "3 classes")
    }
}

@Suite("FileName")
struct FileNameTests {
    private func text(_ bytes: [UInt8]) -> String {
        (bytes + [0]).withUnsafeBufferPointer { buffer in
            buffer.withMemoryRebound(to: CChar.self) { $0.baseAddress.map(FileName.text) ?? "" }
        }
    }

    private func bytes(_ text: String) -> [UInt8] {
        FileName.path(text).dropLast().map(UInt8.init(bitPattern:))
    }

    @Test("names in UTF-8 are what they say")
    func plain() {
        for name in ["", "a.jpg", "caf\u{e9}/cafe\u{301}", "\u{1f600}", "\u{fffd}"] {
            #expect(Array(text(Array(name.utf8)).unicodeScalars) == Array(name.unicodeScalars))
            #expect(bytes(name) == Array(name.utf8))
        }
    }

    @Test("any bytes become a text and those bytes again, and different ones different texts")
    func roundTrip() {
        var random = SplitMix64(seed: 11)
        var names: [[UInt8]] = [
            [0xff], [0xfe, 0x80], Array("caf".utf8) + [0xe9], [0xe2, 0x82], [0xc0, 0xaf], [0xed, 0xa0, 0x80],
            // U+10FF80 and U+10FFFF, which stand for bytes themselves.
            [0xf4, 0x8f, 0xbe, 0x80], [0xf4, 0x8f, 0xbf, 0xbf],
        ]
        for _ in 0..<2000 {
            names.append(
                (0..<Int.random(in: 1...12, using: &random)).map { _ in
                    UInt8.random(in: 1...255, using: &random)
                })
        }
        for name in names { #expect(bytes(text(name)) == name) }
        let texts = Set(names.map { Array(text($0).unicodeScalars) })
        #expect(texts.count == Set(names).count)
    }

    @Test("bytes that are not UTF-8 are shown with their values, beside letters that are")
    func shown() {
        #expect(text(Array("caf".utf8) + [0xe9] + Array("\u{e9}.jpg".utf8)).shown() == "caf\\xe9\u{e9}.jpg")
        #expect(text([0xff, 0x80]).shown() == "\\xff\\x80")
    }

    @Test("a file whose name is not UTF-8 is found, read, and written beside")
    func files() throws {
        let folder = try TemporaryFolder()
        let name = text([UInt8(ascii: "a"), 0xff, 0xfe])
        try AtomicFile.write([1, 2, 3], to: Folder.join(folder.path, name), isSynced: false)
        let contents = Folder.contents(of: folder.path)
        #expect(contents.files.map(bytes) == [[UInt8(ascii: "a"), 0xff, 0xfe]])
        #expect(contents.problems.isEmpty)
        #expect(try BoundedFile.read(Folder.join(folder.path, contents.files[0]), limit: 9) == [1, 2, 3])
        let error = try #require(throws: FileError.self) {
            try BoundedFile.read(Folder.join(folder.path, name), limit: 1)
        }
        #expect("\(error)".hasSuffix("a\\xff\\xfe: expected a file of at most 1 byte, found 3"))
    }
}

@Suite("ZipWriter")
struct ZipWriterTests {
    @Test("the archive has the files as they are, with their checksums, and a directory of them")
    func contents() throws {
        let files = [("depth.png", [UInt8](repeating: 7, count: 70_000)), ("caf\u{e9}.npy", []), ("b", [1])]
        let archive = try ZipWriter(files).parts.flatMap { $0 }
        func number(_ offset: Int, _ length: Int) -> Int {
            archive[offset..<offset + length].reversed().reduce(0) { $0 << 8 | Int($1) }
        }
        let end = archive.count - 22
        #expect(number(end, 4) == 0x0605_4b50 && number(end + 10, 2) == 3)
        #expect(number(end + 12, 4) == end - number(end + 16, 4))
        var entry = number(end + 16, 4)
        for (name, bytes) in files {
            #expect(number(entry, 4) == 0x0201_4b50)
            let (length, local) = (number(entry + 28, 2), number(entry + 42, 4))
            #expect(String(decoding: archive[entry + 46..<entry + 46 + length], as: UTF8.self) == name)
            #expect(number(entry + 16, 4) == Int(bytes.withUnsafeBytes(CRC32.checksum)))
            #expect(number(local, 4) == 0x0403_4b50 && number(local + 26, 2) == length)
            let start = local + 30 + length
            #expect(Array(archive[start..<start + number(entry + 24, 4)]) == bytes)
            entry += 46 + length
        }
        #expect(entry == end)
    }

    @Test("files that reach 4 GiB are refused before any of it is put together")
    func tooLarge() throws {
        let part = [UInt8](repeating: 0, count: 1 << 28)
        let files = (0..<16).map { (name: "\($0)", bytes: part) }
        let error = try #require(throws: ZipSizeError.self) { try ZipWriter(files) }
        #expect(error.bytes > 4 << 30 && "\(error)".contains("ask for fewer tasks or views"))
    }
}
