/// One thing that a module has changed, as those want to know it who keep a record.
package struct RecordedChange: Sendable, Hashable {
    /// What happened: `<kind of object>.<what>`.
    package let action: String
    /// What it is about, as `asset:12`.
    package let subject: String
    /// The account that the subject belongs to; nil for a public one.
    package let account: Int64?
    /// More, by name. No secrets.
    package let details: [String: String]

    package init(
        _ action: String,
        subject: String,
        account: Int64?,
        details: [String: String] = [:]
    ) {
        (self.action, self.subject) = (action, subject)
        (self.account, self.details) = (account, details)
    }
}

/// Where a module writes down what it changes, in the transaction of the change: recorded is what
/// is committed, and nothing else.
///
/// The record is kept by a module that the changing one does not know. Both know Postgres, so the
/// protocol is here.
package protocol ChangeTrail: Sendable {
    /// Writes changes, in order. The last thing that a transaction does, as it may wait for other
    /// writers of the record.
    func append(_ changes: [RecordedChange], on connection: borrowing PostgresConnection) throws
}
