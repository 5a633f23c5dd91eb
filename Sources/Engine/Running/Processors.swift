internal import CKernels
import Foundation

/// How many processors this process may use.
public enum Processors {
    /// The processors that the scheduler may put this process on, or fewer where a container's quota pays for
    /// fewer: threads beyond it would only be stopped in the middle of their work.
    public static var available: Int {
        let groups = (try? String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8)) ?? ""
        return limited(Int(mtan_processor_count()), groups: groups, mounts: "/sys/fs/cgroup")
    }

    /// `count`, or the quota of the tightest control group around this process, rounded up.
    ///
    /// - Parameters:
    ///   - groups: the contents of `/proc/self/cgroup`.
    ///   - mounts: where control groups are mounted.
    static func limited(_ count: Int, groups: String, mounts: String) -> Int {
        var least = count
        for line in groups.split(separator: "\n") {
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { continue }
            let isUnified = fields[0] == "0" && fields[1].isEmpty
            guard isUnified || fields[1].split(separator: ",").contains("cpu") else { continue }
            let mount = isUnified ? mounts : "\(mounts)/cpu"
            var folders = fields[2].split(separator: "/").map(String.init)
            while true {
                let folder = ([mount] + folders).joined(separator: "/")
                if let quota = isUnified ? unifiedQuota(folder) : legacyQuota(folder) {
                    least = min(least, max(Int(quota.rounded(.up)), 1))
                }
                if folders.isEmpty { break }
                folders.removeLast()
            }
        }
        return least
    }

    /// Version 2: `max 100000`, or microseconds of processor time for each period.
    private static func unifiedQuota(_ folder: String) -> Double? {
        let fields = numbers("\(folder)/cpu.max")
        return fields.count == 2 ? quota(fields[0], fields[1]) : nil
    }

    /// Version 1: the same in two files; a quota of -1 is none.
    private static func legacyQuota(_ folder: String) -> Double? {
        quota(
            numbers("\(folder)/cpu.cfs_quota_us").first ?? nil,
            numbers("\(folder)/cpu.cfs_period_us").first ?? nil)
    }

    private static func quota(_ time: Double?, _ period: Double?) -> Double? {
        guard let time, let period, time > 0, period > 0, (time / period).isFinite, time / period < 1e6 else {
            return nil
        }
        return time / period
    }

    private static func numbers(_ file: String) -> [Double?] {
        let text = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
        return text.split(whereSeparator: \.isWhitespace).map { Double($0) }
    }
}
