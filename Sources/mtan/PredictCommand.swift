import ArgumentParser
import Files
import Foundation
import Predictions

/// `mtan predict INPUT... -o OUT`
struct PredictCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "predict",
        abstract: "Write segmentation, depth and normals of photos as PNG files.",
        discussion: """
            For photos/a/b.jpg below a folder photos: OUT/a/b.segmentation.png (8-bit palette, pixel = class), \
            OUT/a/b.depth.png (16-bit grey, pixel = millimetres) and OUT/a/b.normals.png (8-bit RGB). Every \
            file appears complete or not at all.
            """)

    @Argument(
        help: "Photos (PNG or JPEG), folders, which are searched to the bottom, and quoted patterns.",
        completion: .file())
    var inputs: [String]

    @Option(name: .shortAndLong, help: "The folder to write to; made if missing.", completion: .directory)
    var output: String

    @OptionGroup(title: "Model") var modelOptions: ModelOptions
    @OptionGroup(title: "Machine") var engineOptions: EngineOptions
    @OptionGroup(title: "Photos") var imageOptions: ImageOptions

    @Option(
        help: ArgumentHelp(
            "What to write: data, color, npy, or several with commas.",
            discussion: """
                data: the values. color: pictures for people, NAME.depth.color.png and so on. npy: the \
                network's own floats, [1, C, h, w].
                """,
            valueName: "views"))
    var view: ViewList = ViewList(views: [.data])

    @Option(help: "The size of the maps: that of the photo (original) or of the network's output (model).")
    var size: PredictionOptions.OutputSize = .original

    @Flag(help: "Wait until every file is on the disk, so that a power cut leaves none empty.")
    var sync = false

    @Flag(name: .shortAndLong, help: "Say nothing but errors.")
    var quiet = false

    func run() throws {
        let model = try modelOptions.load()
        let photos = try plan(for: model)
        try prepareOutput()
        let predictor = Predictor(model, decoder: imageOptions.decoder, pool: engineOptions.makePool())
        var progress = Progress(total: photos.count, isQuiet: quiet)
        var problems: [(path: String, reason: String)] = []
        for photo in photos {
            do {
                try predict(photo, with: predictor)
                progress.finished(photo.path)
            } catch let error as FileError {
                progress.end()
                throw failure(error, .cannotWrite)
            } catch {
                problems.append((photo.path, "\(error)"))
                progress.finished(photo.path, problem: "failed")
            }
        }
        progress.end()
        try conclude(progress, problems)
    }

    private var options: PredictionOptions {
        var options = PredictionOptions()
        options.resize = imageOptions.resize
        options.outputSize = size
        options.views = view.views
        return options
    }

    private func plan(for model: Model) throws -> [Photo] {
        let suffixes = model.description.tasks.flatMap { task in view.views.map { $0.suffix(for: task) } }
        let named = OutputNaming.name(PhotoCollector.collect(inputs))
        let photos = OutputNaming.withoutOutputs(named, in: output, suffixes: suffixes)
        guard !photos.isEmpty else {
            throw ValidationError("no photos (PNG or JPEG) in \(inputs.joined(separator: ", "))")
        }
        if let file = OutputNaming.collision(among: photos, suffixes: suffixes) {
            throw ValidationError("two photos would both be written to \(file); give them separately")
        }
        return photos
    }

    private func prepareOutput() throws {
        do {
            try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
        } catch {
            throw failure(
                ValidationError("\(output): cannot be made: \(error.localizedDescription)"), .cannotWrite)
        }
    }

    private func predict(_ photo: Photo, with predictor: Predictor) throws {
        let bytes = try PhotoFile.read(photo.path, limit: predictor.decoder.limits.maximumBytes)
        let files = try predictor.predict(bytes, options: options)
        let stem = "\(output)/\(photo.stem)"
        let folder = URL(fileURLWithPath: stem).deletingLastPathComponent()
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        for file in files {
            let target = try AtomicFile(replacing: "\(stem).\(file.suffix)")
            try target.write(file.bytes)
            try target.commit(isSynced: sync)
        }
    }

    private func conclude(_ progress: Progress, _ problems: [(path: String, reason: String)]) throws {
        if !quiet { report("\(progress.summary), written to \(output)") }
        guard !problems.isEmpty else { return }
        report("mtan: \(problems.count) of the inputs failed:")
        for problem in problems { report("  \(problem.path): \(problem.reason)") }
        throw ExitCode.someInputsFailed
    }
}

/// A list of views, separated by commas.
struct ViewList: ExpressibleByArgument {
    var views: Set<MapView>

    init(views: Set<MapView>) { self.views = views }

    init?(argument: String) {
        let names = argument.split(separator: ",", omittingEmptySubsequences: false)
        let views = names.compactMap { MapView(rawValue: String($0)) }
        guard views.count == names.count, !views.isEmpty else { return nil }
        self.views = Set(views)
    }

    var defaultValueDescription: String { views.map(\.rawValue).sorted().joined(separator: ",") }
}
