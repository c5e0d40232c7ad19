import Glibc

/// What a TZif file says (RFC 8536), reduced to what Penstock uses: offsets and when they change.
struct TimeZoneFile {
    /// Ascending, seconds since 1970 UTC.
    private(set) var transitions: [Int64] = []
    /// Seconds east of UTC, one more than `transitions`; the first holds before all of them.
    private(set) var offsets: [Int64] = []
    /// Holds from the last transition on.
    private(set) var footer: PosixTimeZone?

    /// - Returns: nil unless `bytes` are TZif version 2 or later, whole, without leap seconds.
    init?(_ bytes: [UInt8]) {
        // A version-1 block with 32-bit times comes first and is skipped.
        guard let old = Header(bytes, at: 0), old.version >= UInt8(ascii: "2"),
            let header = Header(bytes, at: Header.byteCount + old.dataByteCount(timeSize: 4)),
            header.leapCount == 0, header.typeCount > 0
        else { return nil }
        let start = header.dataStart
        let typeStart = start + header.timeCount * 9
        let end = start + header.dataByteCount(timeSize: 8)
        guard end <= bytes.count else { return nil }

        var typeOffsets: [Int64] = []
        for type in 0..<header.typeCount {
            let offset = Int64(
                Int32(truncatingIfNeeded: bytes.bigEndian(at: typeStart + type * 6, 4))
            )
            // RFC 8536 wants -89,999...93,599 and says "SHOULD"; a day is the sane outer limit.
            guard abs(offset) < 86_400 + 7_200 else { return nil }
            typeOffsets.append(offset)
        }
        // "Type 0 for times before the first transition" (RFC 8536 section 3.2).
        offsets = [typeOffsets[0]]
        for index in 0..<header.timeCount {
            let moment = Int64(bitPattern: bytes.bigEndian(at: start + index * 8, 8))
            let type = Int(bytes[start + header.timeCount * 8 + index])
            guard type < header.typeCount, abs(moment / 4) < 1 << 60,
                transitions.last.map({ $0 < moment }) ?? true
            else { return nil }
            transitions.append(moment)
            offsets.append(typeOffsets[type])
        }
        guard readFooter(bytes[end...]) else { return nil }
    }

    private mutating func readFooter(_ rest: ArraySlice<UInt8>) -> Bool {
        let newline = UInt8(ascii: "\n")
        guard rest.first == newline, let end = rest.dropFirst().firstIndex(of: newline) else {
            return false
        }
        let text = rest[(rest.startIndex + 1)..<end]
        guard !text.isEmpty else { return true }
        footer = PosixTimeZone(text)
        return footer != nil
    }

    private struct Header {
        static let byteCount = 44
        let version: UInt8
        let dataStart: Int
        let isUTCCount, isStandardCount, leapCount, timeCount, typeCount, charCount: Int

        init?(_ bytes: [UInt8], at start: Int) {
            guard start >= 0, start + Self.byteCount <= bytes.count,
                bytes[start..<start + 4].elementsEqual("TZif".utf8)
            else { return nil }
            version = bytes[start + 4]
            dataStart = start + Self.byteCount
            func count(_ index: Int) -> Int { Int(bytes.bigEndian(at: start + 20 + index * 4, 4)) }
            (isUTCCount, isStandardCount, leapCount) = (count(0), count(1), count(2))
            (timeCount, typeCount, charCount) = (count(3), count(4), count(5))
        }

        /// Six counts below 2³² cannot overflow an `Int`.
        func dataByteCount(timeSize: Int) -> Int {
            timeCount * (timeSize + 1) + typeCount * 6 + charCount + leapCount * (timeSize + 4)
                + isStandardCount + isUTCCount
        }
    }
}

extension TimeZoneRules {
    /// Loads a zone of the system's IANA database.
    ///
    /// - Returns: nil if the name holds anything but letters, digits, `_`, `+`, `-` and single
    ///   inner slashes, or the directory has no such TZif file. `UTC` works without the directory.
    /// - Cost: reads a file of about 1 KB; keep the result.
    package static func load(
        _ identifier: String,
        from directory: String = "/usr/share/zoneinfo"
    ) -> TimeZoneRules? {
        if identifier == "UTC" { return .utc }
        guard isSafe(identifier), let bytes = contents(of: directory + "/" + identifier) else {
            return nil
        }
        return TimeZoneRules(identifier: identifier, tzif: bytes)
    }

    /// The names of all zones, as the system's IANA database lists them; none without its list.
    ///
    /// - Cost: reads a file of about 100 KB; keep the result.
    package static func names(in directory: String = "/usr/share/zoneinfo") -> [String] {
        guard let bytes = contents(of: directory + "/tzdata.zi", byteCountMax: listByteCountMax)
        else { return [] }
        return bytes.split(separator: UInt8(ascii: "\n")).compactMap { line in
            let words = line.split(separator: UInt8(ascii: " "))
            // `Z <name> …` is a zone, `L <zone> <name>` another name of one.
            let place = line.starts(with: "Z ".utf8) ? 1 : line.starts(with: "L ".utf8) ? 2 : 0
            guard place > 0, words.count > place else { return nil }
            return String(decoding: words[place], as: UTF8.self)
        }
    }

    /// Dots are refused altogether, so no name can climb out of the directory.
    private static func isSafe(_ identifier: String) -> Bool {
        guard (1...identifierByteCountMax).contains(identifier.utf8.count) else { return false }
        return identifier.split(separator: "/", omittingEmptySubsequences: false).allSatisfy {
            part in
            !part.isEmpty
                && part.utf8.allSatisfy { byte in
                    switch byte {
                    case UInt8(ascii: "a")...UInt8(ascii: "z"),
                        UInt8(ascii: "A")...UInt8(ascii: "Z"),
                        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"),
                        UInt8(ascii: "+"), UInt8(ascii: "-"):
                        true
                    default: false
                    }
                }
        }
    }

    /// Reads a small file; nil if it cannot be read or is as large as `byteCountMax`.
    private static func contents(
        of path: String,
        byteCountMax: Int = fileByteCountMax
    ) -> [UInt8]? {
        guard let file = unsafe fopen(path, "re") else { return nil }
        defer { unsafe fclose(file) }
        var bytes = [UInt8](repeating: 0, count: byteCountMax)
        let count = unsafe fread(&bytes, 1, byteCountMax, file)
        guard count > 0, count < byteCountMax else { return nil }
        bytes.removeSubrange(count...)
        return bytes
    }

    /// The longest IANA name has 32 bytes.
    private static let identifierByteCountMax = 64
    /// The largest file of the 2024 database has 3,900 bytes.
    private static let fileByteCountMax = 65_536
    /// The list of the 2024 database has 107,000 bytes.
    private static let listByteCountMax = 1_048_576
}

extension [UInt8] {
    /// - Precondition: `count` bytes from `start` on exist.
    fileprivate func bigEndian(at start: Int, _ count: Int) -> UInt64 {
        self[start..<start + count].reduce(0) { $0 << 8 | UInt64($1) }
    }
}
