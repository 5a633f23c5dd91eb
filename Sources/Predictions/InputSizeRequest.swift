import Images

/// A size for the network's input that a caller asks for, in place of one near the training images'.
public struct InputSizeRequest: Sendable, Equatable {
    /// What is asked for.
    enum Kind: Sendable, Equatable {
        case size(PixelSize)
        case area(Int)
    }

    let kind: Kind

    private static let sides = InputSizePolicy.allowedSides

    /// Exactly a size, whatever the photo's shape.
    ///
    /// - Parameter text: `WIDTHxHEIGHT` in pixels, both in 32...4096.
    /// - Throws: ``InputSizeError``
    public init(size text: String) throws(InputSizeError) {
        guard let size = PixelSize(text), Self.sides.contains(size.width), Self.sides.contains(size.height)
        else {
            throw InputSizeError(
                expected: "WIDTHxHEIGHT with sides of \(Self.sides.lowerBound) to \(Self.sides.upperBound)",
                found: "\"\(text)\"")
        }
        kind = .size(size)
    }

    /// About a number of pixels, in the photo's aspect ratio.
    ///
    /// - Parameter text: the number, or `WIDTHxHEIGHT`, which stands for their product: in 32²...4096².
    /// - Throws: ``InputSizeError``
    public init(area text: String) throws(InputSizeError) {
        let areas =
            Self.sides.lowerBound * Self.sides.lowerBound...Self.sides.upperBound * Self.sides.upperBound
        guard let area = Int(text) ?? PixelSize(text)?.checkedArea, areas.contains(area) else {
            throw InputSizeError(
                expected: "\(areas.lowerBound) to \(areas.upperBound) pixels, as a number or WIDTHxHEIGHT",
                found: "\"\(text)\"")
        }
        kind = .area(area)
    }

    /// The number of pixels that are asked for.
    public var area: Int {
        switch kind {
        case .size(let size): size.area
        case .area(let area): area
        }
    }

    /// Checks an exact size against what a network takes.
    ///
    /// - Parameter multiple: what both sides must be multiples of.
    /// - Throws: ``InputSizeError``, with the nearest size that it takes.
    public func check(multiple: Int) throws(InputSizeError) {
        guard case .size(let size) = kind,
            size.width % multiple != 0 || size.height % multiple != 0
        else { return }
        let nearest = InputSizePolicy.stretch.size(for: size, training: size, multiple: multiple)
        throw InputSizeError(
            expected: "sides that are multiples of \(multiple), as the network needs them",
            found: "\(size); the nearest is \(nearest)")
    }

    /// The network's input size for a photo.
    func size(for photo: PixelSize, multiple: Int) -> PixelSize {
        switch kind {
        case .size(let size): size
        case .area(let area): photo.scaled(toArea: Double(area), multiple: multiple)
        }
    }
}

/// Why a size is not taken.
public struct InputSizeError: Error, Sendable, Equatable {
    /// What was expected, for messages.
    public let expected: String

    /// What was found.
    public let found: String
}

extension PixelSize {
    /// A size written as WIDTHxHEIGHT, both sides at least 1.
    public init?(_ text: String) {
        let sides = text.lowercased().split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
        guard sides.count == 2, let width = sides[0], let height = sides[1], width > 0, height > 0 else {
            return nil
        }
        self.init(width: width, height: height)
    }

    /// Width times height; nil if it is no `Int`.
    fileprivate var checkedArea: Int? {
        let (area, overflow) = width.multipliedReportingOverflow(by: height)
        return overflow ? nil : area
    }
}
