import ArgumentParser
import Files
import Foundation
import Images
import Predictions
import StandardStreams

/// `mtan predict INPUT... -o OUT`
struct PredictCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "predict",
        abstract: "Write segmentation, depth and normals of photos as PNG files.",
        discussion: """
            For photos/a/b.jpg below a folder photos: OUT/a/b.segmentation.png (8-bit palette, pixel = class), \
            OUT/a/b.depth.png (16-bit grey, pixel = millimetres) and OUT/a/b.normals.png (8-bit RGB). Every \
            file appears complete or not at all; files that mtan did not make are not replaced.
            """)

    @Argument(
        help: ArgumentHelp(
            "Photos (PNG, JPEG, WebP, TIFF), folders and all below them, quoted patterns, or - for standard input.",
            discussion: "In folders, hidden files and folders and links to folders are passed over."),
        completion: .file())
    var inputs: [String]

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "The folder to write to; made if missing. Or a .png or .npy file, or -.",
            discussion: """
                A file takes one view of one task of one photo. - is standard output, for one photo: one file, or \
                a zip archive of several.
                """),
        completion: .directory)
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

    @Option(
        help: ArgumentHelp(
            "The tasks to write, with commas. Default: all of the model.", valueName: "names"))
    var tasks: String?

    @Option(
        help: ArgumentHelp(
            "What depth is multiplied by in PNG: a number, or auto. Default: as the model says, often 1000.",
            discussion: """
                What is then beyond 65535 is written as 65535, with a warning. auto takes the model's scale where \
                all of a map fits, and a tenth, a hundredth or less of it where not; each file says its own in \
                the text chunk Scale.
                """,
            valueName: "scale"))
    var depthScale: DepthScale?

    @Option(help: "The size of the maps: that of the photo (original) or of the network's output (model).")
    var size: PredictionOptions.OutputSize = .original

    @Flag(help: "Wait until every file is on the disk, so that a power cut leaves none empty.")
    var sync = false

    @Flag(name: .shortAndLong, help: "Say nothing but errors.")
    var quiet = false

    func validate() throws {
        if let refusal = inputs.lazy.compactMap(RemoteLocation.refusal(ofInput:)).first
            ?? RemoteLocation.refusal(ofOutput: output)
        {
            throw ValidationError(refusal)
        }
        guard !output.isEmpty else {
            throw ValidationError("-o: expected a folder, found an empty text; for this folder give -o .")
        }
        guard inputs == ["-"] || !inputs.contains("-") else {
            throw ValidationError(
                "- is standard input and takes no other inputs beside it; for a file of that name give ./-")
        }
    }

    func run() throws {
        try checkStreams()
        let model = try modelOptions.load()
        let options = try makeOptions(for: model)
        let found = PhotoCollector(inputs == ["-"] ? [] : inputs)
        let suffixes = options.suffixes(for: model.description)
        let photos = try plan(found, suffixes)
        let writer = try makeWriter(photos: photos.count, suffixes)
        var problems = found.problems.map { Problem(path: $0.path, reason: $0.reason) }
        let predictor = try engineOptions.makePredictor(model, decoder: imageOptions.decoder)
        if !quiet { for notice in model.notices { report("mtan: \(notice)") } }
        let isSilent = quiet || writer.destination == .standardOutput
        var progress = Progress(total: photos.count, isQuiet: isSilent)
        var stop: FileError?
        if inputs != ["-"], writer.destination != .standardOutput { Interruption.catchSignals() }
        for photo in photos {
            if stop != nil || Interruption.isRequested { break }
            do {
                try predict(photo, with: predictor, options, writer)
                progress.finished(photo.path.shown())
            } catch let error as FileError where error.isFatal {
                stop = error
            } catch StandardOutputError.readerGone {
                throw ExitCode.readerGone
            } catch {
                problems.append(Problem(path: photo.path, error))
                progress.finished(photo.path.shown(), problem: "failed")
            }
        }
        progress.end()
        if !isSilent {
            report("\(progress.summary) by \(predictor.machine), written to \(output.shown())")
            if let others = found.passedOver.text { report("passed over: \(others)") }
        }
        try conclude(problems, stop, progress)
    }

    /// Refuses to read a photo from a terminal, or to write maps to one.
    private func checkStreams() throws {
        if inputs == ["-"], StandardInput.isTerminal {
            throw usageError(
                "standard input is a terminal; give it a photo, as in `mtan predict - -o out < photo.jpg`")
        }
        if output == "-", StandardOutput.isTerminal {
            throw usageError("standard output is a terminal; redirect it to a file, or give -o a folder")
        }
    }

    private func makeOptions(for model: Model) throws -> PredictionOptions {
        var options = PredictionOptions(resize: imageOptions.resize)
        options.inputSize = try imageOptions.inputSizeRequest(for: model)
        options.outputSize = size
        options.views = view.views
        options.depthScale = depthScale
        if let tasks {
            do { options.tasks = try TaskSelection(list: tasks, of: model.description) } catch {
                throw usageError("--tasks: expected \(error.expected), found \"\(error.name.shown())\"")
            }
        }
        let hasDepth = model.description.tasks.contains { options.tasks.contains($0) && $0.kind == .depth }
        guard depthScale == nil || hasDepth && view.views.contains(.data) else {
            throw usageError("--depth-scale is for PNG files of depth, and none is asked for")
        }
        return options
    }

    /// The photos with the names of their outputs. Maps of earlier runs are no photos.
    private func plan(_ found: PhotoCollector, _ suffixes: [String]) throws -> [Photo] {
        if inputs == ["-"] { return [.standardInput] }
        let photos = OutputNaming.name(found.files.filter { !MapWriter.isMap($0.path) })
        guard !photos.isEmpty || !found.problems.isEmpty else {
            let places = inputs.map { $0.shown() }.joined(separator: ", ")
            let others = found.passedOver.text.map { "; passed over: \($0)" } ?? ""
            throw usageError(
                found.files.isEmpty
                    ? "no photos (\(ImageFormat.list)) in \(places)\(others)"
                    : "only maps that mtan wrote earlier in \(places); give the folder of the photos")
        }
        if let file = OutputNaming.collision(among: photos, suffixes: suffixes) {
            throw usageError(
                "two photos would both be written to \(file.shown()); give them separately")
        }
        return photos
    }

    private func makeWriter(photos: Int, _ suffixes: [String]) throws -> MapWriter {
        do {
            let destination = try Destination(output, photos: photos, suffixes: suffixes)
            let writer = MapWriter(destination: destination, isSynced: sync)
            try writer.prepare()
            return writer
        } catch let error as DestinationError {
            throw error.code == .usage
                ? usageError(error.message) : failure(error.message, .cannotWrite)
        } catch {
            throw failure(error, .cannotWrite)
        }
    }

    private func predict(
        _ photo: Photo, with predictor: Predictor, _ options: PredictionOptions, _ writer: MapWriter
    ) throws {
        let bytes = try photo.read(limit: predictor.decoder.limits.maximumBytes)
        // Before this, or while a reader is waited for, nothing is lost by ending at once.
        if photo.isStandardInput, writer.destination != .standardOutput { Interruption.catchSignals() }
        let files = try predictor.predict(bytes, options: options)
        try writer.write(files, of: photo)
        guard !quiet else { return }
        for warning in files.compactMap(\.warning) {
            // The bar of progress stands on the line, if there is one.
            report("\(Progress.isTerminal ? "\r\u{1b}[K" : "")mtan: \(photo.path.shown()): \(warning)")
        }
    }

    private func conclude(_ problems: [Problem], _ stop: FileError?, _ progress: Progress) throws {
        if !problems.isEmpty { report("mtan: \(problems.count.counted("input")) failed:") }
        for problem in problems { report(problem.line) }
        if let stop { throw failure(stop, .cannotWrite) }
        if let code = Interruption.exitCode, !progress.isComplete {
            throw failure("interrupted after \(progress.extent)", code)
        }
        if !problems.isEmpty { throw ExitCode.someInputsFailed }
    }
}

extension PredictionOptions {
    /// The ends of the names of the files that are made of each photo.
    fileprivate func suffixes(for model: ModelDescription) -> [String] {
        model.tasks.filter(tasks.contains).flatMap { task in
            MapView.allCases.filter(views.contains).map { $0.suffix(for: task) }
        }
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
