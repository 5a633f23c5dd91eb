import Images
import Predictions

extension PredictQuery {
    /// The size for the network's input that is asked for by `input_size` or `input_area`; nil if neither is
    /// there.
    ///
    /// - Parameter maximumArea: the most pixels that may be asked for. The size of the training images may be
    ///   asked for in any case.
    /// - Throws: ``ServerError/invalid(field:expected:found:)`` if a value is wrong or contradicts another;
    ///   ``ServerError/tooMuch(_:)`` if it is above `maximumArea`.
    static func inputSize(
        _ values: [String: String], _ resize: InputSizePolicy, _ model: ServedModel, _ maximumArea: Int
    ) throws(ServerError) -> InputSizeRequest? {
        if values["input_area"] != nil {
            guard values["input_size"] == nil else {
                throw .invalid(field: "query", expected: "input_size or input_area", found: "both")
            }
            guard resize == .keep else {
                throw .invalid(
                    field: "input_area", expected: "resize=keep, since it keeps the photo's aspect ratio",
                    found: "resize=\(resize.rawValue)")
            }
        }
        guard let request = try request(values, multiple: model.predictor.sideMultiple) else { return nil }
        let training = model.description.input.size
        let needed = InputSizePolicy.stretch.size(
            for: training, training: training, multiple: model.predictor.sideMultiple)
        let limit = max(maximumArea, needed.area)
        guard request.area <= limit else {
            throw .tooMuch(
                "expected an input of at most \(limit) pixels for the network, found \(request.area); "
                    + "ask for less, or raise --max-input-area")
        }
        return request
    }

    private static func request(
        _ values: [String: String], multiple: Int
    ) throws(ServerError) -> InputSizeRequest? {
        if let size = values["input_size"] {
            do {
                let request = try InputSizeRequest(size: size)
                try request.check(multiple: multiple)
                return request
            } catch {
                throw .invalid(field: "input_size", expected: error.expected, found: error.found)
            }
        }
        guard let area = values["input_area"] else { return nil }
        do { return try InputSizeRequest(area: area) } catch {
            throw .invalid(field: "input_area", expected: error.expected, found: error.found)
        }
    }
}
