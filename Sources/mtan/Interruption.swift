import ArgumentParser
import Foundation
import Synchronization

/// Signals that ask a long run to stop: it looks between two photos whether one has come.
enum Interruption {
    /// The first signal, or 0.
    private static let signalNumber = Atomic<Int32>(0)

    /// From now on SIGINT, SIGTERM and SIGHUP are noted in place of ending the process; a second one ends it at
    /// once. Those that the process was started to ignore, as by `nohup`, stay ignored.
    static func catchSignals() {
        // The variable must exist before a handler uses it.
        _ = signalNumber.load(ordering: .relaxed)
        for number in [SIGINT, SIGTERM, SIGHUP] where signal(number, note).isIgnored {
            signal(number, SIG_IGN)
        }
    }

    /// Whether a signal has come.
    static var isRequested: Bool { exitCode != nil }

    /// The code to leave with if a signal has come: 128 and its number, as shells have it.
    static var exitCode: ExitCode? {
        let number = signalNumber.load(ordering: .relaxed)
        return number == 0 ? nil : ExitCode(128 + number)
    }

    /// Runs within the signal handler, where hardly anything is allowed.
    private static let note: @convention(c) (Int32) -> Void = { number in
        let (isFirst, _) = signalNumber.compareExchange(expected: 0, desired: number, ordering: .relaxed)
        if !isFirst { _exit(128 + number) }
    }
}

extension Optional<@convention(c) (Int32) -> Void> {
    /// Whether the system's constant SIG_IGN, which is no function, stands here for one.
    fileprivate var isIgnored: Bool {
        unsafeBitCast(self, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
    }
}
