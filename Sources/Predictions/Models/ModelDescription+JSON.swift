import Images
import Networks

extension ModelDescription: Codable {
    /// The version of the format that is written and understood.
    static let formatVersion = 1

    private enum CodingKeys: String, CodingKey, CaseIterable {
        case format, name, description, architecture, weights, input, tasks
        case weightsKey = "weights_key"
    }

    /// Reads `model.json`.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        try refuseUnknownMembers(of: decoder, beside: CodingKeys.self)
        let format = try container.decode(Int.self, forKey: .format)
        guard format == Self.formatVersion else {
            throw DecodingError.dataCorruptedError(
                forKey: .format, in: container,
                debugDescription: "expected \(Self.formatVersion), found \(format); a newer mtan may read it")
        }
        name = try container.decode(String.self, forKey: .name)
        try checkName(name, forKey: .name, in: container)
        summary = try container.decodeIfPresent(String.self, forKey: .description)
        architecture = try container.decode(String.self, forKey: .architecture)
        weights = try container.decode(String.self, forKey: .weights)
        guard !weights.isEmpty, !weights.contains("/"), weights != "..", weights != "." else {
            throw DecodingError.dataCorruptedError(
                forKey: .weights, in: container,
                debugDescription: "expected the name of a file beside model.json, found \"\(weights)\"")
        }
        weightsKey = try container.decodeIfPresent(String.self, forKey: .weightsKey)
        input = try container.decode(InputDescription.self, forKey: .input)
        tasks = try container.decode([TaskDescription].self, forKey: .tasks)
        guard !tasks.isEmpty, Set(tasks.map(\.name)).count == tasks.count else {
            throw DecodingError.dataCorruptedError(
                forKey: .tasks, in: container,
                debugDescription: "expected one task or more with different names, found \(tasks.map(\.name))"
            )
        }
    }

    /// Writes `model.json`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(Self.formatVersion, forKey: .format)
        try container.encode(name, forKey: .name)
        try container.encodeIfPresent(summary, forKey: .description)
        try container.encode(architecture, forKey: .architecture)
        try container.encode(weights, forKey: .weights)
        try container.encodeIfPresent(weightsKey, forKey: .weightsKey)
        try container.encode(input, forKey: .input)
        try container.encode(tasks, forKey: .tasks)
    }
}

extension InputDescription: Codable {
    private enum CodingKeys: String, CodingKey, CaseIterable {
        case height, width, range, mean, std
    }

    /// Reads the `input` of `model.json`.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        try refuseUnknownMembers(of: decoder, beside: CodingKeys.self)
        size = PixelSize(
            width: try container.decode(Int.self, forKey: .width),
            height: try container.decode(Int.self, forKey: .height))
        let sides = InputSizePolicy.allowedSides
        guard sides.contains(size.width), sides.contains(size.height) else {
            throw DecodingError.dataCorruptedError(
                forKey: .width, in: container,
                debugDescription:
                    "expected sides of \(sides.lowerBound) to \(sides.upperBound), found \(size)")
        }
        let bounds = try container.decodeIfPresent([Float].self, forKey: .range) ?? [0, 1]
        guard bounds.count == 2, bounds[0] < bounds[1], bounds.allSatisfy(\.isFinite) else {
            throw DecodingError.dataCorruptedError(
                forKey: .range, in: container, debugDescription: "expected [low, high], found \(bounds)")
        }
        range = bounds[0]...bounds[1]
        mean = try container.decodeIfPresent([Float].self, forKey: .mean) ?? [0, 0, 0]
        standardDeviation = try container.decodeIfPresent([Float].self, forKey: .std) ?? [1, 1, 1]
        guard mean.count == 3, standardDeviation.count == 3, standardDeviation.allSatisfy({ $0 > 0 }) else {
            throw DecodingError.dataCorruptedError(
                forKey: .std, in: container,
                debugDescription: "expected a mean and a positive std for each of 3 channels, "
                    + "found \(mean) and \(standardDeviation)")
        }
    }

    /// Writes the `input` of `model.json`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(size.height, forKey: .height)
        try container.encode(size.width, forKey: .width)
        try container.encode([range.lowerBound, range.upperBound], forKey: .range)
        try container.encode(mean, forKey: .mean)
        try container.encode(standardDeviation, forKey: .std)
    }
}

