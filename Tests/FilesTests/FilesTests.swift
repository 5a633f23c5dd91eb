import Files
import Foundation
import TestSupport
import Testing

@Suite("AtomicFile")
struct AtomicFileTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test("a file appears when it is complete, and replaces one of its name", arguments: [true, false])
    func commit(isSynced: Bool) throws {
        let path = folder.url("a.bin").path
        try AtomicFile.write([1], to: path, isSynced: isSynced)
        let file = try AtomicFile(replacing: path)
        try file.write(Array(repeating: 7, count: 100_000))
        #expect(try Data(contentsOf: folder.url("a.bin")) == Data([1]))
        try file.commit(isSynced: isSynced)
        #expect(try Data(contentsOf: folder.url("a.bin")).count == 100_000)
        #expect(folder.files() == ["a.bin"])
    }

    @Test("an abandoned file leaves nothing behind")
    func abandon() throws {
        do {
            let file = try AtomicFile(replacing: folder.url("a.bin").path)
            try file.write([1, 2, 3])
        }
        #expect(folder.files().isEmpty)
    }

    @Test("a folder that does not exist is an error that names the file")
    func missingFolder() throws {
        let path = folder.url("none/a.bin").path
        let error = try #require(throws: FileError.self) { try AtomicFile(replacing: path) }
        #expect(error.path == path && error.reason == "No such file or directory")
    }
}

@Suite("BoundedFile")
struct BoundedFileTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test("a file up to the limit is read, through a link too, and a larger one refused with both figures")
    func limit() throws {
        try Data(count: 100).write(to: folder.url("a"))
        try FileManager.default.createSymbolicLink(at: folder.url("b"), withDestinationURL: folder.url("a"))
        #expect(try BoundedFile.read(folder.url("b").path, limit: 100).count == 100)
        let error = try #require(throws: FileError.self) {
            try BoundedFile.read(folder.url("b").path, limit: 99, raise: "use --more")
        }
        #expect(error.reason == "expected a file of at most 99 bytes, found 100; use --more")
        #expect(try BoundedFile.read(folder.url("a").path, limit: 5, prefix: 5).count == 5)
    }

    @Test("what may never end is refused at once: pipes, devices, and folders too")
    func specialFiles() throws {
        mkfifo(folder.url("pipe").path, 0o600)
        for (path, kind) in [
            (folder.url("pipe").path, "pipe"), ("/dev/zero", "device"), (folder.path, "folder"),
        ] {
            let error = try #require(throws: FileError.self) { try BoundedFile.read(path, limit: 10) }
            #expect(error.reason == "expected a file, found a \(kind)")
        }
    }
}

@Suite("Folder")
struct FolderTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test("folders are made with those above them, and a file in the way is an error")
    func make() throws {
        try Folder.make(folder.url("a/b/c").path)
        try Folder.make(folder.url("a/b/c/").path)
        #expect(Folder.isFolder(folder.url("a/b/c").path))
        try Data().write(to: folder.url("file"))
        #expect(throws: FileError.self) { try Folder.make(folder.url("file/d").path) }
        #expect(throws: FileError.self) { try Folder.make(folder.url("file").path) }
    }

    @Test("all files below are found in the order of their bytes, but not hidden ones or through links")
    func contents() throws {
        for path in ["b/2", "b/1", "a", "z", ".hidden", ".git/x"] {
            try Folder.make(folder.url(path).deletingLastPathComponent().path)
            try Data().write(to: folder.url(path))
        }
        try FileManager.default.createSymbolicLink(at: folder.url("l"), withDestinationURL: folder.url("b"))
        try FileManager.default.createSymbolicLink(at: folder.url("m"), withDestinationURL: folder.url("a"))
        let contents = Folder.contents(of: folder.path)
        #expect(contents.files == ["a", "b/1", "b/2", "m", "z"])
        #expect(contents.problems.isEmpty)
    }

    @Test("a folder that is not there is a problem, not silence")
    func problems() {
        #expect(Folder.contents(of: folder.url("none").path).problems.count == 1)
    }

    @Test("two paths to one file have one identity")
    func identity() throws {
        try Data().write(to: folder.url("a"))
        try FileManager.default.linkItem(at: folder.url("a"), to: folder.url("b"))
        try Data().write(to: folder.url("c"))
        #expect(Folder.identity(of: folder.url("a").path) == Folder.identity(of: folder.url("b").path))
        #expect(Folder.identity(of: folder.url("a").path) != Folder.identity(of: folder.url("c").path))
        #expect(Folder.identity(of: folder.url("d").path) == nil)
    }
}
