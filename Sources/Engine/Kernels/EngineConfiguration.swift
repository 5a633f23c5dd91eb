/// What the products of the network's convolutions are made of.
public enum Precision: String, Sendable, CaseIterable {
    /// 32-bit floats.
    case fp32
    /// Each float as the sum of two bfloat16, three products; sums in 32 bits.
    case bf16x3
    /// bfloat16, sums in 32 bits.
    case bf16
}

/// Which kernels run a network: an instruction set and a precision, both of which this processor has.
public struct EngineConfiguration: Sendable, CustomStringConvertible {
    let family: KernelFamily

    /// The instruction set, such as `avx512`.
    public var instructionSet: String { family.isa }

    /// What products are made of.
    public var precision: Precision { family.precision }

    /// All that this processor can run, the fastest first.
    public static var available: [EngineConfiguration] { KernelFamily.available.map(Self.init(family:)) }

    /// What processors with AMX compute, slowly: for tests.
    static var emulated: [EngineConfiguration] { KernelFamily.emulated.map(Self.init(family:)) }

    /// The fastest with 32-bit products.
    public static var exact: EngineConfiguration {
        guard let exact = available.first(where: { $0.precision == .fp32 }) else {
            preconditionFailure("the portable kernels run everywhere")
        }
        return exact
    }

    /// The fastest configuration with these properties; nil stands for any.
    ///
    /// - Throws: ``ConfigurationError`` if this processor has none.
    public static func fastest(
        instructionSet: String? = nil, precision: Precision? = nil
    ) throws(ConfigurationError) -> EngineConfiguration {
        let fitting = available.first {
            $0.instructionSet == instructionSet ?? $0.instructionSet
                && $0.precision == precision ?? $0.precision
        }
        guard let fitting else {
            throw ConfigurationError(
                instructionSet: instructionSet, precision: precision, available: available.map(\.description))
        }
        return fitting
    }

    /// For messages: `fp32 on avx512`.
    public var description: String { "\(precision.rawValue) on \(instructionSet)" }
}

/// This processor cannot run what was asked for.
public struct ConfigurationError: Error, Equatable, Sendable, CustomStringConvertible {
    let instructionSet: String?
    let precision: Precision?
    let available: [String]

    /// What was asked for, and what there is.
    public var description: String {
        let wanted = [precision?.rawValue, instructionSet.map { "on \($0)" }].compactMap(\.self)
        return """
            this processor has no kernels for \(wanted.joined(separator: " ")); it can run \
            \(available.joined(separator: ", "))
            """
    }
}
