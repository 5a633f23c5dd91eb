import ArgumentParser
import Engine
import Foundation

/// Which kernels compute.
struct KernelOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "What products are made of: auto, fp32, bf16x3 or bf16.",
            discussion: """
                fp32 gives PyTorch's results to rounding, on every processor. bf16x3 makes each product of three of \
                halved precision, which is nearly as exact; bf16 makes it of one. Both need a processor with AMX. \
                auto is fp32.
                """,
            valueName: "mode"))
    var precision = "auto"

    @Option(
        help: ArgumentHelp(
            "The instruction set: auto, or one of those that this processor has.",
            discussion: "amx, avx512, avx2, neon, portable. Default: MTAN_ISA, or else the fastest.",
            valueName: "name"))
    var isa: String?

    /// The kernels that were asked for.
    ///
    /// - Throws: `ExitCode.validationFailure`, after saying what this processor has.
    func configuration() throws -> EngineConfiguration {
        try Self.configuration(precision: precision, isa: isa)
    }

    /// The kernels for a precision and an instruction set, nil for the defaults.
    ///
    /// - Throws: `ExitCode.validationFailure`, after saying what there is.
    static func configuration(precision: String?, isa: String?) throws -> EngineConfiguration {
        let set = isa ?? ProcessInfo.processInfo.environment["MTAN_ISA"] ?? "auto"
        do {
            return try EngineConfiguration.fastest(
                instructionSet: set == "auto" ? nil : set, precision: mode(precision ?? "auto"))
        } catch let error as ConfigurationError {
            throw usageError("\(error)")
        }
    }

    /// What `auto` stands for is the mode that is as exact as PyTorch, and the same on every machine.
    private static func mode(_ name: String) throws -> Precision {
        guard let precision = name == "auto" ? .fp32 : Precision(rawValue: name) else {
            let known = Precision.allCases.map(\.rawValue).joined(separator: ", ")
            throw usageError("--precision takes auto, \(known); found \(name)")
        }
        return precision
    }
}
