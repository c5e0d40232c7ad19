/// sha256_crypt (`$5$`, crypt(5)), the second part of an access token's payload.
enum Sha256Crypt {
    /// Letters of a salt, sixteen of them: 96 bits.
    private static let saltAlphabet =
        "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

    /// The hash of `phrase` under a fresh salt with crypt(3)'s default of 5,000 rounds: about 2 ms,
    /// spent once per security stamp (`TokenPart`), never per request.
    ///
    /// - Returns: `$5$<16 letters>$<43 letters>`; nil for a phrase with NUL or of more than
    ///   `CryptScratch.phraseByteCountMax` bytes.
    static func hash(_ phrase: [UInt8], with scratch: inout CryptScratch) -> [UInt8]? {
        let salt = RandomBytes.text(count: 16, of: saltAlphabet)
        return scratch.hash(phrase, setting: Array("$5$\(salt)$".utf8))
    }
}
