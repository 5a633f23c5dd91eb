import Hummingbird
import Images
import NIOCore
import NIOPosix
import Predictions
import Tensors

/// What an image became.
struct Prediction: Sendable {
    /// The files that were asked for.
    let files: [OutputFile]
    /// The upright size of the photo.
    let photo: PixelSize
    /// The size that the network saw.
    let input: PixelSize
}

/// Takes photos through a model: decoding and encoding on the codec threads, networks on the workers, so that
/// one request's codecs run beside another's network.
struct PredictionService: Sendable {
    let admission: Admission
    let crew: Crew
    let metrics: ServerMetrics

    /// Predicts the tasks that are asked for.
    ///
    /// - Throws: ``ServerError``
    func predict(
        _ photo: ByteBuffer, held: Place, with model: ServedModel, _ options: PredictionOptions,
        until deadline: ContinuousClock.Instant, notes: RequestNotes
    ) async throws -> Prediction {
        let place = try admission.enter(model.name)
        defer { place.giveBack() }
        let (size, input) = try await prepare(photo, with: model, options, until: deadline, notes)
        held.giveBack()
        let outputs = try await infer(input, with: model, until: deadline, notes)
        let files = try await encode(outputs, of: size, with: model, options, until: deadline, notes)
        metrics.predicted(model.name, pixels: size.area)
        return Prediction(
            files: files, photo: size, input: PixelSize(width: input.shape[3], height: input.shape[2]))
    }

    /// The upright size of a photo, and the network's input `[1, 3, H, W]` that it becomes.
    ///
    /// - Throws: ``ServerError``
    func prepare(
        _ photo: ByteBuffer, with model: ServedModel, _ options: PredictionOptions,
        until deadline: ContinuousClock.Instant, _ notes: RequestNotes
    ) async throws -> (PixelSize, Tensor) {
        let predictor = model.predictor
        let ((size, input), time) = try await timed(on: crew.codecs, until: deadline) {
            let image = try photo.withUnsafeReadableBytes { try predictor.decode($0) }
            return (image.size, predictor.preprocess(image, options, on: Crew.alone))
        }
        notes.update { $0.timings.decode = ($0.timings.decode ?? .zero) + time }
        metrics.decoded(model.name, time)
        return (size, input)
    }

    /// The network's outputs for one input `[1, 3, H, W]`, when it is this request's turn.
    ///
    /// - Throws: ``ServerError``
    func infer(
        _ input: Tensor, with model: ServedModel, until deadline: ContinuousClock.Instant,
        _ notes: RequestNotes
    ) async throws -> [Tensor] {
        let predictor = model.predictor
        let start = ContinuousClock.now
        let (outputs, wait, time) = try await admission.withWorker(for: model.name, until: deadline) {
            worker in
            let wait = ContinuousClock.now - start
            let (outputs, time) = try await timed(on: crew.inference, until: deadline) {
                try predictor.run(input, on: worker.pool)
            }
            return (outputs, wait, time)
        }
        notes.update {
            $0.timings.queue = ($0.timings.queue ?? .zero) + wait
            $0.timings.inference = ($0.timings.inference ?? .zero) + time
        }
        metrics.inferred(model.name, wait: wait, time)
        return outputs
    }

    /// The files of the tasks that are asked for, one map beside the other.
    ///
    /// - Throws: ``ServerError``
    func encode(
        _ outputs: [Tensor], of photo: PixelSize, with model: ServedModel, _ options: PredictionOptions,
        until deadline: ContinuousClock.Instant, _ notes: RequestNotes
    ) async throws -> [OutputFile] {
        let predictor = model.predictor
        let maps = predictor.postprocess(outputs, of: photo, options)
        let start = ContinuousClock.now
        let files = try await withThrowingTaskGroup(of: (Int, [OutputFile]).self) { group in
            for (index, map) in maps.enumerated() {
                group.addTask {
                    let (files, _) = try await timed(on: crew.codecs, until: deadline) {
                        try predictor.encode([map], options, on: Crew.alone)
                    }
                    return (index, files)
                }
            }
            return try await group.reduce(into: [Int: [OutputFile]]()) { $0[$1.0] = $1.1 }
        }
        let time = ContinuousClock.now - start
        notes.update { $0.timings.encode = ($0.timings.encode ?? .zero) + time }
        metrics.encoded(model.name, time)
        try deadline.requireFuture()
        return maps.indices.flatMap { files[$0] ?? [] }
    }

    /// Does work on a thread of its own, unless it is too late by the time that it could begin.
    private func timed<Result: Sendable>(
        on threads: NIOThreadPool, until deadline: ContinuousClock.Instant,
        _ work: @escaping @Sendable () throws -> Result
    ) async throws -> (Result, Duration) {
        try await threads.perform {
            try deadline.requireFuture()
            let start = ContinuousClock.now
            let result = try work()
            return (result, ContinuousClock.now - start)
        }
    }
}
