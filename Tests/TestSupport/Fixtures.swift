import Foundation

/// The place of a committed fixture, `fixtureURL("images/photo.png")`.
public func fixtureURL(_ path: String) -> URL {
    URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fixtures").appendingPathComponent(path)
}

/// The bytes of a committed fixture.
public func fixtureBytes(_ path: String) throws -> [UInt8] {
    try [UInt8](Data(contentsOf: fixtureURL(path)))
}
