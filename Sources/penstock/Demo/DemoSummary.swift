/// What the demo prints once it serves: where it is, how to log in, and what to try.
struct DemoSummary: Sendable {
    let baseURL: String
    /// Of HTTPS, if it is served: the URL and the certificate's fingerprint.
    let secureLines: [String]
    let logins: [DemoFolder.Login]
    let report: DemoLoader.Report
    /// Of the file with the token's header.
    let authorizationPath: String
    /// The sensors' ids by their names in `DemoStructure`.
    let sensorIDs: [String: Int64]

    var text: String {
        var lines = ["", "Penstock's demo is ready.", ""]
        for line in secureLines { lines.append("  https  \(line)") }
        lines.append("  URL    \(baseURL)")
        for (index, login) in logins.enumerated() {
            lines.append("  \(index == 0 ? "login" : "     ")  \(login.email)  \(login.password)")
        }
        lines += ["  token  \(report.token)", "  data   \(dataText)", ""]
        lines.append("Try in another terminal:")
        for (caption, command) in commands { lines += ["", "  # \(caption)", "  \(command)"] }
        lines += [
            "", "Ctrl-C stops it with everything it started; the data stay for the next start.",
        ]
        return lines.joined(separator: "\n")
    }

    private var dataText: String {
        let present = DemoProgress.grouped(report.presentCount + report.loadedCount)
        guard report.loadedCount > 0 else { return "\(present) values, loaded earlier" }
        let loaded = DemoProgress.grouped(report.loadedCount)
        let rate = DemoProgress.grouped(report.valuesPerSecond)
        return "\(loaded) values loaded through the API, \(rate) values/s; \(present) in all"
    }

    /// Captions and commands that can be pasted into any shell.
    private var commands: [(caption: String, command: String)] {
        let read = "curl -sS -H @\(Self.quoted(authorizationPath))"
        return [
            (
                "six hours of a household's load",
                "\(read) '\(url("apartment 1"))?start=2016-06-01T12:00:00Z&duration=PT6H&unit=kW'"
            ),
            (
                "a day's temperature as it was forecast at midnight; drop `prior` for what came",
                "\(read) '\(url("outdoor temperature"))?start=2016-03-15T00:00:00Z&duration=PT24H"
                    + "&unit=%C2%B0C&prior=2016-03-15T00:00:00Z'"
            ),
            (
                "an hour of your own data",
                "\(read) -H 'Content-Type: application/json' -d '{\"values\":[1.5,2,2,0.5],"
                    + "\"start\":\"2016-06-01T12:00:00Z\",\"duration\":\"PT1H\",\"unit\":\"kW\"}' "
                    + "'\(url("battery power"))'"
            ),
        ]
    }

    private func url(_ sensor: String) -> String {
        "\(baseURL)/api/v3_0/sensors/\(sensorIDs[sensor] ?? 0)/data"
    }

    /// A word for the shell; plain paths stay as they are.
    private static func quoted(_ word: String) -> String {
        let isPlain = word.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "."),
                UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        return isPlain ? word : "'" + word.replacing("'", with: "'\\''") + "'"
    }
}
