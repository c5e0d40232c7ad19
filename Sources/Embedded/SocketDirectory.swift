/// Where the servers' sockets are.
enum SocketDirectory {
    /// `sun_path` of unix(7) has 108 bytes, the last of them zero.
    static let pathByteCountMax = 107
    /// The longest name in it: Postgres' socket, named for its port.
    static let nameByteCountMax = "/.s.PGSQL.5432".utf8.count

    /// `DIR/run`; or, if a socket's path would be too long there or holds characters that
    /// connection strings treat specially (a comma separates hosts in libpq's), a directory of
    /// `/tmp` named for the data directory, the same at every start.
    static func path(for directory: DataDirectory) -> String {
        let inside = directory.path + "/run"
        let isShort = inside.utf8.count + nameByteCountMax <= pathByteCountMax
        if isShort && inside.utf8.allSatisfy(isPlain) { return inside }
        return "/tmp/penstock-\(directory.serverUser.id)-\(hash(directory.path))"
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "."),
            UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    /// FNV-1a, 64 bits, in hexadecimal. It only has to tell a machine's few data directories apart:
    /// two that met would show as a directory in use, never as shared data.
    private static func hash(_ path: String) -> String {
        var value: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in path.utf8 { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return String(value, radix: 16)
    }
}
