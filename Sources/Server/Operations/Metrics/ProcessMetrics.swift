import Foundation

/// What the process uses, by the names that Prometheus clients agree on.
enum ProcessMetrics {
    private static let clockTicks = Double(sysconf(Int32(_SC_CLK_TCK)))
    private static let pageSize = Double(sysconf(Int32(_SC_PAGESIZE)))
    private static let start = Date().timeIntervalSince1970

    static func declare(in registry: PrometheusRegistry) {
        registry.declare("process_resident_memory_bytes", .gauge, "Memory in RAM.")
        registry.declare("process_virtual_memory_bytes", .gauge, "Address space.")
        registry.declare("process_cpu_seconds_total", .counter, "Processor time, of user and system.")
        registry.declare("process_open_fds", .gauge, "Open files and connections.")
        registry.declare("process_start_time_seconds", .gauge, "When the process began, in Unix time.")
        registry.series("process_start_time_seconds", []).set(start)
    }

    static func update(_ registry: PrometheusRegistry) {
        let pages = fields("/proc/self/statm")
        if pages.count > 1 {
            registry.series("process_virtual_memory_bytes", []).set(pages[0] * pageSize)
            registry.series("process_resident_memory_bytes", []).set(pages[1] * pageSize)
        }
        let ticks = processorTicks
        if ticks >= 0 { registry.series("process_cpu_seconds_total", []).set(ticks / clockTicks) }
        if let files = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") {
            registry.series("process_open_fds", []).set(Double(files.count))
        }
    }

    /// User and system time; the name of the process, which may hold anything, ends at the last parenthesis.
    private static var processorTicks: Double {
        guard let text = try? String(contentsOfFile: "/proc/self/stat", encoding: .utf8),
            let end = text.lastIndex(of: ")")
        else { return -1 }
        let fields = text[end...].split(separator: " ").map { Double($0) }
        guard fields.count > 13, let user = fields[12], let system = fields[13] else { return -1 }
        return user + system
    }

    private static func fields(_ file: String) -> [Double] {
        let text = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
        return text.split(separator: " ").compactMap { Double($0) }
    }
}
