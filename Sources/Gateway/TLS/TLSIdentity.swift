internal import Crypto
internal import Foundation
internal import Logging
internal import NIOSSL
internal import Synchronization

/// The certificate and key that HTTPS shows to clients: read from files, and again when these change.
/// Connections that are open go on with what they began with.
final class TLSIdentity: Sendable {
    /// Where the identity comes from.
    enum Source: Sendable {
        case files(certificate: String, key: String)
        case selfSigned(SelfSignedCertificate)
    }

    /// What a file was when it was read: if it is another, it is read again.
    private struct Stamp: Equatable {
        let number: UInt64
        let byteCount: UInt64
        let date: Date
    }

    private struct State {
        var context: NIOSSLContext
        var fingerprint: String
        var stamps: [Stamp?]
    }

    private let source: Source
    private let logger: Logger
    private let state: Mutex<State>

    /// - Throws: `TLSError`: the files cannot be used, or the certificate cannot be made.
    init(_ source: Source, logger: Logger) throws {
        self.source = source
        self.logger = logger
        if case .selfSigned(let certificate) = source { try certificate.renewIfNeeded() }
        let stamps = Self.stamps(source)
        let (context, fingerprint) = try Self.load(source)
        state = Mutex(State(context: context, fingerprint: fingerprint, stamps: stamps))
    }

    /// For a new connection.
    var context: NIOSSLContext { state.withLock { $0.context } }

    /// SHA-256 of the certificate, in hexadecimal pairs, as browsers show it.
    var fingerprint: String { state.withLock { $0.fingerprint } }

    /// Reads the files again when they change; what cannot be used is logged, and the old identity
    /// stays. Until the task is cancelled.
    func follow() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: .seconds(1))
            refresh()
        }
    }

    func refresh() {
        if case .selfSigned(let certificate) = source {
            do { try certificate.renewIfNeeded() } catch {
                logger.error("cannot renew the certificate", metadata: ["error": "\(error)"])
            }
        }
        let stamps = Self.stamps(source)
        guard state.withLock({ $0.stamps != stamps }) else { return }
        do {
            let (context, fingerprint) = try Self.load(source)
            state.withLock {
                $0 = State(context: context, fingerprint: fingerprint, stamps: stamps)
            }
            logger.notice("read the certificate again", metadata: ["sha256": "\(fingerprint)"])
        } catch {
            // Said once for each change of the files.
            state.withLock { $0.stamps = stamps }
            logger.error(
                "the new certificate cannot be used; the old one stays",
                metadata: ["error": "\(error)"]
            )
        }
    }

    private static func paths(_ source: Source) -> (certificate: String, key: String) {
        switch source {
        case .files(let certificate, let key): (certificate, key)
        case .selfSigned(let certificate): (certificate.path, certificate.path)
        }
    }

    private static func stamps(_ source: Source) -> [Stamp?] {
        let (certificate, key) = paths(source)
        return [certificate, key].map { path in
            // A link, as certbot makes them, is followed.
            let file = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
            guard let attributes = try? FileManager.default.attributesOfItem(atPath: file),
                let number = attributes[.systemFileNumber] as? UInt64,
                let byteCount = attributes[.size] as? UInt64,
                let date = attributes[.modificationDate] as? Date
            else { return nil }
            return Stamp(number: number, byteCount: byteCount, date: date)
        }
    }

    private static func load(_ source: Source) throws -> (NIOSSLContext, String) {
        let (certificatePath, keyPath) = paths(source)
        let chain: [NIOSSLCertificate]
        do {
            chain = try NIOSSLCertificate.fromPEMFile(certificatePath)
        } catch { throw TLSError.certificate(certificatePath) }
        guard let first = chain.first else { throw TLSError.certificate(certificatePath) }
        let key: NIOSSLPrivateKey
        do {
            key = try NIOSSLPrivateKey(file: keyPath, format: .pem)
        } catch { throw TLSError.key(keyPath) }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) },
            privateKey: .privateKey(key)
        )
        configuration.minimumTLSVersion = .tlsv12
        // Forward secrecy and authenticated encryption; those of TLS 1.3 are all so.
        configuration.cipherSuiteValues = [
            .TLS_AES_128_GCM_SHA256, .TLS_AES_256_GCM_SHA384, .TLS_CHACHA20_POLY1305_SHA256,
            .TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, .TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
            .TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, .TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
            .TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
            .TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
        ]
        configuration.applicationProtocols = ["http/1.1"]
        let context: NIOSSLContext
        do {
            context = try NIOSSLContext(configuration: configuration)
        } catch { throw TLSError.mismatch(certificatePath, keyPath) }
        let digest = SHA256.hash(data: try first.toDERBytes())
        return (context, digest.map(Self.hex).joined(separator: ":"))
    }

    private static func hex(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16, uppercase: true)
        return digits.count == 1 ? "0" + digits : digits
    }
}

/// Why HTTPS cannot be served: one line for the person at the terminal.
package enum TLSError: Error, CustomStringConvertible {
    case certificate(String)
    case key(String)
    case mismatch(String, String)
    case cannotWrite(String)
    /// There is no data directory for a self-signed certificate.
    case noIdentity

    package var description: String {
        switch self {
        case .certificate(let path): "`\(path)` has no certificate in PEM form that can be read"
        case .key(let path):
            "`\(path)` has no private key in PEM form, without a password, that can be read"
        case .mismatch(let certificate, let key):
            "the certificate in `\(certificate)` and the key in `\(key)` do not belong together"
        case .cannotWrite(let path): "cannot write the certificate to `\(path)`"
        case .noIdentity:
            "say which certificate to use: --tls-certificate and --tls-key; one is only made for a data directory"
        }
    }
}
