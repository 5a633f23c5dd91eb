import Hummingbird
import Predictions

/// What a request asks for in its query: tasks, views, sizes and the scale of depth.
struct PredictQuery: Sendable {
    /// What the predictor is to do.
    let options: PredictionOptions

    /// How many files are asked for.
    let fileCount: Int

    static let parameters = ["depth_scale", "input_area", "input_size", "resize", "size", "tasks", "view"]

    /// Reads the query of a request for a model.
    ///
    /// - Parameter maximumInputArea: the most pixels that a request may ask the network to see.
    /// - Throws: ``ServerError/invalid(field:expected:found:)`` for parameters that are not known, given twice
    ///   or wrong; ``ServerError/tooMuch(_:)``
    init(_ request: Request, for model: ServedModel, maximumInputArea: Int) throws(ServerError) {
        let values = try Self.values(of: request)
        var options = PredictionOptions()
        options.tasks = try Self.tasks(values["tasks"], of: model.description)
        options.views = try Self.views(values["view"])
        options.outputSize = try Self.choice(values["size"], field: "size") ?? options.outputSize
        options.resize = try Self.choice(values["resize"], field: "resize") ?? options.resize
        options.inputSize = try Self.inputSize(values, options.resize, model, maximumInputArea)
        options.depthScale = try Self.depthScale(values["depth_scale"])
        self.options = options
        fileCount = model.description.tasks.count { options.tasks.contains($0) } * options.views.count
    }

    private static func values(of request: Request) throws(ServerError) -> [String: String] {
        var values: [String: String] = [:]
        for (key, value) in request.uri.queryParameters {
            let key = String(key)
            guard parameters.contains(key) else {
                throw .invalid(
                    field: "query", expected: "the parameters \(parameters.joined(separator: ", "))",
                    found: "\"\(key)\"")
            }
            guard values.updateValue(String(value), forKey: key) == nil else {
                throw .invalid(field: key, expected: "one value, with commas if need be", found: "several")
            }
        }
        return values
    }

    private static func tasks(
        _ list: String?, of model: ModelDescription
    ) throws(ServerError) -> TaskSelection {
        guard let list else { return .all }
        do { return try TaskSelection(list: list, of: model) } catch {
            throw .invalid(field: "tasks", expected: error.expected, found: "\"\(error.name)\"")
        }
    }

    private static func views(_ list: String?) throws(ServerError) -> Set<MapView> {
        var views: Set<MapView> = []
        for name in (list ?? "data").split(separator: ",", omittingEmptySubsequences: false) {
            guard let view = MapView(rawValue: String(name)) else {
                let all = MapView.allCases.map(\.rawValue).joined(separator: ",")
                throw .invalid(
                    field: "view", expected: "some of \(all), with commas", found: "\"\(name)\"")
            }
            views.insert(view)
        }
        return views
    }

    private static func depthScale(_ text: String?) throws(ServerError) -> DepthScale? {
        guard let text else { return nil }
        guard let scale = DepthScale(text) else {
            throw .invalid(field: "depth_scale", expected: DepthScale.expected, found: "\"\(text)\"")
        }
        return scale
    }

    /// A choice by its name; nil where there is none.
    ///
    /// - Throws: ``ServerError/invalid(field:expected:found:)``
    static func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ text: String?, field: String
    ) throws(ServerError) -> Choice? {
        guard let text else { return nil }
        guard let choice = Choice(rawValue: text) else {
            throw .invalid(
                field: field,
                expected: "one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))",
                found: "\"\(text)\"")
        }
        return choice
    }
}
