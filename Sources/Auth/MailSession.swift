internal import CCurl
internal import Foundation

/// One delivery by SMTP, with libcurl. Blocking: on the mail thread only.
enum MailSession {
    /// libcurl is made ready once per process, before its first use.
    private static let isReady: Bool = penstock_curl_global_init() == CURLE_OK

    /// - Throws: what libcurl says; retryable unless the server refused for good (5xx) or the
    ///   certificate is not trusted.
    static func deliver(
        _ bytes: [UInt8],
        to recipient: MailAddress,
        _ server: MailConfiguration.Server,
        _ configuration: MailConfiguration
    ) throws(MailError) {
        guard isReady, let curl = unsafe curl_easy_init() else {
            throw MailError(reason: "libcurl cannot be made ready", isRetryable: true)
        }
        defer { unsafe curl_easy_cleanup(curl) }
        let recipients = unsafe curl_slist_append(nil, "<\(recipient.text)>")
        defer { unsafe curl_slist_free_all(recipients) }
        let source = MailSource(bytes)
        let context = unsafe Unmanaged.passUnretained(source).toOpaque()
        var codes: [CURLcode] = []
        let text = { (option: CURLoption, value: String) in
            // libcurl copies texts.
            codes.append(unsafe penstock_curl_set_text(curl, option, value))
        }
        let number = { (option: CURLoption, value: Int) in
            codes.append(unsafe penstock_curl_set_long(curl, option, value))
        }
        let scheme = server.encryption == .implicit ? "smtps" : "smtp"
        text(CURLOPT_URL, "\(scheme)://\(server.host):\(server.port)/penstock")
        text(CURLOPT_PROTOCOLS_STR, "smtp,smtps")
        // No proxy, whatever the environment says: a mail holds secrets.
        text(CURLOPT_PROXY, "")
        number(CURLOPT_USE_SSL, server.encryption == .none ? 0 : Int(CURLUSESSL_ALL.rawValue))
        // TLS 1.2 or newer; certificate and name are checked by default.
        number(CURLOPT_SSLVERSION, 6)
        if let authorities = server.authorities { text(CURLOPT_CAINFO, authorities) }
        if let login = server.login {
            text(CURLOPT_USERNAME, login.name)
            text(CURLOPT_PASSWORD, login.password.exposed)
        }
        text(CURLOPT_MAIL_FROM, "<\(configuration.sender.text)>")
        codes.append(unsafe penstock_curl_set_list(curl, CURLOPT_MAIL_RCPT, recipients))
        number(CURLOPT_UPLOAD, 1)
        // Signals belong to the process: timeouts must not raise one.
        number(CURLOPT_NOSIGNAL, 1)
        number(CURLOPT_CONNECTTIMEOUT, configuration.connectSeconds)
        number(CURLOPT_TIMEOUT, configuration.deliverySeconds)
        codes.append(unsafe penstock_curl_set_silent(curl))
        codes.append(unsafe penstock_curl_set_source(curl, MailSource.read, context))
        guard codes.allSatisfy({ $0 == CURLE_OK }) else {
            throw MailError(reason: "libcurl refuses a setting", isRetryable: false)
        }
        let code = withExtendedLifetime(source) { unsafe curl_easy_perform(curl) }
        guard code != CURLE_OK else { return }
        var status = 0
        _ = unsafe penstock_curl_response_code(curl, &status)
        let reason = unsafe String(cString: curl_easy_strerror(code))
        let isFinal =
            status >= 500 || code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_LOGIN_DENIED
            || code == CURLE_USE_SSL_FAILED
        throw MailError(reason: "\(reason) (\(status))", isRetryable: !isFinal)
    }
}

/// The bytes that libcurl asks for, piece by piece, during `curl_easy_perform` on one thread.
private final class MailSource {
    private let bytes: [UInt8]
    private var sentCount = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// `CURLOPT_READFUNCTION`. The context is an unretained `MailSource`, which the caller of
    /// `curl_easy_perform` keeps alive.
    static let read: penstock_curl_source = { buffer, size, count, context in
        guard let buffer = unsafe buffer, let context = unsafe context else { return 0 }
        let source = unsafe Unmanaged<MailSource>.fromOpaque(context).takeUnretainedValue()
        return unsafe source.fill(UnsafeMutableRawBufferPointer(start: buffer, count: size * count))
    }

    private func fill(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(buffer.count, bytes.count - sentCount)
        unsafe buffer.copyBytes(from: bytes[sentCount..<sentCount + count])
        sentCount += count
        return count
    }
}
