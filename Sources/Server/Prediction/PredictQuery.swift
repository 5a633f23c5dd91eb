import Hummingbird
import Predictions

/// What a request asks for in its query: `tasks`, `view`, `size` and `resize`.
struct PredictQuery: Sendable {
    /// The names of the tasks.
    let tasks: Set<String>

    /// Views, sizes and how the photo is resized.
    let options: PredictionOptions

    /// How many files are asked for.
    var fileCount: Int { tasks.count * options.views.count }

    static let parameters = ["resize", "size", "tasks", "view"]

    /// Reads the query of a request for a model.
    ///
    /// - Throws: ``ServerError/invalid(field:expected:found:)`` for parameters that are not known, given twice
    ///   or wrong.
    init(_ request: Request, for model: ServedModel) throws(ServerError) {
        let values = try Self.values(of: request)
        let names = model.description.tasks.map(\.name)
        tasks = try Self.list(values["tasks"], field: "tasks", all: names) { names.contains($0) ? $0 : nil }
        var options = PredictionOptions()
        options.views = try Self.list(
            values["view"] ?? "data", field: "view", all: MapView.allCases.map(\.rawValue),
            MapView.init(rawValue:))
        options.outputSize = try Self.choice(values["size"], field: "size") ?? options.outputSize
        options.resize = try Self.choice(values["resize"], field: "resize") ?? options.resize
        self.options = options
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

    /// The elements of a list with commas; all of them where there is no list.
    private static func list<Element: Hashable>(
        _ text: String?, field: String, all: [String], _ element: (String) -> Element?
    ) throws(ServerError) -> Set<Element> {
        let names = text?.split(separator: ",", omittingEmptySubsequences: false).map(String.init) ?? all
        var elements: Set<Element> = []
        for name in names {
            guard let element = element(name) else {
                throw .invalid(
                    field: field, expected: "some of \(all.joined(separator: ",")), with commas",
                    found: "\"\(name)\"")
            }
            elements.insert(element)
        }
        return elements
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
