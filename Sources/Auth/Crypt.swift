internal import CCrypt

/// The work memory of crypt(3), 32 KiB, for one thread at a time. Wiped when it is freed.
///
/// Blocking and slow by purpose: used on `PasswordExecutor`'s threads, or for the fast `$5$` form
/// on a database connection's thread.
@safe struct CryptScratch: ~Copyable {
    private let memory: UnsafeMutableRawPointer
    private static let byteCount = Int(penstock_crypt_data_size)
    /// libxcrypt's `CRYPT_OUTPUT_SIZE` and `CRYPT_GENSALT_OUTPUT_SIZE` are smaller.
    private static let settingByteCountMax = 384
    /// libxcrypt refuses longer phrases (`CRYPT_MAX_PASSPHRASE_SIZE`).
    static let phraseByteCountMax = 511

    init() {
        unsafe memory = .allocate(byteCount: Self.byteCount, alignment: 16)
        unsafe memory.initializeMemory(as: UInt8.self, repeating: 0, count: Self.byteCount)
    }

    deinit {
        unsafe memory.initializeMemory(as: UInt8.self, repeating: 0, count: Self.byteCount)
        unsafe memory.deallocate()
    }

    /// crypt(3) of `phrase` with the method, cost and salt of `setting` (a full hash does as well).
    ///
    /// - Returns: the hash with its setting; nil if libxcrypt refuses the setting or the phrase,
    ///   or if the phrase contains NUL, where C would stop reading.
    mutating func hash(_ phrase: [UInt8], setting: [UInt8]) -> [UInt8]? {
        guard !phrase.contains(0), phrase.count <= Self.phraseByteCountMax,
            !setting.contains(0), setting.count < Self.settingByteCountMax
        else { return nil }
        let phrase = (phrase + [0]).map { CChar(bitPattern: $0) }
        let setting = (setting + [0]).map { CChar(bitPattern: $0) }
        // NULL on failure, unlike crypt_r, which returns a text that starts with `*`.
        let output = unsafe crypt_rn(phrase, setting, memory, Int32(Self.byteCount))
        return unsafe output.map { unsafe Array(String(cString: $0).utf8) }
    }

    /// A setting with a fresh random salt.
    ///
    /// - Parameters:
    ///   - method: `$2b$` or another prefix of crypt(5).
    ///   - cost: the method's cost parameter, for `$2b$` the binary logarithm of the rounds.
    /// - Returns: nil if libxcrypt does not know the method or refuses the cost.
    static func freshSetting(method: String, cost: Int) -> [UInt8]? {
        let random = RandomBytes.make(count: 16).map { CChar(bitPattern: $0) }
        var output = [CChar](repeating: 0, count: settingByteCountMax)
        let count = Int32(output.count)
        let made = unsafe output.withUnsafeMutableBufferPointer { output -> [UInt8]? in
            let setting = unsafe crypt_gensalt_rn(
                method,
                UInt(cost),
                random,
                Int32(random.count),
                output.baseAddress,
                count
            )
            return unsafe setting.map { unsafe Array(String(cString: $0).utf8) }
        }
        return made
    }
}
