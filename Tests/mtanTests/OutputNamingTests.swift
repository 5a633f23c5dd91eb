import Testing

@testable import mtan

@Suite("OutputNaming")
struct OutputNamingTests {
    private func stems(_ files: [(path: String, relative: String)]) -> [String] {
        OutputNaming.name(files.map { PhotoCollector.Found(path: $0.path, relative: $0.relative) }).map(
            \.stem)
    }

    @Test("names are the paths below the folder, without extension")
    func plain() {
        #expect(stems([("/p/a/b.jpg", "a/b.jpg"), ("/p/c.d.png", "c.d.png")]) == ["a/b", "c.d"])
    }

    @Test("photos that differ in extension only keep it")
    func extensions() {
        #expect(
            stems([("/p/a.jpg", "a.jpg"), ("/p/a.png", "a.png"), ("/p/b.png", "b.png")])
                == ["a.jpg", "a.png", "b"])
    }

    @Test("a name that only looks taken after that is told apart too")
    func chain() {
        let names = stems([("/p/a.jpg", "a.jpg"), ("/p/a.png", "a.png"), ("/p/a.jpg.png", "a.jpg.png")])
        #expect(names == ["a.jpg", "a.png", "a.jpg.png"])
    }

    @Test("photos of one name from several folders are named by their folders")
    func folders() {
        #expect(
            stems([("/x/1/i.jpg", "i.jpg"), ("/x/2/i.jpg", "i.jpg"), ("/x/3/k.jpg", "k.jpg")])
                == ["1/i", "2/i", "3/k"])
    }

    @Test("files without an extension and hidden ones keep their names")
    func withoutExtension() {
        #expect(stems([("/p/photo", "photo"), ("/p/.jpg", ".jpg")]) == ["photo", ".jpg"])
    }

    @Test("two spellings of one letter are two files")
    func spellings() {
        let names = stems([("/p/caf\u{e9}.png", "caf\u{e9}.png"), ("/p/cafe\u{301}.png", "cafe\u{301}.png")])
        #expect(names.map { Array($0.utf8) } == ["caf\u{e9}", "cafe\u{301}"].map { Array($0.utf8) })
    }

    @Test("two photos that would write one file are found")
    func collision() {
        let photos = [Photo(path: "/a", stem: "x"), Photo(path: "/b", stem: "x.depth")]
        #expect(OutputNaming.collision(among: photos, suffixes: ["png", "depth.png"]) == "x.depth.png")
        #expect(OutputNaming.collision(among: photos, suffixes: ["depth.png"]) == nil)
    }
}
