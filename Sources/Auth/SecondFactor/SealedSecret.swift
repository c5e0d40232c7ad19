internal import COpenSSL

/// A small secret encrypted at rest: AES-256-GCM under a key derived from `SECRET_KEY`.
///
/// Bytes: version (1), key id (4), nonce (12), ciphertext, tag (16). The label (whose secret it is,
/// and what for) is authenticated but not stored: a row that is copied to another user opens no more.
struct SealedSecret: Sendable {
    private static let version: UInt8 = 1
    private static let keyIDByteCount = 4
    private static let nonceByteCount = 12
    private static let tagByteCount = 16
    private static let headByteCount = 1 + keyIDByteCount + nonceByteCount

    /// The current key first; former ones open only.
    private let keys: [Secret<[UInt8]>]

    /// - Precondition: at least one key; 32 bytes each.
    init(_ keys: [Secret<[UInt8]>]) {
        precondition(!keys.isEmpty && keys.allSatisfy { $0.exposed.count == 32 })
        self.keys = keys
    }

    /// Encrypts.
    ///
    /// - Throws: `.failed` if OpenSSL refuses.
    func seal(_ plain: [UInt8], label: [UInt8]) throws(AuthError) -> [UInt8] {
        let key = keys[0].exposed
        let nonce = RandomBytes.make(count: Self.nonceByteCount)
        guard let (text, tag) = unsafe GCM.encrypt(plain, key: key, nonce: nonce, label: label)
        else { throw .failed("openssl refuses to encrypt") }
        return [Self.version] + Self.id(of: key) + nonce + text + tag
    }

    /// Decrypts.
    ///
    /// - Returns: nil if the bytes were changed, belong to another label, or need a key that is no
    ///   longer configured.
    func open(_ sealed: [UInt8], label: [UInt8]) -> [UInt8]? {
        guard sealed.count >= Self.headByteCount + Self.tagByteCount, sealed[0] == Self.version
        else { return nil }
        let id = Array(sealed[1..<1 + Self.keyIDByteCount])
        let nonce = Array(sealed[1 + Self.keyIDByteCount..<Self.headByteCount])
        let text = Array(sealed[Self.headByteCount..<sealed.count - Self.tagByteCount])
        let tag = Array(sealed.suffix(Self.tagByteCount))
        for key in keys where Self.id(of: key.exposed) == id {
            return unsafe GCM.decrypt(text, tag, key: key.exposed, nonce: nonce, label: label)
        }
        return nil
    }

    /// Whether the current key has sealed it.
    func isCurrent(_ sealed: [UInt8]) -> Bool {
        sealed.dropFirst().prefix(Self.keyIDByteCount).elementsEqual(Self.id(of: keys[0].exposed))
    }

    private static func id(of key: [UInt8]) -> [UInt8] {
        let label = Array("penstock-sealed-key-id".utf8)
        return Array(MessageAuthentication.sha256(key: key, message: label).prefix(keyIDByteCount))
    }
}

/// OpenSSL's EVP calls for AES-256-GCM. Every call returns 1 if it succeeded.
private enum GCM {
    @unsafe static func encrypt(
        _ plain: [UInt8],
        key: [UInt8],
        nonce: [UInt8],
        label: [UInt8]
    ) -> (text: [UInt8], tag: [UInt8])? {
        guard let context = unsafe EVP_CIPHER_CTX_new() else { return nil }
        defer { unsafe EVP_CIPHER_CTX_free(context) }
        var (count, end) = (Int32(0), Int32(0))
        var text = [UInt8](repeating: 0, count: plain.count + 16)
        var tag = [UInt8](repeating: 0, count: 16)
        guard unsafe EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), nil, key, nonce) == 1,
            unsafe EVP_EncryptUpdate(context, nil, &count, label, Int32(label.count)) == 1,
            unsafe EVP_EncryptUpdate(context, &text, &count, plain, Int32(plain.count)) == 1,
            unsafe text.withUnsafeMutableBufferPointer({ text in
                // GCM writes nothing more here, but wants a place.
                unsafe EVP_EncryptFinal_ex(
                    context,
                    text.baseAddress?.advanced(by: Int(count)),
                    &end
                )
            }) == 1,
            unsafe EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, 16, &tag) == 1
        else { return nil }
        return (Array(text.prefix(Int(count))), tag)
    }

    @unsafe static func decrypt(
        _ text: [UInt8],
        _ tag: [UInt8],
        key: [UInt8],
        nonce: [UInt8],
        label: [UInt8]
    ) -> [UInt8]? {
        guard let context = unsafe EVP_CIPHER_CTX_new() else { return nil }
        defer { unsafe EVP_CIPHER_CTX_free(context) }
        var (count, end) = (Int32(0), Int32(0))
        var plain = [UInt8](repeating: 0, count: text.count + 16)
        var tag = tag
        guard unsafe EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), nil, key, nonce) == 1,
            unsafe EVP_DecryptUpdate(context, nil, &count, label, Int32(label.count)) == 1,
            unsafe EVP_DecryptUpdate(context, &plain, &count, text, Int32(text.count)) == 1,
            unsafe EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, 16, &tag) == 1,
            unsafe plain.withUnsafeMutableBufferPointer({ plain in
                unsafe EVP_DecryptFinal_ex(
                    context,
                    plain.baseAddress?.advanced(by: Int(count)),
                    &end
                )
            }) == 1
        else { return nil }
        return Array(plain.prefix(Int(count)))
    }
}
