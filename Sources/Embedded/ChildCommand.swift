internal import Glibc

/// A program to start: what, with which words, and as whom.
struct ChildCommand: Sendable, Hashable {
    /// An absolute path.
    var program: String
    var arguments: [String]
    /// Whom to run as; this process' own user, or anyone if this process is root.
    var user: SystemUser

    /// Where `setpriv` of util-linux is, an essential package of Debian.
    private static let setprivPaths = ["/usr/bin/setpriv", "/bin/setpriv"]

    /// The words to run, with those in front that prepare the process.
    ///
    /// - setpriv changes the user, forbids to gain privileges back, and has the kernel send SIGINT
    ///   when the thread that started it ends (prctl(2), PR_SET_PDEATHSIG): the servers shut down
    ///   in good order even if Penstock is killed. To Postgres that signal means "fast shutdown",
    ///   to Redis "save and exit".
    /// - env leaves this process' directory, which the other user may not be able to see.
    ///
    /// - Throws: `.missingProgram` if the user must change and setpriv is missing. Without a need
    ///   for it the program runs without: what it leaves behind is stopped at the next start.
    func words() throws(EmbeddedError) -> [String] {
        var words: [String] = []
        let setpriv = Self.setprivPaths.first { unsafe access($0, X_OK) == 0 }
        if let setpriv {
            words += [setpriv, "--no-new-privs", "--pdeathsig", "INT"]
            if user.id != geteuid() {
                words += ["--reuid", String(user.id), "--regid", String(user.groupID)]
                words += ["--init-groups"]
            }
        } else if user.id != geteuid() {
            throw .missingProgram("`setpriv` is not installed: install the package util-linux")
        }
        return words + ["/usr/bin/env", "-C", "/", program] + arguments
    }

    /// Everything a server may see of the environment. A clean one: variables such as PGDATA or
    /// PGOPTIONS would change what Postgres does, and the others may hold secrets of Penstock.
    static let environment = ["PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C", "TZ=UTC"]
}
