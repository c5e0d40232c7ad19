import Foundation
import TestSupport
import Testing

@testable import Auth

@Suite struct QRCodeTests {
    /// The example of ISO/IEC 18004, annex I: the data codewords of `01234567` in version 1-M.
    @Test func `error correction of the standard's example`() {
        let data: [UInt8] = [
            0x10, 0x20, 0x0C, 0x56, 0x61, 0x80, 0xEC, 0x11, 0xEC, 0x11, 0xEC, 0x11, 0xEC, 0x11,
            0xEC, 0x11,
        ]
        let expected: [UInt8] = [
            0xA5, 0x24, 0xD4, 0xC1, 0xED, 0x36, 0xC7, 0x87, 0x2C, 0x55,
        ]
        #expect(QRReedSolomon.codewords(data[...], count: 10) == expected)
    }

    /// The examples of ISO/IEC 18004, annexes C and D: level M with mask 5, version 7.
    @Test func `format and version bits of the standard's examples`() {
        #expect(QRCode.formatBits(mask: 5) == 0b100_0000_1100_1110)
        #expect(QRCode.versionBits(7) == 0b00_0111_1100_1001_0100)
    }

    @Test func `versions grow with the text`() throws {
        // Bytes that versions 1 to 10 hold at level M (ISO/IEC 18004, table 7).
        let capacities = [14, 26, 42, 62, 84, 106, 122, 152, 180, 213]
        for (index, capacity) in capacities.enumerated() {
            let full = try #require(QRCode([UInt8](repeating: 0x61, count: capacity)))
            #expect(full.version == index + 1 && full.size == 21 + 4 * index)
            let more = QRCode([UInt8](repeating: 0x61, count: capacity + 1))
            #expect(more?.version == (index < 9 ? index + 2 : nil))
        }
        #expect(QRCode([])?.version == 1)
    }

    /// Goal: a reader of another make reads every version and many texts. Method: zbarimg, where it
    /// is installed, on a picture of each.
    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/zbarimg")))
    func `another reader reads it`() throws {
        let folder = NSTemporaryDirectory() + "penstock-qr-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: folder,
            withIntermediateDirectories: false
        )
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var random = SeededGenerator(seed: 11)
        let letters = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJ0123456789:/?=&%.-_")
        for count in [1, 14, 20, 42, 60, 84, 100, 122, 130, 152, 170, 180, 200, 213] {
            let text = String((0..<count).map { _ in letters.randomElement(using: &random) ?? "a" })
            let code = try #require(QRCode(utf8(text)))
            let path = "\(folder)/\(count).pgm"
            try picture(code).write(to: URL(fileURLWithPath: path))
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/zbarimg")
            process.arguments = ["-q", "--raw", path]
            let output = Pipe()
            process.standardOutput = output
            process.standardError = FileHandle.nullDevice
            try process.run()
            let read = output.fileHandleForReading.readDataToEndOfFile()
            process.waitUntilExit()
            let isRead = String(decoding: read, as: UTF8.self) == text + "\n"
            #expect(isRead, "\(count) bytes, mask \(code.mask)")
        }
    }

    /// Goal: the picture stays as the other reader read it.
    @Test func `golden picture`() throws {
        let text = "otpauth://totp/Penstock:ada%40example.com?secret=GEZDGNBVGY3TQOJQ"
        let code = try #require(QRCode(utf8(text)))
        let bits = code.modules.map { UInt8($0 ? 1 : 0) }
        #expect(code.version == 5)
        #expect(hexText(SHA256Digest(of: bits.span).bytes).prefix(16) == "7a4534b193516b56")
        let side = code.size + 8
        #expect(code.svg.hasPrefix("<svg xmlns=\"http://www.w3.org/2000/svg\""))
        #expect(code.svg.contains("viewBox=\"0 0 \(side) \(side)\""))
        #expect(code.svg.contains("M4 4h7v1h-7z"))
        #expect(!code.svg.contains("secret"))
    }

    /// Eight pixels a module, four modules of quiet zone.
    private func picture(_ code: QRCode) -> Data {
        let (scale, side) = (8, (code.size + 8) * 8)
        var bytes = Array("P5 \(side) \(side) 255\n".utf8)
        for y in 0..<side {
            for x in 0..<side {
                let (row, column) = (y / scale - 4, x / scale - 4)
                let isInside = (0..<code.size).contains(row) && (0..<code.size).contains(column)
                bytes.append(isInside && code[row, column] ? 0 : 255)
            }
        }
        return Data(bytes)
    }
}
