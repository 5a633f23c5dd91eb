import ArgumentParser
import Files
import Foundation
import Images
import Predictions

/// `mtan predict INPUT... -o OUT`
struct PredictCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "predict",
        abstract: "Write segmentation, depth and normals of photos as PNG files.",
        discussion: """
            For photos/a/b.jpg below a folder photos: OUT/a/b.segmentation.png (8-bit palette, pixel = class), \
            OUT/a/b.depth.png (16-bit grey, pixel = millimetres) and OUT/a/b.normals.png (8-bit RGB). Every \
            file appears complete or not at all; PNG files that mtan did not make are not replaced.
            """)

    @Argument(
        help:
            "Photos (PNG, JPEG, WebP, TIFF), folders and all below them (hidden ones and links to folders apart), quoted patterns.",
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
        let found = PhotoCollector(inputs)
        let photos = try plan(found, for: model)
        var problems = found.problems.map { Problem(path: $0.path, reason: $0.reason) }
        do { try Folder.make(output) } catch { throw failure(error, .cannotWrite) }
        let predictor = try engineOptions.makePredictor(model, decoder: imageOptions.decoder)
        for notice in model.notices { report("mtan: \(notice)") }
        var progress = Progress(total: photos.count, isQuiet: quiet)
        var stop: FileError?
        Interruption.catchSignals()
        for photo in photos {
            if stop != nil || Interruption.isRequested { break }
            do {
                try predict(photo, with: predictor)
                progress.finished(photo.path)
            } catch let error as FileError where error.isFatal {
                stop = error
            } catch {
                problems.append(Problem(path: photo.path, error))
                progress.finished(photo.path, problem: "failed")
            }
        }
        progress.end()
        if !quiet { report("\(progress.summary) by \(predictor.machine), written to \(output)") }
        if !quiet, let others = found.passedOver.text { report("passed over: \(others)") }
        try conclude(problems, stop, progress)
    }

    private var options: PredictionOptions {
        var options = PredictionOptions()
        options.resize = imageOptions.resize
        options.outputSize = size
        options.views = view.views
        return options
    }

    /// The photos with the names of their outputs. Maps of earlier runs are no photos.
    private func plan(_ found: PhotoCollector, for model: Model) throws -> [Photo] {
        let suffixes = model.description.tasks.flatMap { task in view.views.map { $0.suffix(for: task) } }
        let photos = OutputNaming.name(found.files.filter { !isMap($0.path) })
        guard !photos.isEmpty || !found.problems.isEmpty else {
            let others = found.passedOver.text.map { "; passed over: \($0)" } ?? ""
            throw usageError("no photos (\(ImageFormat.list)) in \(inputs.joined(separator: ", "))\(others)")
        }
        if let file = OutputNaming.collision(among: photos, suffixes: suffixes) {
            throw usageError("two photos would both be written to \(file); give them separately")
        }
        return photos
    }

    private func isMap(_ path: String) -> Bool {
        guard path.lowercased().hasSuffix(".png") else { return false }
        let length = OutputFile.markLength
        guard let start = try? BoundedFile.read(path, limit: length, prefix: length) else { return false }
        return OutputFile.isMap(start)
    }

    private func predict(_ photo: Photo, with predictor: Predictor) throws {
        let bytes = try BoundedFile.read(
            photo.path, limit: predictor.decoder.limits.maximumBytes, raise: "raise --max-bytes")
        let stem = Folder.join(output, photo.stem)
        try Folder.make(stem.deletingLastPathComponent)
        for file in try predictor.predict(bytes, options: options) {
            let path = "\(stem).\(file.suffix)"
            try protectForeignFile(path)
            try AtomicFile.write(file.bytes, to: path, isSynced: sync)
        }
    }

    /// A PNG file that was not made here is somebody's own, and stays.
    private func protectForeignFile(_ path: String) throws(FileError) {
        guard path.hasSuffix(".png"), Folder.identity(of: path) != nil, !isMap(path) else { return }
        throw FileError(
            path: path, reason: "is there already and was not made by mtan; choose another output folder")
    }

    private func conclude(_ problems: [Problem], _ stop: FileError?, _ progress: Progress) throws {
        if !problems.isEmpty { report("mtan: \(problems.count) of the inputs failed:") }
        for problem in problems { report("  \(problem.path): \(problem.reason)") }
        if let stop { throw failure(stop, .cannotWrite) }
        if let code = Interruption.exitCode { throw failure("interrupted after \(progress.extent)", code) }
        if !problems.isEmpty { throw ExitCode.someInputsFailed }
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
