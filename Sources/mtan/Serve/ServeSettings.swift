import ArgumentParser
import Files
import Foundation

/// Options of `mtan serve` from the environment and from a file. They become arguments before those of the
/// command line, so that each option has one declaration, one check, and the last word is the command line's.
enum ServeSettings {
    private static let fileLimit = 1 << 20

    /// An option from elsewhere than the command line.
    fileprivate struct Setting {
        let option: String
        let value: String
        let origin: String

        var arguments: [String] { ["--\(option)=\(value)"] }
    }

    /// The arguments of the process, those of `mtan serve` with what else is set.
    ///
    /// - Throws: `ValidationError`, naming the variable or file and what is wrong.
    static func expand(_ arguments: [String], environment: [String: String]) throws -> [String] {
        guard arguments.first == "serve" else { return arguments }
        let variables = settings(in: environment)
        let file = option("config", in: arguments) ?? environment["MTAN_CONFIG"]
        let settings = try (file.map(settings(inFile:)) ?? []) + variables
        for setting in settings {
            do {
                _ = try ServeCommand.parse(setting.isPaired ? [] : setting.arguments)
            } catch {
                throw ValidationError("\(setting.origin): \(ServeCommand.message(for: error))")
            }
        }
        return ["serve"] + settings.flatMap(\.arguments) + arguments.dropFirst()
    }

    /// `MTAN_QUEUE_BYTES` is `--queue-bytes`. Kubernetes sets MTAN_PORT and others by itself where there is a
    /// service called mtan; such a port, `tcp://10.0.0.1:8000`, is none of ours.
    private static func settings(in environment: [String: String]) -> [Setting] {
        names.compactMap { name in
            let variable = "MTAN_" + name.uppercased().replacing("-", with: "_")
            guard let value = environment[variable], !(name == "port" && value.hasPrefix("tcp://")) else {
                return nil
            }
            return Setting(option: name, value: value, origin: variable)
        }
    }

    /// Every key of the file must be an option.
    private static func settings(inFile path: String) throws -> [Setting] {
        let bytes: [UInt8]
        do { bytes = try BoundedFile.read(path, limit: fileLimit) } catch {
            throw ValidationError("\(error)")
        }
        guard let object = try? JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any] else {
            throw ValidationError("\(path): expected a JSON object of options, such as {\"queue\": 64}")
        }
        return try object.sorted { $0.key < $1.key }.map { name, value in
            guard names.contains(name), name != "config" else {
                throw ValidationError(
                    "\(path): expected options of `mtan serve` without --, found \"\(name)\"; there are "
                        + names.filter { $0 != "config" }.joined(separator: ", "))
            }
            guard let text = (value as? String) ?? (value as? NSNumber)?.stringValue else {
                throw ValidationError("\(path): \(name): expected a text or a number")
            }
            return Setting(option: name, value: text, origin: "\(path): \(name)")
        }
    }

    /// The value of an option on the command line.
    private static func option(_ name: String, in arguments: [String]) -> String? {
        for (index, argument) in arguments.enumerated().reversed() {
            if argument.hasPrefix("--\(name)=") { return String(argument.dropFirst(name.count + 3)) }
            if argument == "--\(name)", index + 1 < arguments.count { return arguments[index + 1] }
        }
        return nil
    }

    /// The options of `mtan serve`, as they are written.
    static let names = [
        "background", "codec-threads", "config", "connections", "drain", "host", "idle-timeout", "isa",
        "keys",
        "log-format", "log-level", "max-bytes", "max-header", "max-input-area", "max-memory", "max-pixels",
        "max-side",
        "models",
        "poll", "port", "precision", "queue", "queue-bytes", "send-timeout", "threads", "timeout",
        "tls-certificate", "tls-key", "workers",
    ]
}

extension ServeSettings.Setting {
    /// Whether the option is only right together with another, so that it cannot be checked alone.
    fileprivate var isPaired: Bool { option.hasPrefix("tls-") }
}
