import Foundation

<<<<<<< HEAD
/// The location of a fixture by its path below Tests/Fixtures: `fixtureURL("checkpoints/x.pth")`.
public func fixtureURL(_ path: String) -> URL {
    URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fixtures/\(path)")
}

/// The contents of a fixture by its path below Tests/Fixtures.
public func fixtureBytes(_ path: String) throws -> [UInt8] {
    Array(try Data(contentsOf: fixtureURL(path)))
=======
/// The place of a committed fixture, `fixtureURL("images/photo.png")`.
public func fixtureURL(_ path: String) -> URL {
    URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fixtures").appendingPathComponent(path)
}

/// The bytes of a committed fixture.
public func fixtureBytes(_ path: String) throws -> [UInt8] {
    try [UInt8](Data(contentsOf: fixtureURL(path)))
>>>>>>> 57e0b72728e77069adc78d3c688c158c01eb7297
}
