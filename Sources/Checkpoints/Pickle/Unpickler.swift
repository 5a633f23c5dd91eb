/// A pickle virtual machine that builds inert values and runs nothing.
///
/// It knows the opcodes that `torch.save` writes with pickle protocols 2 to 5, and those of Python 2 (see
/// Lib/pickletools.py for what each does). Classes come from ``PickleClassTable``; calling one is a case of
/// `call(_:with:)`. Every step is counted against ``CheckpointLimits/pickleSteps``.
struct Unpickler {
    var cursor: ByteCursor
    var heap = PickleHeap()
    var stack: [PickleValue] = []
    /// The heights of the stack at the open marks.
    var marks: [Int] = []
    var memo: [UInt32: PickleValue] = [:]
    /// What is left of ``CheckpointLimits/pickleSteps``.
    private(set) var stepsLeft: Int
    /// Whether this pickle lies inside another, where no further one may lie.
    let isNested: Bool
    /// How many bytes of strings and large integers may still be read.
    private var textLeft = CheckpointLimits.descriptionBytes
    private var unfamiliar: [String] = []
    private var noted: Set<String> = []

    init(_ cursor: ByteCursor, steps: Int = CheckpointLimits.pickleSteps, isNested: Bool = false) {
        self.cursor = cursor
        self.isNested = isNested
        stepsLeft = steps
    }

    /// Runs one pickle up to its STOP, after which ``cursor`` stands behind it.
    ///
    /// - Throws: ``CheckpointError/corrupt(file:part:expected:found:)``,
    ///   ``CheckpointError/unsupported(file:what:remedy:)`` or
    ///   ``CheckpointError/overLimit(file:what:limit:found:)``.
    mutating func run() throws(CheckpointError) -> PickleDocument {
        while true {
            let code: UInt8 = try cursor.read()
            try spend(1)
            guard let opcode = PickleOpcode(rawValue: code) else { throw unsupported(code) }
            if opcode == .stop { break }
            try execute(opcode)
        }
        let root = try pop()
        guard stack.isEmpty, marks.isEmpty else {
            throw cursor.corrupt(expected: "one value at the end of the pickle", found: "\(stack.count + 1)")
        }
        return PickleDocument(root: root, heap: heap, unfamiliarClasses: unfamiliar)
    }

    /// Remembers the name of a class that is not known to be harmless.
    mutating func noteUnfamiliar(_ name: String) {
        if noted.insert(name).inserted { unfamiliar.append(name) }
    }

    /// An error about values that were found in place of others.
    func corrupt(expected: String, found: PickleValue...) -> CheckpointError {
        cursor.corrupt(expected: expected, found: found.map(heap.kind).joined(separator: " and "))
    }

    /// Counts the work of copying `count` values.
    mutating func spend(_ count: Int) throws(CheckpointError) {
        guard count <= stepsLeft else {
            throw .overLimit(
                file: cursor.file.name, what: "the number of steps of the pickle in \(cursor.part)",
                limit: CheckpointLimits.pickleSteps, found: "larger")
        }
        stepsLeft -= count
    }

    /// Counts the bytes of a string or of a large integer.
    mutating func spendText(_ count: UInt64) throws(CheckpointError) {
        guard count <= UInt64(textLeft) else {
            throw .overLimit(
                file: cursor.file.name, what: "the length of all strings of the pickle in \(cursor.part)",
                limit: CheckpointLimits.descriptionBytes, found: "larger")
        }
        textLeft -= Int(count)
    }

    /// Takes over how many steps a pickle inside this one left.
    mutating func spendTo(_ left: Int) { stepsLeft = min(stepsLeft, left) }

    /// Takes the top of the stack, but nothing below the last mark.
    mutating func pop() throws(CheckpointError) -> PickleValue {
        guard stack.count > marks.last ?? 0, let value = stack.popLast() else {
            throw cursor.corrupt(expected: "a value on the pickle's stack", found: "none")
        }
        return value
    }

    /// The top of the stack.
    func top() throws(CheckpointError) -> PickleValue {
        guard stack.count > marks.last ?? 0, let value = stack.last else {
            throw cursor.corrupt(expected: "a value on the pickle's stack", found: "none")
        }
        return value
    }

    /// Takes everything above the last mark, and the mark.
    mutating func popToMark() throws(CheckpointError) -> [PickleValue] {
        guard let height = marks.popLast() else {
            throw cursor.corrupt(expected: "a mark on the pickle's stack", found: "none")
        }
        let values = Array(stack[height...])
        stack.removeSubrange(height...)
        return values
    }

    private func unsupported(_ code: UInt8) -> CheckpointError {
        let isText = [UInt8(ascii: "P"), UInt8(ascii: "V"), UInt8(ascii: "S"), UInt8(ascii: "F")].contains(
            code)
        return .unsupported(
            file: cursor.file.name,
            what: "the pickle opcode \(code)\(isText ? " (protocol 0 or 1)" : "") at offset "
                + "\(cursor.position - 1) of \(cursor.part)",
            remedy: "Save the state dict again with torch.save, or with pickle protocol 2 or later.")
    }
}
