import Foundation
import Metrics
import StandardStreams

/// What the server counts and measures.
struct ServerMetrics: Sendable {
    let registry = PrometheusRegistry()

    private static let seconds = [
        0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
    ]

    init(version: String) {
        declareRequests()
        registry.declare("mtan_images_total", .counter, "Images that were predicted.")
        registry.declare("mtan_pixels_total", .counter, "Pixels of the images that were predicted.")
        registry.declare("mtan_models", .gauge, "Models in service.")
        registry.declare("mtan_model_loads_total", .counter, "Attempts to load a model, by outcome.")
        registry.declare(
            "mtan_log_lines_dropped_total", .counter,
            "Log lines dropped because standard error was full, closed or not read.")
        registry.declare("mtan_build_info", .gauge, "1, with the version of the program.")
        registry.series("mtan_build_info", [("version", version)]).set(1)
        ProcessMetrics.declare(in: registry)
    }

    private func declareRequests() {
        registry.declare("mtan_requests_total", .counter, "Requests by route, method and status.")
        registry.declare(
            "mtan_request_duration_seconds", .histogram, "From the head of a request to its answer.",
            bounds: Self.seconds)
        registry.declare("mtan_rejections_total", .counter, "Requests that were refused, by reason.")
        registry.declare("mtan_requests_in_flight", .gauge, "Requests that are being answered.")
        registry.declare("mtan_queue_depth", .gauge, "Images waiting or in work.")
        for (step, help) in [
            ("queue_wait", "Waiting for a worker."), ("decode", "Decoding and resizing an image."),
            ("inference", "Running the network on an image."), ("encode", "Making files of the outputs."),
        ] {
            registry.declare("mtan_\(step)_seconds", .histogram, help, bounds: Self.seconds)
        }
    }

    /// A request was answered.
    func answered(route: String, method: String, status: Int, problem: String?, in time: Duration) {
        Counter(
            label: "mtan_requests_total",
            dimensions: [("route", route), ("method", method), ("code", "\(status)")], factory: registry
        ).increment()
        timer("mtan_request_duration_seconds", [("route", route)], time)
        guard let problem else { return }
        Counter(label: "mtan_rejections_total", dimensions: [("reason", problem)], factory: registry)
            .increment()
    }

    /// A request came or went.
    func inFlight(_ change: Int) { registry.series("mtan_requests_in_flight", []).add(Double(change)) }

    func decoded(_ model: String, _ time: Duration) { timer("mtan_decode_seconds", [("model", model)], time) }

    func inferred(_ model: String, wait: Duration, _ time: Duration) {
        timer("mtan_queue_wait_seconds", [("model", model)], wait)
        timer("mtan_inference_seconds", [("model", model)], time)
    }

    func encoded(_ model: String, _ time: Duration) { timer("mtan_encode_seconds", [("model", model)], time) }

    /// An image was predicted.
    func predicted(_ model: String, pixels: Int) {
        Counter(label: "mtan_images_total", dimensions: [("model", model)], factory: registry).increment()
        Counter(label: "mtan_pixels_total", dimensions: [("model", model)], factory: registry)
            .increment(by: pixels)
    }

    func modelLoaded(_ model: String, succeeded: Bool) {
        Counter(
            label: "mtan_model_loads_total",
            dimensions: [("model", model), ("outcome", succeeded ? "loaded" : "refused")], factory: registry
        ).increment()
    }

    func modelCount(_ count: Int) {
        Gauge(label: "mtan_models", factory: registry).record(count)
    }

    /// All metrics as text, with the present state of the queues and the process.
    func text(queueDepths: [String: Int]) -> String {
        for (model, depth) in queueDepths {
            Gauge(label: "mtan_queue_depth", dimensions: [("model", model)], factory: registry).record(depth)
        }
        registry.series("mtan_log_lines_dropped_total", [])
            .set(Double(LineWriter.standardError.droppedLineCount))
        ProcessMetrics.update(registry)
        return registry.text
    }

    private func timer(_ label: String, _ dimensions: [(String, String)], _ time: Duration) {
        Metrics.Timer(label: label, dimensions: dimensions, factory: registry)
            .recordNanoseconds(Int64(time.seconds * 1e9))
    }
}
