import Foundation
import Hummingbird
import Predictions

/// `GET /v1/models` and what belongs to one model.
struct ModelRoutes: Sendable {
    let repository: ModelRepository

    private struct Listing: Encodable {
        let models: [Summary]
        let failures: [ModelRepository.Failure]
    }

    private struct Summary: Encodable {
        let name: String
        let version = ServedModel.version
        let description: String?
        let architecture: String
        let tasks: [String]
        let loaded: String

        init(_ model: ServedModel) {
            name = model.name
            description = model.description.summary
            architecture = model.description.architecture
            tasks = model.description.tasks.map(\.name)
            loaded = model.loadedAt.formatted(.iso8601)
        }
    }

    private struct Readiness: Encodable {
        let name: String
        let ready = true
    }

    var routes: [Route] {
        [
            Route(.get, "/v1/models") { _, _ in
                .json(Listing(models: repository.models.map(Summary.init), failures: repository.failures))
            },
            Route(.get, "/v1/models/{name}") { _, context in
                .json(try repository.model(context.parameters.require("name")).description)
            },
            Route(.get, "/v1/models/{name}/ready") { _, context in
                .json(Readiness(name: try repository.model(context.parameters.require("name")).name))
            },
        ]
    }
}
