import Foundation

/// The location of a fixture by its path below Tests/Fixtures: `fixtureURL("checkpoints/x.pth")`.
public func fixtureURL(_ path: String) -> URL {
    URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fixtures/\(path)")
}

/// The contents of a fixture by its path below Tests/Fixtures.
public func fixtureBytes(_ path: String) throws -> [UInt8] {
    Array(try Data(contentsOf: fixtureURL(path)))
}
