internal import Auth
internal import Catalog
internal import Hummingbird
internal import Model

/// InfluxDB's ways of writing, of both generations, and what its clients ask beside that.
struct LineRoutes: Sendable {
    let gate: Gate
    let writer: LineWriter
    let catalog: CatalogStore
    let authenticator: Authenticator
    let clock: any WallClock
    let bodyByteCountMax: Double

    var routes: [Route] {
        [
            Route(.post, "/write", .lineClients, isShort: true) { try await write($0, .first) },
            Route(.post, "/api/v2/write", .lineClients, isShort: true) {
                try await write($0, .second)
            },
            Route(.get, "/query", .lineClients, query),
            Route(.post, "/query", .lineClients, query),
            Route(.post, "/api/v2/query", .lineClients, flux),
            Route(.get, "/ping", .everyone) { _ in
                Answer(204, []).with(.influxVersion, Self.version)
                    .with(.influxBuild, "Penstock")
            },
            Route(.get, "/health", .everyone) { _ in
                Answer(
                    200,
                    [
                        "checks": .array([]), "message": "ready for queries and writes",
                        "name": "penstock", "status": "pass", "version": .string(Self.version),
                    ]
                )
            },
        ]
    }

    /// What clients take for the server's version: features up to 1.8's.
    private static let version = "1.8-penstock"

    /// The database of requests that name none.
    private static let defaultDatabase = "lines"

    // MARK: writing

    private func write(_ call: Call, _ generation: LineAnswer.Generation) async throws -> Answer {
        do {
            return try await answer(call, generation)
        } catch {
            guard let answer = LineAnswer.refusal(error, generation) else { throw error }
            return answer
        }
    }

    private func answer(_ call: Call, _ generation: LineAnswer.Generation) async throws -> Answer {
        let receivedAt = clock.now()
        let caller = try await gate.lineCaller(call)
        guard caller.mayWrite else { throw Refusal.forbidden }
        let query = call.query
        func parameter(_ name: String) -> String { query.first { $0.name == name }?.value ?? "" }
        guard let precision = LinePrecision(parameter("precision")) else {
            return LineAnswer.invalid("invalid precision: use ns, us, ms, s, m or h", generation)
        }
        let named = parameter(generation == .first ? "db" : "bucket")
        let isAtomic: Bool
        switch parameter("atomic") {
        case "": isAtomic = false
        case "true": isAtomic = true
        case "false": isAtomic = false
        default: return LineAnswer.invalid("invalid atomic: use true or false", generation)
        }
        let body = try await call.body(byteCountMax: bodyByteCountMax)
        let outcome = try await writer.write(
            LineWriter.Job(
                bytes: body.bytes,
                database: named.isEmpty ? Self.defaultDatabase : named,
                precision: precision,
                isAtomic: isAtomic,
                account: caller.principal.account,
                source: try await source(of: caller.principal),
                receivedAt: receivedAt,
                mayCreateDatabase: caller.mayCreateDatabase,
                mayCreateSeries: caller.mayCreateSeries
            )
        )
        return LineAnswer.written(outcome, isAtomic: isAtomic, generation)
    }

    /// The source through which a user speaks.
    private func source(of principal: Principal) async throws -> SourceID {
        if let known = catalog.source(of: principal.user) { return known.id }
        guard let user = authenticator.directory.user(principal.user) else {
            throw Refusal.unauthenticated
        }
        do {
            return try await catalog.userSource(
                userID: user.id,
                username: user.username,
                account: user.account
            ).id
        } catch CatalogError.unavailable {
            throw Refusal.unavailable
        }
    }

    // MARK: queries

    /// `CREATE DATABASE`, which clients send before they write: a database comes with its first
    /// line. Anything else is read through the API of Penstock.
    private func query(_ call: Call) async throws -> Answer {
        do {
            _ = try await gate.lineCaller(call)
            var statement = call.query.first { $0.name == "q" }?.value
            if statement == nil {
                let body = try await call.body(byteCountMax: 65_536)
                let form = QueryString.parse(Substring(String(decoding: body.bytes, as: UTF8.self)))
                statement = form.first { $0.name == "q" }?.value
            }
            let words = (statement ?? "").split(whereSeparator: \.isWhitespace).prefix(2)
            if words.map({ $0.uppercased() }) == ["CREATE", "DATABASE"] {
                return Answer(200, ["results": .array([.object(["statement_id": 0])])])
            }
            return LineAnswer.invalid(
                "InfluxQL is not supported: read by GET /api/v3_0/sensors/<id>/data",
                .first
            )
        } catch {
            guard let answer = LineAnswer.refusal(error, .first) else { throw error }
            return answer
        }
    }

    private func flux(_ call: Call) async throws -> Answer {
        do {
            _ = try await gate.lineCaller(call)
        } catch {
            guard let answer = LineAnswer.refusal(error, .second) else { throw error }
            return answer
        }
        return Answer(
            501,
            [
                "code": "unsupported",
                "message": "Flux is not supported: read by GET /api/v3_0/sensors/<id>/data",
            ]
        )
    }
}
