internal import Auth
internal import HTTPTypes
internal import TSEngine

/// Answers in the shapes that clients of InfluxDB read.
enum LineAnswer {
    /// Of the API: `/write`, or `/api/v2/write`.
    enum Generation: Sendable { case first, second }

    /// What became of a body of lines.
    static func written(
        _ outcome: LineWriter.Outcome,
        isAtomic: Bool,
        _ generation: Generation
    ) -> Answer {
        guard let first = outcome.problems.entries.first else { return Answer(204, []) }
        let kind = isAtomic ? "nothing written" : "partial write"
        let text =
            "\(kind): \(first.problem.text) (line \(first.line)) dropped=\(outcome.droppedCount)"
        let lines: [JSONValue] = outcome.problems.entries.map { entry in
            .object([
                "line": .integer(Int64(entry.line)), "problem": .string(entry.problem.text),
            ])
        }
        var document = self.document("invalid", text, generation)
        document["problems"] = .array(lines)
        return Answer(400, document)
    }

    static func invalid(_ text: String, _ generation: Generation) -> Answer {
        Answer(400, document("invalid", text, generation))
    }

    /// What an error means to a client; nil for one that nobody foresaw.
    static func refusal(_ error: any Error, _ generation: Generation) -> Answer? {
        switch error {
        case LineWriter.Failure.mayNotCreateDatabase:
            let text = "no such database, and only an account admin may create one"
            return Answer(403, document("forbidden", text, generation))
        case LineWriter.Failure.mayNotCreateSeries:
            return Answer(403, document("forbidden", "you may not add sensors", generation))
        case LineWriter.Failure.invalidDatabase(let text):
            return invalid("invalid database name: \(text)", generation)
        case LineWriter.Failure.unavailable: return refusal(.unavailable, generation)
        default: return Refusal(error).flatMap { refusal($0, generation) }
        }
    }

    private static func refusal(_ refusal: Refusal, _ generation: Generation) -> Answer? {
        switch refusal {
        case .unauthenticated, .wrongCredentials:
            // Some clients send credentials only after they have been asked for them.
            Answer(401, document("unauthorized", "authorization failed", generation))
                .with(.wwwAuthenticate, "Basic realm=\"Penstock\"")
        case .forbidden: Answer(403, document("forbidden", "you may not write here", generation))
        case .tooLarge(let limit):
            Answer(
                413,
                document(
                    "request too large",
                    "the body has more than \(Int(limit)) bytes",
                    generation
                )
            )
        case .unsupportedEncoding:
            Answer(415, document("invalid", "only gzip and deflate are undone", generation))
        case .request:
            Answer(400, document("invalid", "the body is damaged or incomplete", generation))
        case .unavailable:
            Answer(
                503,
                document("unavailable", "the store is busy: repeat the request", generation)
            ).with(.retryAfter, "1")
        case .notFound, .unknownPath, .wrongMethod, .replacement, .failed, .unproven,
            .loginNeeded, .tooManyTries:
            nil
        }
    }

    private static func document(
        _ code: String,
        _ text: String,
        _ generation: Generation
    ) -> JSONObject {
        switch generation {
        case .first: ["error": .string(text)]
        case .second: ["code": .string(code), "message": .string(text)]
        }
    }
}

extension HTTPField.Name {
    static let influxVersion = name("X-Influxdb-Version")
    static let influxBuild = name("X-Influxdb-Build")

    private static func name(_ text: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(text) else { preconditionFailure("\(text) is a token") }
        return name
    }
}
