import Hummingbird

struct ProtocolRoutes: Sendable {
    let repository: ModelRepository
    let service: PredictionService
    let reader: BodyReader
    let configuration: ServerConfiguration
    let version: String

    var routes: [Route] { [] }
}
