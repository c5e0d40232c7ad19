internal import CZLib

/// Reads members of a ZIP archive (PKWARE's APPNOTE, 4.3) that is in memory, by its central directory.
///
/// What a member becomes is bounded by what the directory says of it, which the caller can add up
/// before anything is inflated; a member that is larger or smaller, or whose checksum differs, is
/// refused. Archives beyond 4 GiB, in several parts, and encrypted ones are not read. Never traps on
/// hostile bytes.
struct ZipArchive {
    enum Failure: Error, Equatable {
        /// Not a ZIP archive, a cut one, or one that contradicts itself.
        case damaged
        case encrypted
        /// Compressed otherwise than by deflate.
        case unknownMethod
    }

    struct Member: Equatable {
        /// Bytes, as the directory says.
        let byteCount: Int
        fileprivate let compressedCount: Int
        fileprivate let method: Int
        fileprivate let checksum: UInt32
        fileprivate let isEncrypted: Bool
        fileprivate let headerOffset: Int
    }

    private let bytes: [UInt8]
    /// By path. Of members of one name the first counts, as in Excel.
    private(set) var members: [String: Member] = [:]

    /// Workbooks have some dozens.
    static let memberCountMax = 10_000

    init(_ bytes: [UInt8]) throws(Failure) {
        self.bytes = bytes
        guard let end = endOfDirectory(), let count = number16(end + 10),
            let start = number32(end + 16), count <= Self.memberCountMax
        else { throw .damaged }
        var position = start
        for _ in 0..<count {
            guard number32(position) == 0x0201_4B50, let flags = number16(position + 8),
                let method = number16(position + 10), let checksum = number32(position + 16),
                let compressedCount = number32(position + 20),
                let byteCount = number32(position + 24), let nameCount = number16(position + 28),
                let extraCount = number16(position + 30),
                let commentCount = number16(position + 32),
                let headerOffset = number32(position + 42),
                position + 46 + nameCount <= bytes.count
            else { throw .damaged }
            let nameBytes = bytes[position + 46..<position + 46 + nameCount]
            let name = String(decoding: nameBytes, as: UTF8.self)
            if members[name] == nil {
                members[name] = Member(
                    byteCount: byteCount,
                    compressedCount: compressedCount,
                    method: method,
                    checksum: UInt32(checksum),
                    isEncrypted: flags & 1 != 0,
                    headerOffset: headerOffset
                )
            }
            position += 46 + nameCount + extraCount + commentCount
        }
    }

    /// The bytes of a member.
    func content(of member: Member) throws(Failure) -> [UInt8] {
        guard !member.isEncrypted else { throw .encrypted }
        let header = member.headerOffset
        guard number32(header) == 0x0403_4B50, let nameCount = number16(header + 26),
            let extraCount = number16(header + 28)
        else { throw .damaged }
        let start = header + 30 + nameCount + extraCount
        guard start + member.compressedCount <= bytes.count else { throw .damaged }
        let stored = Array(bytes[start..<start + member.compressedCount])
        let content: [UInt8]
        switch member.method {
        case 0: content = stored
        case 8: content = try inflated(stored, byteCount: member.byteCount)
        default: throw .unknownMethod
        }
        guard content.count == member.byteCount, Self.checksum(content) == member.checksum else {
            throw .damaged
        }
        return content
    }

    private func inflated(_ stored: [UInt8], byteCount: Int) throws(Failure) -> [UInt8] {
        do throws(GzipBody.Failure) {
            var inflation = GzipBody(.bare, byteCountMax: byteCount)
            try inflation.append(stored)
            return try inflation.finish()
        } catch {
            throw .damaged
        }
    }

    private static func checksum(_ content: [UInt8]) -> UInt32 {
        // zlib only reads the bytes, and keeps no pointer to them.
        let checksum = unsafe content.withUnsafeBufferPointer { buffer in
            unsafe crc32(0, buffer.baseAddress, UInt32(buffer.count))
        }
        return UInt32(truncatingIfNeeded: checksum)
    }

    /// Where the end record begins: the last thing but a comment of at most 65,535 bytes.
    private func endOfDirectory() -> Int? {
        var position = bytes.count - 22
        let least = max(0, position - 65_535)
        while position >= least {
            if number32(position) == 0x0605_4B50 { return position }
            position -= 1
        }
        return nil
    }

    private func number16(_ position: Int) -> Int? {
        guard position >= 0, position + 2 <= bytes.count else { return nil }
        return Int(bytes[position]) | Int(bytes[position + 1]) << 8
    }

    private func number32(_ position: Int) -> Int? {
        guard let low = number16(position), let high = number16(position + 2) else { return nil }
        return low | high << 16
    }
}
