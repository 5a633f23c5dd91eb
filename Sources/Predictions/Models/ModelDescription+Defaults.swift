import Files
import Images
import Networks

extension ModelDescription {
    /// What is known about a bare checkpoint: what a user said, and for the rest the conventions of lorenmt/mtan
    /// for NYUv2, or for Cityscapes where a head has as many classes as are trained there.
    ///
    /// - Throws: ``ModelChoiceError`` if what was said does not fit the heads.
    init(
        recognizing network: Network, name: String, weights: String, choices: ModelChoices
    ) throws(ModelChoiceError) {
        let surroundings = Surroundings(network.heads)
        self.name = name
        summary = nil
        architecture = network.architecture
        self.weights = weights
        weightsKey = choices.weightsKey
        input = InputDescription(size: surroundings.trainingSize)
        var labels = choices.labels
        try Self.checkUnnamed(labels, network.heads)
        var tasks: [TaskDescription] = []
        for (index, head) in network.heads.enumerated() {
            let unit = choices.heads.flatMap { $0[index].unit } ?? surroundings.depthUnit
            let own = head.kind == .segmentation ? try Self.takeLabels(for: head, from: &labels) : nil
            tasks.append(
                TaskDescription(recognizing: head, unit: unit, labels: own, isIndoor: surroundings.isIndoor))
        }
        self.tasks = tasks
        try Self.checkAllTaken(labels, by: network.heads)
    }

    /// The labels that were given for a segmentation, by its name or by its number of classes.
    private static func takeLabels(
        for head: TaskHead, from labels: inout [String?: [String]]
    ) throws(ModelChoiceError) -> [String]? {
        if let own = labels.removeValue(forKey: head.name) {
            guard own.count == head.channels else {
                throw ModelChoiceError(
                    "--labels: expected \(head.channels) labels for \(head.name), found \(own.count)")
            }
            return own
        }
        guard let any = labels[nil], any.count == head.channels else { return nil }
        return labels.removeValue(forKey: nil)
    }

    /// Labels without a name must fit one segmentation.
    private static func checkUnnamed(
        _ labels: [String?: [String]], _ heads: [TaskHead]
    ) throws(ModelChoiceError) {
        guard let any = labels[nil] else { return }
        let fitting = heads.filter {
            $0.kind == .segmentation && $0.channels == any.count && labels[$0.name] == nil
        }
        guard fitting.count > 1 else { return }
        throw ModelChoiceError(
            "--labels: \(any.count.counted("label")) fit \(fitting.map(\.name).joined(separator: " and ")); "
                + "write NAME=FILE")
    }

    private static func checkAllTaken(
        _ labels: [String?: [String]], by heads: [TaskHead]
    ) throws(ModelChoiceError) {
        guard let (name, left) = labels.first else { return }
        let segmentations = heads.filter { $0.kind == .segmentation }
            .map { "\($0.name) with \($0.channels) classes" }
        if let name {
            throw ModelChoiceError(
                "--labels: no segmentation is called \(name); there is "
                    + (segmentations.isEmpty ? "none" : segmentations.joined(separator: ", ")))
        }
        throw ModelChoiceError(
            "--labels: found \(left.count.counted("label")); the checkpoint has "
                + (segmentations.isEmpty ? "no segmentation" : segmentations.joined(separator: ", ")))
    }

    /// What a bare checkpoint was taken for without saying it, each in a few words; empty if all was said.
    static func guesses(
        of network: Network, as tasks: [TaskDescription], choices: ModelChoices
    ) -> [String] {
        let surroundings = Surroundings(network.heads)
        let heads = network.heads.indices.compactMap { index -> String? in
            let (head, task) = (network.heads[index], tasks[index])
            let isKindGuessed = network.guessedHeads.contains(index)
            let isLabelled =
                head.kind == .segmentation
                && (choices.labels[nil]?.count == head.channels || choices.labels[head.name] != nil)
            let what: String
            switch task.output {
            case .segmentation where isLabelled: what = "segmentation"
            case .segmentation:
                let known = KnownClasses.likely(head.channels, isIndoor: surroundings.isIndoor)
                guard isKindGuessed || known != nil else { return nil }
                what =
                    "segmentation" + (known.map { " into the \(head.channels) classes of \($0.name)" } ?? "")
            case .depth where choices.heads?[index].unit != nil: return nil
            case .depth(.metric, _): what = "depth in metres"
            case .depth(.inverse, _): what = "inverse depth"
            case .normals: what = "normals along \(TaskDescription.nyuAxes.joined(separator: ", "))"
            }
            guard isKindGuessed || !isLabelled else { return nil }
            let channels = head.channels.counted("channel")
            let name = head.name == head.kind.rawValue ? "" : "\(head.name), "
            return "output \(index + 1) (\(channels)): \(name)\(what)"
        }
        return heads + ["images in 0...1, trained at \(surroundings.trainingSize)"]
    }
}

/// What the heads of a network tell about where it was trained.
private struct Surroundings {
    /// Whether there are heads that only indoor data sets have.
    let isIndoor: Bool

    /// Whether a segmentation has as many classes as Cityscapes is trained with.
    let isStreet: Bool

    init(_ heads: [TaskHead]) {
        let classes = heads.filter { $0.kind == .segmentation }.map(\.channels)
        isIndoor = classes.contains(13) || heads.contains { $0.kind == .normals }
        isStreet = !isIndoor && classes.contains { KnownClasses.isStreet($0) }
    }

    /// The size to which lorenmt/mtan brings its images.
    var trainingSize: PixelSize {
        isStreet ? PixelSize(width: 256, height: 128) : PixelSize(width: 384, height: 288)
    }

    /// lorenmt/mtan trains on inverse depth in Cityscapes alone.
    var depthUnit: DepthUnit { isStreet ? .inverse : .metric }
}

extension TaskDescription {
    /// x to the right, y into the scene, z up, as the normals of NYUv2 are stored.
    static let nyuAxes = ["right", "into the scene", "up"]

    fileprivate init(recognizing head: TaskHead, unit: DepthUnit, labels: [String]?, isIndoor: Bool) {
        name = head.name
        switch head.kind {
        case .segmentation:
            let known = labels == nil ? KnownClasses.likely(head.channels, isIndoor: isIndoor) : nil
            output = .segmentation(
                labels: labels ?? known?.labels ?? (0..<head.channels).map { "class \($0)" },
                palette: known?.palette ?? RGBColor.distinct(head.channels))
        case .depth:
            output = .depth(unit: unit, scale: unit.defaultScale)
        case .normals:
            output = .normals(axes: Self.nyuAxes)
        }
    }
}

extension DepthUnit {
    /// Millimetres for metres; for inverse depth, which is small, a tenth of that step.
    var defaultScale: Double {
        switch self {
        case .metric: 1000
        case .inverse: 10000
        }
    }
}
