import Testing

@testable import Postgres

@Suite struct SQLTests {
    /// Goal: interpolation binds, and never splices. Method: text that would end the literal.
    @Test func `interpolated values become parameters`() {
        let name = "x'; DROP TABLE sensor; --"
        let sql: SQL = "SELECT id FROM sensor WHERE name = \(name) AND id > \(7)"
        #expect(sql.text == "SELECT id FROM sensor WHERE name = $1 AND id > $2")
        #expect(sql.binds == [.text(name), .int(7)])
    }

    @Test func `a spliced statement keeps its values in order`() {
        let condition: SQL = "b = \(2) AND c = \("three")"
        let sql: SQL = "SELECT 1 WHERE a = \(1) AND \(condition) AND d = \(4)"
        #expect(sql.text == "SELECT 1 WHERE a = $1 AND b = $2 AND c = $3 AND d = $4")
        #expect(sql.binds == [.int(1), .int(2), .text("three"), .int(4)])
    }
}

@Suite struct CopyBufferTests {
    /// Goal: the binary COPY format to the byte. Method: Postgres docs, COPY, "Binary Format".
    @Test func `one row, to the byte`() {
        var buffer = CopyBuffer()
        buffer.beginRow(fields: 3)
        buffer.append(Int64(258))
        buffer.appendNull()
        buffer.append([9, 8] as [UInt8])
        buffer.finish()
        let header: [UInt8] =
            Array("PGCOPY\n".utf8) + [0xFF, 0x0D, 0x0A, 0] + [UInt8](repeating: 0, count: 8)
        let row: [UInt8] = [
            0, 3, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 1, 2, 255, 255, 255, 255, 0, 0, 0, 2, 9, 8,
        ]
        #expect(buffer.bytes == header + row + [0xFF, 0xFF])
    }
}
