internal import Glibc

/// What initdb and Postgres are told. The files are written anew at every start; what the operator
/// wants otherwise goes into `local.conf` beside them, which is read last.
extension EmbeddedPostgres {
    static var initdbOptions: [String] {
        // Sorted by bytes: fast, and no update of the C library can change the order under an
        // index. Upper and lower case know Unicode, if the system has its UTF-8 locale.
        let hasUTF8 = localeExists("C.UTF-8")
        return [
            "--username=postgres", "--auth-local=peer", "--auth-host=reject", "--encoding=UTF8",
            "--locale=C", "--lc-ctype=\(hasUTF8 ? "C.UTF-8" : "C")",
            // A page that the disk has changed is an error then, not a wrong answer.
            "--data-checksums", "--no-instructions",
        ]
    }

    /// postgresql.conf.
    static let mainText = """
        # Written by Penstock at every start. Your own settings go into local.conf.
        include 'penstock.conf'
        include 'local.conf'

        """

    /// local.conf, as it is made; never written again.
    static let localText = """
        # Your own settings, which win over those of Penstock. Read at every start.

        """

    /// pg_hba.conf: the kernel says who is calling ("peer"), pg_ident.conf who may be which role.
    /// Whoever is in no line is refused.
    static let accessText = """
        # Written by Penstock at every start.
        # TYPE  DATABASE  USER            METHOD
        local   penstock  penstock_app    peer map=penstock
        local   penstock  penstock_owner  peer map=penstock
        local   all       postgres        peer map=penstock

        """

    /// pg_ident.conf: root and the directory's owner, who could read the files anyway.
    static func identityText(systemUsers: [String]) -> String {
        var text = "# Written by Penstock at every start.\n# MAP  SYSTEM-USER  ROLE\n"
        for user in Set(systemUsers).sorted() {
            for role in [EmbeddedPostgres.serverRole, EmbeddedPostgres.ownerRole, "postgres"] {
                text += "penstock \"\(user)\" \(role)\n"
            }
        }
        return text
    }

    /// penstock.conf, for writes of a few large rows and reads of whole blocks.
    static func settingsText(walCompression: String, recoverySync: String) -> String {
        """
        # Written by Penstock at every start. Your own settings go into local.conf.

        # An acknowledged write is on the disk: never turn these off.
        fsync = on
        full_page_writes = on
        synchronous_commit = on

        # Rows are compressed already; what this saves is the pages' first images after a checkpoint.
        wal_compression = \(walCompression)
        # Few checkpoints, spread out: each one makes every page be logged whole once more.
        max_wal_size = 4GB
        min_wal_size = 512MB
        checkpoint_timeout = 15min
        checkpoint_completion_target = 0.9
        wal_buffers = 16MB

        # How files are brought to the disk before a crash is repaired; fast where it is safe.
        recovery_init_sync_method = \(recoverySync)

        # Modest: the machine is shared with Penstock, whose own cache holds the blocks.
        shared_buffers = 256MB
        max_connections = 100
        # Statements are short; compiling them would take longer than running them.
        jit = off
        # Data of this size is in memory or on an SSD, where a random page costs little more.
        random_page_cost = 1.1

        # Dead rows of the journal and of replaced blocks are taken away.
        autovacuum = on

        # Passwords, should a role ever get one.
        password_encryption = scram-sha-256

        # One line a problem, without the statement, its values or the row: those may be secrets.
        log_destination = 'stderr'
        logging_collector = off
        log_min_messages = warning
        log_min_error_statement = panic
        log_statement = 'none'
        log_min_duration_statement = -1
        log_parameter_max_length_on_error = 0
        log_error_verbosity = terse
        log_line_prefix = '%m [%p] '
        log_timezone = 'UTC'
        timezone = 'UTC'
        lc_messages = 'C'
        datestyle = 'iso, ymd'
        default_text_search_config = 'pg_catalog.simple'

        """
    }

    /// How Postgres makes sure, after a crash, that what was written before is on the disk: one
    /// call for the whole file system (syncfs) takes a fraction of the time of one for each of a
    /// thousand files. Kernels before 5.8 do not tell of errors in it (Postgres docs,
    /// `recovery_init_sync_method`), so there it is one by one.
    static var recoverySync: String {
        var system = utsname()
        guard unsafe uname(&system) == 0 else { return "fsync" }
        let release = unsafe withUnsafeBytes(of: &system.release) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        let numbers = release.split { !$0.isNumber }.prefix(2).compactMap { Int($0) }
        return numbers.lexicographicallyPrecedes([5, 8]) ? "fsync" : "syncfs"
    }

    private static func localeExists(_ name: String) -> Bool {
        // A mask has one bit a category (LC_CTYPE_MASK of locale.h).
        guard let locale = unsafe newlocale(1 << LC_CTYPE, name, nil) else { return false }
        unsafe freelocale(locale)
        return true
    }
}
