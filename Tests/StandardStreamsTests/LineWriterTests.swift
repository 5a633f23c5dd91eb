import Foundation
import TestSupport
import Testing

@testable import StandardStreams

@Suite("LineWriter")
struct LineWriterTests {
    init() { StandardDescriptors.prepare() }

    /// Everything that arrives until the last line does.
    private func read(_ descriptor: Int32, until end: String) -> String {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while !String(decoding: bytes, as: UTF8.self).hasSuffix(end) {
            var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&request, 1, 10_000) == 1 else { break }
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count <= 0 { break }
            bytes += chunk[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test("lines arrive in their order, and flush waits for them")
    func order() throws {
        let folder = try TemporaryFolder()
        let descriptor = open(folder.url("log").path, O_WRONLY | O_CREAT, 0o600)
        defer { close(descriptor) }
        let writer = LineWriter(descriptor: descriptor)
        let lines = (0..<2_000).map { "line \($0)\n" }
        for line in lines { writer.write(line) }
        #expect(writer.flush() && writer.droppedLineCount == 0)
        #expect(try String(contentsOf: folder.url("log"), encoding: .utf8) == lines.joined())
    }

    @Test(
        "a stalled reader holds nobody up; lines above the bound are dropped, their number is in their place",
        arguments: [false, true])
    func stalled(isNonblocking: Bool) throws {
        let pipe = try FullPipe(isNonblocking: isNonblocking)
        let writer = LineWriter(descriptor: pipe.writeEnd)
        let start = ContinuousClock.now
        let filler = String(repeating: ".", count: 90)
        for number in 0..<20_000 { writer.write("\(number) \(filler)\n") }
        #expect(ContinuousClock.now - start < .seconds(10))
        let dropped = writer.droppedLineCount
        #expect(dropped > 20_000 - 2 * LineWriter.capacity / 90 && dropped < 20_000)
        #expect(!writer.flush() && !writer.flush())
        #expect(ContinuousClock.now - start < .seconds(20))
        let first = read(pipe.readEnd, until: "\(dropped) log lines dropped\n")
        writer.write("last\n")
        let text = first + read(pipe.readEnd, until: "last\n")
        #expect(writer.flush())
        let expected = (0..<20_000 - dropped).map { "\($0) \(filler)\n" }.joined()
        #expect(text == pipe.content + expected + "mtan: \(dropped) log lines dropped\nlast\n")
    }

    @Test("a burst larger than the queue is written whole when the reader takes it")
    func burst() throws {
        let folder = try TemporaryFolder()
        let descriptor = open(folder.url("log").path, O_WRONLY | O_CREAT, 0o600)
        defer { close(descriptor) }
        let writer = LineWriter(descriptor: descriptor)
        let line = String(repeating: "x", count: 200) + "\n"
        for _ in 0..<20_000 { writer.writeWhenRoom(line) }
        #expect(writer.flush() && writer.droppedLineCount == 0)
        #expect(try Data(contentsOf: folder.url("log")).count == 20_000 * line.utf8.count)
    }

    @Test("a full disk drops lines and counts them, but not what moves within a line")
    func full() {
        let descriptor = open("/dev/full", O_WRONLY)
        defer { close(descriptor) }
        let writer = LineWriter(descriptor: descriptor)
        for _ in 0..<10 { writer.write("line\n") }
        for _ in 0..<10 { writer.write("\rbar") }
        writer.write("two\nlines\n")
        #expect(writer.flush())
        #expect(writer.droppedLineCount == 12)
    }

    @Test("a reader that leaves within a line finds whole lines and the number of the lost when it is back")
    func returningReader() throws {
        let folder = try TemporaryFolder()
        let path = folder.url("fifo").path
        mkfifo(path, 0o600)
        let first = open(path, O_RDONLY | O_NONBLOCK)
        let descriptor = open(path, O_WRONLY)
        defer { close(descriptor) }
        let writer = LineWriter(descriptor: descriptor)
        writer.setNotice { "\($0) lost\n" }
        writer.write(String(repeating: "a", count: 100_000) + "\n")
        var byte: UInt8 = 0
        while Glibc.read(first, &byte, 1) != 1 { usleep(1000) }
        close(first)
        writer.write("b\n")
        #expect(writer.flush() && writer.droppedLineCount == 2)
        let second = open(path, O_RDONLY | O_NONBLOCK)
        defer { close(second) }
        writer.write("c\n")
        #expect(read(second, until: "c\n").drop { $0 == "a" } == "\n2 lost\nc\n")
    }

    @Test("a line that comes after the thread has gone to rest is written")
    func rest() throws {
        var ends: [Int32] = [0, 0]
        try #require(pipe(&ends) == 0)
        let writer = LineWriter(descriptor: ends[1])
        for _ in 0..<2 {
            writer.write("line\n")
            #expect(read(ends[0], until: "line\n") == "line\n")
            usleep(1_200_000)
        }
    }
}
