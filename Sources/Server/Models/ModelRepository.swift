import Logging
import Synchronization

/// The models in service, and why others are not.
final class ModelRepository: Sendable {
    /// A directory whose model cannot be taken into service.
    struct Failure: Sendable, Encodable {
        let directory: String
        let reason: String
    }

    private struct State {
        var models: [String: ServedModel] = [:]
        var failures: [Failure] = []
        var isLoaded = false
        var isDraining = false
    }

    private let state = Mutex(State())

    /// The model of a name.
    ///
    /// - Throws: ``ServerError/unknownModel(_:known:)``, ``ServerError/loading`` or ``ServerError/draining``.
    func model(_ name: String) throws(ServerError) -> ServedModel {
        try state.withLock { state throws(ServerError) in
            if state.isDraining { throw .draining }
            if let model = state.models[name] { return model }
            if !state.isLoaded { throw .loading }
            throw .unknownModel(name, known: state.models.keys.sorted())
        }
    }

    /// The model that serves requests that name none: the only one, or else the first by name.
    ///
    /// - Throws: ``ServerError/noModel``, ``ServerError/loading`` or ``ServerError/draining``.
    func defaultModel() throws(ServerError) -> ServedModel {
        try state.withLock { state throws(ServerError) in
            if state.isDraining { throw .draining }
            if !state.isLoaded && state.models.isEmpty { throw .loading }
            guard let model = state.models.min(by: { $0.key < $1.key })?.value else { throw .noModel }
            return model
        }
    }

    /// The models in service, sorted by name.
    var models: [ServedModel] {
        state.withLock { $0.models.values.sorted { $0.name < $1.name } }
    }

    /// Directories whose models cannot be taken into service.
    var failures: [Failure] { state.withLock { $0.failures } }

    /// Whether predictions are answered: all directories have been looked at, a model is in service, and the
    /// server is not stopping.
    var isReady: Bool {
        state.withLock { $0.isLoaded && !$0.models.isEmpty && !$0.isDraining }
    }

    /// Takes a model into service, in place of one of the same name.
    func install(_ model: ServedModel) { state.withLock { $0.models[model.name] = model } }

    /// Takes a model out of service.
    func remove(_ name: String) { state.withLock { $0.models[name] = nil } }

    /// Notes that all directories have been looked at, and what was wrong with some.
    func finishScan(failures: [Failure]) {
        state.withLock {
            $0.failures = failures
            $0.isLoaded = true
        }
    }

    /// Refuses all further requests.
    func drain() { state.withLock { $0.isDraining = true } }
}
