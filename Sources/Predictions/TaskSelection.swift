/// Which tasks of a model a caller wants.
public struct TaskSelection: Sendable, Equatable {
    /// Nil for all.
    private let names: Set<String>?

    /// Every task of whatever model.
    public static let all = TaskSelection(names: nil)

    private init(names: Set<String>?) { self.names = names }

    /// One task.
    public init(_ task: TaskDescription) { names = [task.name] }

    /// Reads a list of names with commas between, such as `depth,normals`. Their order has no meaning.
    ///
    /// - Throws: ``UnknownTask`` if a name is none of the model's, or empty.
    public init(list: String, of model: ModelDescription) throws(UnknownTask) {
        let known = model.tasks.map(\.name)
        let names = list.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        if let name = names.first(where: { !known.contains($0) }) {
            throw UnknownTask(name: name, known: known)
        }
        self.names = Set(names)
    }

    /// Whether a task is wanted.
    public func contains(_ task: TaskDescription) -> Bool { names?.contains(task.name) ?? true }
}

/// A name that no task of a model has.
public struct UnknownTask: Error, Sendable, Equatable {
    /// What was asked for.
    public let name: String

    /// The tasks that there are.
    public let known: [String]

    /// What was expected, for messages.
    public var expected: String { "some of \(known.joined(separator: ",")), with commas" }
}
