import Foundation
import Logging

/// Where the server's words go: log lines to standard error, results to standard output.
enum Log {
    /// Chooses the level by LOG_LEVEL. Once, before the first logger is made.
    static func bootstrap(_ settings: Settings, default usual: Logger.Level = .notice) {
        let level = settings.text("LOG_LEVEL").flatMap { Logger.Level(rawValue: $0.lowercased()) }
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = level ?? usual
            return EscapingLogHandler(handler)
        }
    }

    /// Prints a line at once, also into a pipe.
    static func line(_ text: String) {
        FileHandle.standardOutput.write(Data((text + "\n").utf8))
    }
}
