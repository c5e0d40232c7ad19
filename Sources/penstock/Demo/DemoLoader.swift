import Foundation

/// Loads the sample data through the HTTP API, as any client would.
///
/// What the server has already is not sent again: of each sensor the requests go out one after the
/// other, each when the one before is committed, so the last one that is found stored vouches for
/// those before it. A load that was interrupted is completed by the next one.
struct DemoLoader: Sendable {
    /// What became of a load.
    struct Report: Sendable {
        /// Values sent now, and values that were there.
        let loadedCount: Int
        let presentCount: Int
        let seconds: Double
        /// The token with which it was done.
        let token: String

        /// 0 if nothing was sent.
        var valuesPerSecond: Int { seconds > 0 ? Int(Double(loadedCount) / seconds) : 0 }
    }

    /// Sensors that are loaded at a time: as many requests share a commit.
    private static let sensorCountAtATime = 4

    private let client: DemoClient
    /// The requests of each sensor, in order.
    private let posts: [[DemoPost]]

    /// - Parameters:
    ///   - client: where to.
    ///   - series: what.
    ///   - structure: tells the sensors' units.
    ///   - sensorIDs: the sensors' ids by their names in `structure`.
    /// - Throws: `CommandError` if a sensor is missing.
    init(
        client: DemoClient,
        series: [SampleData.Series],
        structure: DemoStructure,
        sensorIDs: [String: Int64]
    ) throws {
        self.client = client
        var posts: [Int64: [DemoPost]] = [:]
        for one in series {
            guard let id = sensorIDs[one.sensor], let sensor = structure.sensor(one.sensor) else {
                throw CommandError("the demo's sensor `\(one.sensor)` is missing")
            }
            posts[id, default: []] += DemoPost.posts(one, sensor: id, unit: sensor.unit)
        }
        self.posts = posts.sorted { $0.key < $1.key }.map(\.value)
    }

    /// Loads what is missing.
    ///
    /// - Parameters:
    ///   - email: of a user who may write to the sensors.
    ///   - password: the user's.
    ///   - makeProgress: makes the progress display from the number of values to load; it is not
    ///     made if there are none.
    /// - Returns: what was loaded, and the user's token.
    /// - Throws: `CommandError`; `CancellationError`.
    func load(
        email: String,
        password: String,
        makeProgress: (Int) -> DemoProgress = { DemoProgress(valueCountMax: $0) }
    ) async throws -> Report {
        let token = try await client.login(email: email, password: password)
        let missing = try await missing(token: token)
        let missingCount = missing.joined().reduce(0) { $0 + $1.valueCount }
        let totalCount = posts.joined().reduce(0) { $0 + $1.valueCount }
        guard missingCount > 0 else {
            return Report(loadedCount: 0, presentCount: totalCount, seconds: 0, token: token)
        }
        let progress = makeProgress(missingCount)
        let began = ContinuousClock.now
        try await forEachSensor(missing) { posts in
            for post in posts {
                try await send(post, token: token)
                progress.add(post.valueCount)
            }
        }
        return Report(
            loadedCount: missingCount,
            presentCount: totalCount - missingCount,
            seconds: (ContinuousClock.now - began) / .seconds(1),
            token: token
        )
    }

    /// The requests that the server does not have yet, by sensor.
    private func missing(token: String) async throws -> [[DemoPost]] {
        var missing: [[DemoPost]] = []
        for posts in posts {
            var presentCount = posts.count
            while presentCount > 0, try await !isStored(posts[presentCount - 1], token: token) {
                presentCount -= 1
            }
            if presentCount < posts.count { missing.append(Array(posts[presentCount...])) }
        }
        return missing
    }

    private func isStored(_ post: DemoPost, token: String) async throws -> Bool {
        let answer = try await client.get(post.evidencePath, token: token)
        guard answer.status == 200 else {
            throw CommandError("cannot read sensor \(post.sensor): \(DemoClient.text(of: answer))")
        }
        return post.isStored(accordingTo: answer.body)
    }

    private func send(_ post: DemoPost, token: String) async throws {
        let answer = try await client.post(post.path, post.body(), token: token)
        guard (200..<300).contains(answer.status) else {
            throw CommandError("cannot load sensor \(post.sensor): \(DemoClient.text(of: answer))")
        }
    }

    private func forEachSensor(
        _ posts: [[DemoPost]],
        _ body: @escaping @Sendable ([DemoPost]) async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, posts) in posts.enumerated() {
                if index >= Self.sensorCountAtATime { try await group.next() }
                group.addTask { try await body(posts) }
            }
            try await group.waitForAll()
        }
    }
}
