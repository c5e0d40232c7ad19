import Foundation

/// Where it was measured, and with which programs.
enum Machine {
    static func description(_ options: Options) -> String {
        description(folder: options.folder, versions: [])
    }

    /// `versions`: of programs that are no packages.
    static func description(folder: String, versions more: [String]) -> String {
        let cpu = field("model name", in: "/proc/cpuinfo") ?? "unknown processor"
        let kilobytes =
            field("MemTotal", in: "/proc/meminfo")
            .flatMap { Int($0.prefix { $0.isNumber }) } ?? 0
        var system = utsname()
        uname(&system)
        let release = withUnsafeBytes(of: &system.release) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        let cores = sysconf(Int32(_SC_NPROCESSORS_ONLN))
        let load = (try? String(contentsOfFile: "/proc/loadavg", encoding: .utf8)) ?? ""
        let command = CommandLine.arguments.dropFirst().joined(separator: " ")
        return """
            - \(isoText(Int(time(nil)))), `PeerBenchmarks \(command)`
            - \(cores) cores of \(cpu), \(kilobytes >> 20) GiB of memory, Linux \(release), data on \
            \(fileSystem(folder))
            - other work on the machine at the start (load average): \(load.prefix { $0 != " " })
            - \((more.isEmpty ? versions(peers) : more + versions([])).joined(separator: "; "))

            """
    }

    private static let peers = ["victoria-metrics", "influxdb"]

    private static func field(_ name: String, in path: String) -> String? {
        let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").first { $0.hasPrefix(name) }?
            .split(separator: ":", maxSplits: 1).last?.trimmingCharacters(in: .whitespaces)
    }

    private static func fileSystem(_ folder: String) -> String {
        (try? Spawn.run(["stat", "-f", "-c", "%T", folder]))?
            .trimmingCharacters(in: .whitespacesAndNewlines) ?? "an unknown file system"
    }

    /// As the packages say, which is what can be installed again.
    private static func versions(_ packages: [String]) -> [String] {
        var names = packages
        if let major = PeerList.postgresBinaries?.split(separator: "/").dropLast().last {
            names.append("postgresql-\(major)")
            names.append("timescaledb-2-postgresql-\(major)")
        }
        return names.compactMap { name in
            let version = try? Spawn.run(["dpkg-query", "-W", "-f", "${Version}", name])
            return version.flatMap { $0.isEmpty ? nil : "\(name) \($0)" }
        }
    }
}
