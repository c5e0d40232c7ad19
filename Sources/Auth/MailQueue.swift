internal import Dispatch
internal import Foundation
internal import Glibc
internal import Logging
internal import Synchronization

/// Delivers mails on a thread of its own: whoever queues one does not wait, and cannot tell by the
/// time whether there was one to send.
package final class MailQueue: Sendable {
    private let worker: MailWorker

    /// Starts the thread.
    package init(_ configuration: MailConfiguration) {
        worker = MailWorker(configuration)
        worker.start()
    }

    /// What is queued is still tried once, without pauses.
    deinit { worker.stop() }

    /// Queues a mail.
    ///
    /// - Returns: false if the queue is full.
    @discardableResult
    package func send(_ message: MailMessage) -> Bool { worker.add(message) }

    /// Mails that wait or are being delivered.
    package var outstandingCount: Int { worker.outstandingCount }
}

/// The thread and what it shares. The thread keeps it alive, not the queue, so that it ends after
/// the queue is gone.
private final class MailWorker: Sendable {
    private struct State {
        var waiting: [MailMessage] = []
        var outstandingCount = 0
        var isStopping = false
    }

    private let configuration: MailConfiguration
    private let state = Mutex(State())
    private let wakeUp = DispatchSemaphore(value: 0)
    private let logger = Logger(label: "penstock.mail")

    init(_ configuration: MailConfiguration) { self.configuration = configuration }

    var outstandingCount: Int { state.withLock(\.outstandingCount) }

    func add(_ message: MailMessage) -> Bool {
        let isAccepted = state.withLock { state in
            guard state.outstandingCount < configuration.queueCountMax else { return false }
            state.waiting.append(message)
            state.outstandingCount += 1
            return true
        }
        if isAccepted {
            wakeUp.signal()
        } else {
            logger.error("the mail queue is full: a mail is refused")
        }
        return isAccepted
    }

    func stop() {
        state.withLock { $0.isStopping = true }
        wakeUp.signal()
    }

    func start() {
        let thread = Thread { [self] in work() }
        thread.name = "mail"
        thread.start()
    }

    private func work() {
        while true {
            wakeUp.wait()
            let next = state.withLock { $0.waiting.isEmpty ? nil : $0.waiting.removeFirst() }
            guard let next else {
                if state.withLock(\.isStopping) { return }
                continue
            }
            deliver(next)
            state.withLock { $0.outstandingCount -= 1 }
        }
    }

    /// The log never says to whom, nor what: a code and a link are secrets.
    private func deliver(_ message: MailMessage) {
        let id = hexText(RandomBytes.make(count: 16))
        let second = Int64(Date().timeIntervalSince1970)
        let bytes = message.rendered(from: configuration.sender, second: second, id: id)
        for attempt in 1...max(1, configuration.tryCountMax) {
            do throws(MailError) {
                switch configuration.target {
                case .server(let server):
                    try MailSession.deliver(bytes, to: message.recipient, server, configuration)
                case .outbox(let path):
                    try MailOutbox.write(bytes, name: "\(second)-\(id).eml", folder: path)
                }
                return
            } catch {
                let isLast = attempt >= configuration.tryCountMax || !error.isRetryable
                let metadata: Logger.Metadata = ["mail": "\(id)", "reason": "\(error.reason)"]
                guard !isLast, !state.withLock(\.isStopping) else {
                    logger.error("a mail is given up", metadata: metadata)
                    return
                }
                logger.warning("a mail will be tried again", metadata: metadata)
                let pause = configuration.pauseMilliseconds << (2 * (attempt - 1))
                Thread.sleep(forTimeInterval: Double(pause) / 1_000)
            }
        }
    }
}

/// Why a mail was not delivered.
struct MailError: Error {
    /// For the log: no address, no content.
    let reason: String
    let isRetryable: Bool
}

/// Mails as files.
enum MailOutbox {
    /// Complete or not at all, readable by the owner only.
    static func write(_ bytes: [UInt8], name: String, folder: String) throws(MailError) {
        let files = FileManager.default
        do {
            try files.createDirectory(
                atPath: folder,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
        } catch {
            throw MailError(reason: "the outbox cannot be made", isRetryable: false)
        }
        let temporary = "\(folder)/.\(name)"
        let isMade = files.createFile(
            atPath: temporary,
            contents: Data(bytes),
            attributes: [.posixPermissions: 0o600]
        )
        guard isMade, unsafe rename(temporary, "\(folder)/\(name)") == 0 else {
            throw MailError(reason: "the outbox cannot be written", isRetryable: true)
        }
    }
}
