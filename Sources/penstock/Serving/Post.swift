import Auth

/// Sends the mails of this process, and the links of forgotten passwords.
struct Post: Sendable {
    let mail: MailQueue
    let reset: MailedReset

    /// How long the end of the program waits for mails under way.
    private static let patience = Duration.seconds(10)

    /// Until the task is cancelled; then mails that wait are given some time.
    func run() async {
        await reset.run()
        let start = ContinuousClock.now
        // Not in this task: a cancelled task does not sleep.
        await Task {
            while mail.outstandingCount > 0, ContinuousClock.now - start < Self.patience {
                try? await Task.sleep(for: .milliseconds(20))
            }
        }.value
    }
}
