internal import CKernels
import Glibc
import Synchronization
import Tensors

/// The memory of one run at a time: an arena for all feature maps and scratch memory for each thread.
///
/// Memory is taken once and reused by every run of the same plan, so running allocates only the results.
///
/// `@unchecked Sendable`: only ``run(_:on:)`` touches the memory, and it holds `busy` while it does; a second
/// run at the same time is a programming error and traps.
public final class Workspace: @unchecked Sendable {
    /// The plan that this workspace runs.
    public let plan: Plan

    private let memory: UnsafeMutableRawPointer
    private let byteCount: Int
    private let threads: Int
    private let arguments: [KernelArguments]
    private let busy = Atomic<Bool>(false)

    /// Takes the memory for one run at a time on a pool of up to `threads` threads.
    ///
    /// - Throws: ``WorkspaceError`` if the system has not that much.
    public init(_ plan: Plan, threads: Int) throws(WorkspaceError) {
        self.plan = plan
        self.threads = threads
        byteCount = max(plan.memoryBytes(threads: threads), 1)
        let mapped = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let mapped, mapped != MAP_FAILED else { throw .outOfMemory(bytes: byteCount) }
        madvise(mapped, byteCount, MADV_HUGEPAGE)
        let memory = mapped
        self.memory = memory
        let arena = memory + threads * plan.scratchBytes + plan.sharedBytes
        arguments = plan.steps.map { plan.arguments(for: $0.node, in: arena) }
    }

    deinit { munmap(memory, byteCount) }

    /// The scratch memory of the threads comes first, then what they share, then the feature maps.
    private var shared: UnsafeMutableRawPointer { memory + threads * plan.scratchBytes }
    private var arena: UnsafeMutableRawPointer { shared + plan.sharedBytes }

    /// Runs the network on an image `[1, channels, height, width]`.
    ///
    /// - Parameter observe: called after each layer with its index in ``Plan/layers`` and the time it took.
    /// - Returns: The outputs in the order of the graph, each `[1, C, H, W]`.
    /// - Throws: ``PlanError/wrongInput(expected:found:)`` if the image is not of the plan's size.
    public func run(
        _ image: Tensor, on pool: ThreadPool, observe: ((_ layer: Int, _ time: Duration) -> Void)? = nil
    ) throws(PlanError) -> [Tensor] {
        precondition(pool.threadCount <= threads, "a workspace for \(threads) threads")
        precondition(!busy.exchange(true, ordering: .acquiring), "a workspace runs one image at a time")
        defer { busy.store(false, ordering: .releasing) }
        let expected: Shape = [1, plan.inputChannels, plan.height, plan.width]
        guard image.shape == expected else { throw .wrongInput(expected: expected, found: image.shape) }
        read(image, on: pool)
        for (index, step) in plan.steps.enumerated() {
            let start = ContinuousClock.now
            execute(step, arguments[index], on: pool)
            observe?(index, ContinuousClock.now - start)
        }
        return plan.outputs.map { write($0, on: pool) }
    }

    private func read(_ image: Tensor, on pool: ThreadPool) {
        let (map, geometry) = plan.map(of: plan.input, in: arena)
        geometry.clearBorderRows(of: map)
        image.withUnsafeElements { dense in
            let copy = DenseCopy(
                dense: UnsafeMutableBufferPointer(mutating: dense), map: map, family: plan.family)
            pool.forEach(Int(map.height)) { row, _ in copy.read(row) }
        }
    }

    private func write(_ value: Value, on pool: ThreadPool) -> Tensor {
        let (map, geometry) = plan.map(of: value, in: arena)
        return Tensor(shape: [1, geometry.channels, geometry.height, geometry.width]) { dense in
            let copy = DenseCopy(dense: dense, map: map, family: plan.family)
            pool.forEach(Int(map.height)) { row, _ in copy.write(row) }
        }
    }

