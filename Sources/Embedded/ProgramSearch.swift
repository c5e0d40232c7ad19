internal import Glibc

/// Where the servers' programs are looked for.
package struct ProgramSearch: Sendable, Hashable {
    /// Directories that hold a folder `N/bin` for each Postgres major N; default that of Debian.
    package var postgresRoots: [String]
    /// Directories for everything else; default those of PATH, and the usual ones, as a service
    /// manager may give less.
    package var paths: [String]

    package init(postgresRoots: [String] = ["/usr/lib/postgresql"], paths: [String]? = nil) {
        self.postgresRoots = postgresRoots
        let inherited = unsafe getenv("PATH").map { unsafe String(cString: $0) } ?? ""
        self.paths =
            paths ?? inherited.split(separator: ":").map(String.init) + [
                "/usr/local/bin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/sbin", "/sbin",
            ]
    }

    /// One Postgres of this machine.
    struct PostgresPrograms: Sendable, Hashable {
        let major: Int
        let directory: String
        var postgres: String { directory + "/postgres" }
        var initdb: String { directory + "/initdb" }
    }

    /// The major that Penstock is tested with, and the oldest that has all settings used here.
    static let testedMajor = 15

    /// A Postgres for new data: the tested major, else the newest one.
    ///
    /// - Throws: `.missingProgram`, naming the package.
    func postgresForNewData() throws(EmbeddedError) -> PostgresPrograms {
        let usable = try installedPostgres().filter { $0.major >= Self.testedMajor }
        let tested = usable.first { $0.major == Self.testedMajor }
        guard let found = tested ?? usable.max(by: { $0.major < $1.major }) else {
            throw .missingProgram(
                "PostgreSQL \(Self.testedMajor) or newer is not installed: install the package postgresql-\(Self.testedMajor), or give the address of a running one"
            )
        }
        return found
    }

    /// The Postgres for data that one of `major` made: no other can read it.
    ///
    /// - Parameters:
    ///   - major: that of the data.
    ///   - path: the data's place, for the message.
    /// - Returns: programs of that major.
    /// - Throws: `.directory` if only others are installed; `.missingProgram` if none is.
    func postgres(major: Int, forDataIn path: String) throws(EmbeddedError) -> PostgresPrograms {
        let installed = try installedPostgres()
        if let found = installed.first(where: { $0.major == major }) { return found }
        guard !installed.isEmpty else {
            throw .missingProgram(
                "PostgreSQL \(major), which made `\(path)`, is not installed: install the package postgresql-\(major)"
            )
        }
        let others = Set(installed.map(\.major)).sorted().map(String.init).joined(separator: ", ")
        throw .directory(
            "`\(path)` was made by PostgreSQL \(major), and this machine has \(others): install the package postgresql-\(major), or move the data with pg_upgrade or with pg_dump and pg_restore"
        )
    }

    /// - Throws: `.missingProgram`, naming the package.
    func redisServer() throws(EmbeddedError) -> String {
        for path in paths where isProgram(path + "/redis-server") {
            return path + "/redis-server"
        }
        throw .missingProgram(
            "redis-server is not installed: install the package redis-server, or give the address of a running one"
        )
    }

    private func installedPostgres() throws(EmbeddedError) -> [PostgresPrograms] {
        var found: [PostgresPrograms] = []
        for root in postgresRoots {
            for name in entryNames(ofDirectory: root) ?? [] {
                guard let major = Int(name) else { continue }
                found.append(PostgresPrograms(major: major, directory: "\(root)/\(name)/bin"))
            }
        }
        found = found.filter { isProgram($0.postgres) && isProgram($0.initdb) }
        // PATH last: its programs have to be asked for their version.
        for path in paths where isProgram(path + "/postgres") && isProgram(path + "/initdb") {
            let major = try major(of: path + "/postgres")
            found.append(PostgresPrograms(major: major, directory: path))
        }
        return found
    }

    /// From the words "postgres (PostgreSQL) 15.6 (Debian 15.6-0+deb12u1)".
    private func major(of program: String) throws(EmbeddedError) -> Int {
        let command = ChildCommand(program: program, arguments: ["--version"], user: try .current())
        let output = try ChildProcess.run(command, timeoutMilliseconds: 10_000).output
        guard let end = output.firstRange(of: "(PostgreSQL) ")?.upperBound,
            let major = Int(output[end...].prefix { $0.isNumber })
        else {
            throw .missingProgram("`\(program) --version` does not tell a PostgreSQL version")
        }
        return major
    }

    private func isProgram(_ path: String) -> Bool {
        unsafe path.hasPrefix("/") && access(path, X_OK) == 0
    }
}
