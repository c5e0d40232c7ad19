internal import Crypto
internal import Foundation
internal import Glibc
internal import SwiftASN1
internal import X509

/// The certificate that a data directory has of its own, for hosts that bring none: P-256, signed by
/// its own key, made again before it expires and when it lacks a name.
///
/// `self-signed.pem` holds certificate and key, so that both are replaced at once; only its owner
/// can read it. `certificate.pem` beside it is the certificate alone, for clients.
struct SelfSignedCertificate: Sendable {
    let folder: String
    /// Names and numeric addresses that clients call, besides those of this machine.
    let names: [String]

    private static let validity: TimeInterval = 365 * 86_400
    private static let renewal: TimeInterval = 30 * 86_400

    var path: String { folder + "/self-signed.pem" }

    /// - Throws: `TLSError`.
    func renewIfNeeded(now: Date = Date()) throws {
        if let text = try? String(contentsOfFile: path, encoding: .utf8), isGood(text, now) {
            return
        }
        let (certificate, key) = try Self.make(generalNames, now)
        do {
            try FileManager.default.createDirectory(
                atPath: folder,
                withIntermediateDirectories: true
            )
        } catch { throw TLSError.cannotWrite(folder) }
        try Self.replace(folder + "/certificate.pem", with: certificate, mode: 0o644)
        try Self.replace(path, with: certificate + "\n" + key + "\n", mode: 0o600)
    }

    /// Whether a certificate is valid for long enough, and for all names.
    private func isGood(_ text: String, _ now: Date) -> Bool {
        guard let certificate = try? Certificate(pemEncoded: Self.firstDocument(text)),
            certificate.notValidAfter > now.addingTimeInterval(Self.renewal),
            certificate.notValidBefore <= now,
            let held = try? certificate.extensions.subjectAlternativeNames
        else { return false }
        return generalNames.allSatisfy(held.contains)
    }

    private static func firstDocument(_ text: String) -> String {
        let end = "-----END CERTIFICATE-----"
        guard let range = text.firstRange(of: end) else { return text }
        return String(text[..<range.upperBound])
    }

    private var generalNames: [GeneralName] {
        var seen: Set<String> = []
        return (["localhost", "127.0.0.1", "::1"] + names).filter { seen.insert($0).inserted }
            .map { name in
                guard let address = IPAddress(name) else { return .dnsName(name) }
                return .ipAddress(ASN1OctetString(contentBytes: ArraySlice(address.bytes)))
            }
    }

    /// - Returns: both in PEM form.
    private static func make(
        _ names: [GeneralName],
        _ now: Date
    ) throws -> (certificate: String, key: String) {
        let key = P256.Signing.PrivateKey()
        let privateKey = Certificate.PrivateKey(key)
        let name = try DistinguishedName { CommonName("Penstock (self-signed)") }
        let certificate = try Certificate(
            version: .v3,
            serialNumber: Certificate.SerialNumber(),
            publicKey: privateKey.publicKey,
            // Clocks of clients may be a little behind.
            notValidBefore: now.addingTimeInterval(-3_600),
            notValidAfter: now.addingTimeInterval(validity),
            issuer: name,
            subject: name,
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: try Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage([.serverAuth])
                SubjectAlternativeNames(names)
            },
            issuerPrivateKey: privateKey
        )
        return (try certificate.serializeAsPEM().pemString, key.pemRepresentation)
    }

    /// Writes a file complete or not at all, and never readable by more people than `mode` says.
    private static func replace(_ path: String, with text: String, mode: mode_t) throws {
        let temporary = "\(path).\(UUID().uuidString)"
        // The C call is handed a string that lives as long as it, and no memory of ours.
        let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL, mode)
        guard descriptor >= 0 else { throw TLSError.cannotWrite(path) }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        do {
            try file.write(contentsOf: Data(text.utf8))
            try file.synchronize()
            try file.close()
        } catch { throw TLSError.cannotWrite(path) }
        guard unsafe rename(temporary, path) == 0 else { throw TLSError.cannotWrite(path) }
    }
}
