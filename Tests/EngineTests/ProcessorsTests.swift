import Foundation
import TestSupport
import Testing

@testable import Engine

@Suite("Processors")
struct ProcessorsTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func write(_ text: String, to path: String) throws {
        let url = folder.url(path)
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: url)
    }

    private func limited(_ groups: String) -> Int {
        Processors.limited(8, groups: groups, mounts: folder.path)
    }

    @Test("there is always one processor")
    func available() { #expect(Processors.available >= 1) }

    @Test("without control groups or quotas all processors count")
    func unlimited() throws {
        #expect(limited("") == 8)
        try write("max 100000\n", to: "cpu.max")
        #expect(limited("0::/\n") == 8)
        try write("-1\n", to: "cpu/cpu.cfs_quota_us")
        try write("100000\n", to: "cpu/cpu.cfs_period_us")
        #expect(limited("4:cpu,cpuacct:/\n") == 8)
    }

    @Test("a quota counts, rounded up, and the tightest of the groups around the process wins")
    func quota() throws {
        try write("250000 100000\n", to: "a/b/cpu.max")
        try write("150000 100000\n", to: "a/cpu.max")
        #expect(limited("0::/a/b\n") == 2)
        #expect(limited("0::/a/b/c\n") == 2)
        try write("1000 100000\n", to: "cpu.max")
        #expect(limited("0::/a/b\n") == 1)
    }

    @Test("the older groups count too")
    func legacy() throws {
        try write("300000\n", to: "cpu/docker/x/cpu.cfs_quota_us")
        try write("100000\n", to: "cpu/docker/x/cpu.cfs_period_us")
        #expect(limited("5:memory:/docker/x\n4:cpu,cpuacct:/docker/x\n") == 3)
    }

    @Test("nonsense is no quota")
    func nonsense() throws {
        for text in ["", "x y", "0 0", "1e300 1e-300", "-5 100"] {
            try write(text, to: "cpu.max")
            #expect(limited("0::/\n:::\nx\n") == 8)
        }
    }
}