    private func execute(_ step: Plan.Step, _ arguments: KernelArguments, on pool: ThreadPool) {
        let kernel = step.kernel
        let scratch = Scratch(start: memory, bytesPerThread: plan.scratchBytes, shared: shared)
        arguments.geometry.clearBorderRows(of: arguments.output)
        for (stage, items) in step.stages.enumerated() {
            pool.forEach(items) { item, worker in
                kernel.run(stage: stage, item: item, arguments, memory: scratch.memory(of: worker))
            }
        }
    }
}

/// The rows of a dense tensor on their way into a map or out of it.
///
/// `@unchecked Sendable`: each row is copied by one thread, and nothing else uses either side meanwhile.
private struct DenseCopy: @unchecked Sendable {
    let dense: UnsafeMutableBufferPointer<Float>
    let map: mtan_map
    let family: KernelFamily

    func read(_ row: Int) { family.functions.read_dense(dense.baseAddress, map, range(row)) }

    func write(_ row: Int) { family.functions.write_dense(map, dense.baseAddress, range(row)) }

    private func range(_ row: Int) -> mtan_range { mtan_range(first: Int32(row), last: Int32(row) + 1) }
}

/// The scratch memory of all threads.
///
/// `@unchecked Sendable`: the thread pool never gives one worker index to two threads at a time, and each
/// index has memory of its own. Items of one stage write disjoint parts of the shared memory, and read only what
/// an earlier stage wrote.
private struct Scratch: @unchecked Sendable {
    let start: UnsafeMutableRawPointer
    let bytesPerThread: Int

    let shared: UnsafeMutableRawPointer

    func memory(of worker: Int) -> KernelMemory {
        KernelMemory(scratch: start + worker * bytesPerThread, shared: shared)
    }
}

/// Why a workspace cannot be had.
public enum WorkspaceError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The system refused the memory.
    case outOfMemory(bytes: Int)
    /// More would be needed than the caller allows.
    case overLimit(bytes: Int, limit: Int)

    /// How much was asked for, and the way out.
    public var description: String {
        switch self {
        case .outOfMemory(let bytes):
            "cannot get \(bytes >> 20) MiB of memory for the network's feature maps; use a smaller size"
        case .overLimit(let bytes, let limit):
            """
            the network's feature maps need \(bytes >> 20) MiB at this size, and \(limit >> 20) MiB are allowed; \
            use a smaller input size or raise the limit on memory
            """
        }
    }
}

extension Plan {
    /// The addresses of one node's operands in an arena.
    fileprivate func arguments(for node: Node, in arena: UnsafeMutableRawPointer) -> KernelArguments {
        let (output, geometry) = map(of: node.outputs[0], in: arena)
        var arguments = KernelArguments(output: output, geometry: geometry)
        for value in node.inputs {
            switch storage[value] {
            case .map: arguments.sources.append(map(of: value, in: arena).map)
            case .positions(let offset):
                arguments.sourcePositions = UnsafePointer(
                    (arena + offset).assumingMemoryBound(to: UInt8.self))
            case nil: preconditionFailure("a value that is read has no memory")
            }
        }
        if node.outputs.count > 1, case .positions(let offset) = storage[node.outputs[1]] {
            arguments.outputPositions = (arena + offset).assumingMemoryBound(to: UInt8.self)
        }
        return arguments
    }

    /// The feature map of a value in an arena.
    fileprivate func map(
        of value: Value, in arena: UnsafeMutableRawPointer
    ) -> (map: mtan_map, geometry: MapGeometry) {
        guard case .map(let offset, let geometry) = storage[value] else {
            preconditionFailure("a value that is no feature map is read as one")
        }
        return (geometry.map(at: arena + offset), geometry)
    }

    fileprivate var inputChannels: Int {
        guard case .map(_, let geometry) = storage[input] else {
            preconditionFailure("the input has no memory")
        }
        return geometry.channels
    }
}
