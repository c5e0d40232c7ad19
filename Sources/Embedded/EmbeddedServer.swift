/// What a `ServerSupervisor` has to know of a server. All calls may block.
protocol EmbeddedServer: Sendable {
    /// For messages, such as `postgres`.
    var name: String { get }
    var log: ServerLog { get }
    /// How to end it, the kindest way first.
    var stopSteps: [StopStep] { get }
    /// Before each start: writes the settings and ends what an earlier Penstock left running.
    ///
    /// - Returns: what to start.
    func prepare() throws(EmbeddedError) -> ChildCommand
    /// Asks the server something that only a working one answers.
    ///
    /// - Throws: whatever keeps it from answering.
    func probe() throws
    /// Drops the connection that `probe` keeps.
    func disconnect()
}