extension TaskDescription: Codable {
    private enum CodingKeys: String, CodingKey, CaseIterable {
        case name, kind, labels, palette, unit, axes
        case scale = "png_scale"
    }

    /// Reads one of the `tasks` of `model.json`.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        try refuseUnknownMembers(of: decoder, beside: CodingKeys.self)
        name = try container.decode(String.self, forKey: .name)
        try checkName(name, forKey: .name, in: container)
        switch try container.decode(TaskKind.self, forKey: .kind) {
        case .segmentation:
            let labels = try container.decode([String].self, forKey: .labels)
            guard labels.allSatisfy(\.isPrintable) else {
                throw DecodingError.dataCorruptedError(
                    forKey: .labels, in: container,
                    debugDescription: "expected labels without control characters")
            }
            output = .segmentation(labels: labels, palette: try Self.palette(labels.count, in: container))
        case .depth:
            let unit = try container.decode(DepthUnit.self, forKey: .unit)
            let scale = try container.decodeIfPresent(Double.self, forKey: .scale) ?? unit.defaultScale
            guard scale > 0, scale <= 1e9 else {
                throw DecodingError.dataCorruptedError(
                    forKey: .scale, in: container,
                    debugDescription: "expected a positive number up to 1e9, found \(scale)")
            }
            output = .depth(unit: unit, scale: scale)
        case .normals:
            let axes = try container.decodeIfPresent([String].self, forKey: .axes) ?? Self.nyuAxes
            guard axes.count == 3, axes.allSatisfy(\.isPrintable) else {
                throw DecodingError.dataCorruptedError(
                    forKey: .axes, in: container,
                    debugDescription: "expected 3 names without control characters, found \(axes.count)")
            }
            output = .normals(axes: axes)
        }
    }

    private static func palette(
        _ count: Int, in container: KeyedDecodingContainer<CodingKeys>
    ) throws -> [RGBColor] {
        guard (1...256).contains(count) else {
            throw DecodingError.dataCorruptedError(
                forKey: .labels, in: container, debugDescription: "expected 1 to 256 labels, found \(count)")
        }
        guard let texts = try container.decodeIfPresent([String].self, forKey: .palette) else {
            return RGBColor.distinct(count)
        }
        let colors = texts.compactMap(RGBColor.init(hexadecimal:))
        guard colors.count == texts.count, colors.count == count else {
            throw DecodingError.dataCorruptedError(
                forKey: .palette, in: container,
                debugDescription: "expected \(count) colours as #RRGGBB, found \(texts.count): "
                    + texts.prefix(20).joined(separator: ", "))
        }
        return colors
    }

    /// Writes one of the `tasks` of `model.json`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .name)
        try container.encode(kind, forKey: .kind)
        switch output {
        case .segmentation(let labels, let palette):
            try container.encode(labels, forKey: .labels)
            try container.encode(palette.map(\.hexadecimal), forKey: .palette)
        case .depth(let unit, let scale):
            try container.encode(unit, forKey: .unit)
            try container.encode(scale, forKey: .scale)
        case .normals(let axes):
            try container.encode(axes, forKey: .axes)
        }
    }
}

/// Names become parts of file names and URLs.
private func checkName<Key: CodingKey>(
    _ name: String, forKey key: Key, in container: KeyedDecodingContainer<Key>
) throws {
    guard name.isModelName else {
        throw DecodingError.dataCorruptedError(
            forKey: key, in: container,
            debugDescription: "expected 1 to 64 letters, digits, - and _, found \"\(name.prefix(80))\"")
    }
}

/// A member that is misspelt must not be passed over: its default would be taken in silence.
private func refuseUnknownMembers<Key: CodingKey & CaseIterable>(
    of decoder: any Decoder, beside known: Key.Type
) throws {
    let names = known.allCases.map(\.stringValue)
    let members = try decoder.container(keyedBy: AnyKey.self)
    guard let unknown = members.allKeys.first(where: { !names.contains($0.stringValue) }) else { return }
    throw DecodingError.dataCorruptedError(
        forKey: unknown, in: members,
        debugDescription: "unknown member; expected \(names.joined(separator: ", "))")
}

/// Any member of a JSON object.
private struct AnyKey: CodingKey {
    let stringValue: String
    let intValue: Int? = nil

    init?(stringValue: String) { self.stringValue = stringValue }

    init?(intValue: Int) { nil }
}
