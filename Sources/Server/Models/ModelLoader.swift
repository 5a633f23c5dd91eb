import Engine
import Files
import Foundation
import Images
import Logging
import Predictions
import Tensors

/// Keeps the models in service equal to the directories on the disk.
///
/// A directory that is new or has changed is loaded and tried before it takes the place of what served until
/// then; one that is broken changes nothing. A directory is not touched before it looked the same twice, so
/// that files which are still being copied are left alone. A directory that vanishes stays in service until
/// the server is told to reload.
actor ModelLoader {
    private let folder: String
    private let repository: ModelRepository
    private let admission: Admission
    private let crew: Crew
    private let metrics: ServerMetrics
    private let logger: Logger
    private let makePredictor: @Sendable (Model) throws -> Predictor

    private var seen: [String: ModelSource] = [:]
    private var failures: [String: (source: ModelSource, reason: String)] = [:]
    private var lastProblem: String?

    init(
        _ configuration: ServerConfiguration, repository: ModelRepository, admission: Admission,
        pool: ThreadPool, crew: Crew, metrics: ServerMetrics, logger: Logger
    ) {
        folder = configuration.models
        self.repository = repository
        self.admission = admission
        self.crew = crew
        self.metrics = metrics
        self.logger = logger
        makePredictor = { model in
            try Predictor(
                model, configuration: configuration.kernels,
                decoder: ImageDecoder(limits: configuration.limits, background: configuration.background),
                pool: pool, maximumMemory: configuration.maximumMemory,
                idleWorkspaces: configuration.workers)
        }
    }

    /// Looks at the directories and loads what is new or has changed.
    ///
    /// - Parameters:
    ///   - isSettled: whether to take directories as they are, without waiting until they look the same twice.
    ///   - removesVanished: whether models whose directories are gone are taken out of service.
    func scan(isSettled: Bool, removesVanished: Bool) async {
        let sources: [ModelSource]
        do {
            sources = try ModelScanner.scan(folder)
            lastProblem = nil
        } catch {
            report("\(error)")
            repository.finishScan(failures: [.init(directory: folder, reason: "\(error)")])
            return
        }
        let before = seen
        seen = Dictionary(uniqueKeysWithValues: sources.map { ($0.directory, $0) })
        let served = Dictionary(grouping: repository.models, by: \.source.directory)
        for source in sources where served[source.directory]?.first?.source != source {
            guard failures[source.directory]?.source != source else { continue }
            if isSettled || before[source.directory] == source { await load(source) }
        }
        failures = failures.filter { seen[$0.key] != nil }
        if removesVanished { removeVanished() }
        repository.finishScan(
            failures: failures.map { .init(directory: $0.key, reason: $0.value.reason) }
                .sorted { $0.directory < $1.directory })
        metrics.modelCount(repository.models.count)
    }

    /// A problem with the folder itself is told once, not at every look.
    private func report(_ problem: String) {
        if problem != lastProblem {
            logger.error("models cannot be looked for", metadata: ["reason": "\(problem)"])
        }
        lastProblem = problem
    }

    private func load(_ source: ModelSource) async {
        let start = ContinuousClock.now
        do {
            let model = try await prepared(source)
            let previous = repository.models.filter { $0.source.directory == source.directory }
            repository.install(model)
            for old in previous where old.name != model.name { repository.remove(old.name) }
            failures[source.directory] = nil
            metrics.modelLoaded(model.name, succeeded: true)
            logger.info(
                "model in service",
                metadata: [
                    "model": "\(model.name)", "directory": "\(source.directory)",
                    "seconds": "\((ContinuousClock.now - start).seconds.rounded(to: 3))",
                ])
        } catch {
            failures[source.directory] = (source, "\(error)")
            metrics.modelLoaded(Folder.lastComponent(source.directory), succeeded: false)
            logger.error(
                "model refused; what was in service stays",
                metadata: ["directory": "\(source.directory)", "reason": "\(error)"])
        }
    }

    /// Loads a model and runs it once from a photo to files.
    private func prepared(_ source: ModelSource) async throws -> ServedModel {
        let predictor = try await crew.codecs.perform { [makePredictor] in
            try makePredictor(Model(path: source.directory))
        }
        let name = predictor.description.name
        if let other = repository.models.first(where: { $0.name == name }),
            other.source.directory != source.directory
        {
            throw ModelConflict(name: name, directory: other.source.directory)
        }
        let input = predictor.preprocess(.testCard(of: predictor.description.input.size), PredictionOptions())
        let inference = crew.inference
        try await admission.withWorker(for: name, until: .now + .seconds(300)) { worker in
            _ = try await inference.perform { try predictor.run(input, on: worker.pool) }
        }
        return ServedModel(name: name, predictor: predictor, source: source)
    }

    private func removeVanished() {
        for model in repository.models where seen[model.source.directory] == nil {
            repository.remove(model.name)
            logger.warning(
                "model out of service: its directory is gone", metadata: ["model": "\(model.name)"])
        }
    }
}

/// Two directories have models of one name.
private struct ModelConflict: Error, CustomStringConvertible {
    let name: String
    let directory: String

    var description: String {
        "expected a name that no other model has, found \"\(name)\", which \(directory) has too; change the "
            + "name in model.json"
    }
}

extension Image {
    /// A picture with edges and gradients, to try a model on.
    fileprivate static func testCard(of size: PixelSize) -> Image {
        let pixels = (0..<3 * size.area).map { UInt8(truncatingIfNeeded: $0 / 3 ^ $0 / (3 * size.width)) }
        return Image(size: size, pixels: pixels)
    }
}

extension Folder {
    /// The name of a folder or file, without those it lies in.
    static func lastComponent(_ path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }
}

extension Double {
    /// Rounded to some decimal places.
    func rounded(to places: Int) -> Double {
        let scale = pow(10, Double(places))
        return (self * scale).rounded() / scale
    }
}
