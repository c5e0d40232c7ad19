import Foundation
import TestSupport
import Testing

@testable import Gateway

/// Goal: workbooks are read as their makers meant them, and nothing else is. Method: one that a
/// common library wrote, some by hand with one peculiarity each, and damaged ones.
@Suite struct WorkbookTests {
    private static let start: Int64 = 1_781_654_400_000_000
    private static let quarter: Int64 = 900_000_000

    private func read(_ bytes: [UInt8]) throws -> UploadTable {
        try Workbook(bytes).table { _ in }
    }

    private func fault(_ bytes: [UInt8]) -> String? {
        #expect(throws: UploadFault.self) { try read(bytes) }?.text
    }

    @Test func `a workbook of a library is read`() throws {
        let table = try read(UploadedWorkbook.bytes)
        #expect(
            table.starts
                == (0..<3).map { .wall(Self.start + Int64($0) * Self.quarter) }
        )
        #expect(table.values == [.number(1.5), .number(2.5), .number(3.5)])
        #expect(table.lines == [2, 3, 4])
    }

    @Test func `texts are shared, inline, of formulas, and escaped`() throws {
        let table = try read(
            StoredZip.workbook(
                """
                <x:row r="2"><x:c r="A2" t="s"><x:v>0</x:v></x:c><x:c r="B2" t="s"><x:v>1</x:v></x:c></x:row>
                <x:row r="4"><x:c r="A4" t="inlineStr"><x:is><x:t>2026-01-01</x:t></x:is></x:c>
                <x:c r="B4"><x:f>1+1</x:f><x:v>2</x:v></x:c></x:row>
                <x:row><x:c t="str"><x:v>a&amp;&#98;&#x63;</x:v></x:c><x:c><x:v>-1e3</x:v></x:c><x:c/></x:row>
                <x:row r="6"><x:c r="B6"><x:v>7</x:v></x:c></x:row><x:row r="7"/>
                <x:row r="8"><x:c r="A8" t="str"><x:v><![CDATA[<x>]]></x:v></x:c></x:row>
                """,
                strings: """
                    <sst><si><t>ev</t><r><t>ent</t></r><rPh sb="0"><t>guide</t></rPh></si><si><t>value</t></si></sst>
                    """
            )
        )
        #expect(
            table.starts
                == [.text("2026-01-01"), .text("a&bc"), .empty, .text("<x>")]
        )
        #expect(table.values == [.number(2), .number(-1_000), .number(7), .empty])
        #expect(table.lines == [4, 5, 6, 8])
    }

    @Test(arguments: [
        ("0", false, -2_209_075_200), ("59.5", false, -2_203_934_400),
        ("61", false, -2_203_891_200),
        ("46190.010416666664", false, 1_781_655_300), ("0", true, -2_082_844_800),
    ])
    func `dates are days of one of two calendars`(
        days: String,
        has1904: Bool,
        second: Int64
    ) throws {
        let header = "<row><c t=\"str\"><v>t</v></c><c t=\"str\"><v>v</v></c></row>"
        let table = try read(
            StoredZip.workbook(
                header + "<row><c s=\"1\"><v>\(days)</v></c><c><v>1</v></c></row>",
                styles: """
                    <styleSheet><numFmts><numFmt numFmtId="170" formatCode="yyyy\\-mm\\-dd"/></numFmts>
                    <cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>
                    <cellXfs><xf numFmtId="0"/><xf numFmtId="170"/></cellXfs></styleSheet>
                    """,
                has1904: has1904
            )
        )
        #expect(table.starts == [.wall(second * 1_000_000)])
    }

    @Test(arguments: [
        ("yyyy-mm-dd", true), ("[h]:mm", true), ("General", false), ("0.00", false),
        ("#,##0.00 \"days\"", false), ("[Red]0", false), ("0\\d", false), ("mmm", true),
        ("@", false),
        ("_d0", false), ("[$-409]d", true),
    ])
    func `a format of dates is told from one of numbers`(code: String, isDate: Bool) {
        #expect(WorkbookStyles.isDate(code) == isDate)
    }

    @Test func `what is wrong is told`() {
        let header = "<row><c t=\"str\"><v>t</v></c><c t=\"str\"><v>v</v></c></row>"
        let four = (0..<4).map { _ in "<c><v>1</v></c>" }.joined()
        #expect(fault(StoredZip.workbook("<row>\(four)</row>"))?.contains("found 4") == true)
        #expect(
            fault(StoredZip.workbook(header + "<row r=\"9\">\(four)</row>"))
                == "line 9: expected 2 columns as in the header, found 4"
        )
        #expect(
            fault(StoredZip.workbook(header + "<row><c t=\"e\"><v>#REF!</v></c></row>"))
                == "line 2: a formula failed: `#REF!`"
        )
        #expect(
            fault(StoredZip.workbook("<!DOCTYPE x [<!ENTITY a \"b\">]>"))
                == "the workbook holds XML with a document type"
        )
        #expect(fault(StoredZip.workbook("<row>&a;</row>")) != nil)
        #expect(fault(StoredZip.workbook("<row>")) == "the workbook's XML is damaged")
        #expect(fault(StoredZip.workbook("")) == "the file is empty: it has no header row")
        #expect(fault(StoredZip().archive)?.hasPrefix("the file is no workbook") == true)
        #expect(fault([0x50, 0x4B, 3, 4]) == "the workbook is damaged")
        var encrypted = StoredZip()
        encrypted.add("xl/workbook.xml", [1], flags: 1)
        #expect(fault(encrypted.archive) == "the workbook is encrypted")
        var unknown = StoredZip()
        unknown.add("xl/workbook.xml", [1], method: 12)
        #expect(fault(unknown.archive) == "the workbook is compressed in an unknown way")
    }

    /// Goal: a small file that claims to become a large one is refused before it does. Method: the
    /// directory claims more than allowed, or less than comes.
    @Test func `what becomes too large is refused before it is inflated`() throws {
        var large = StoredZip()
        let sheets = "<workbook><sheet xmlns:r=\"r\" r:id=\"a\"/></workbook>"
        large.add("xl/workbook.xml", Array(sheets.utf8))
        large.add(
            "xl/_rels/workbook.xml.rels",
            Array("<Relationships><Relationship Id=\"a\" Target=\"s.xml\"/></Relationships>".utf8)
        )
        large.add("xl/s.xml", [1], claimed: Workbook.byteCountMax + 1)
        #expect(fault(large.archive)?.hasPrefix("the workbook becomes larger than") == true)
        // Memory is asked for first.
        struct NoMemory: Error {}
        #expect(throws: NoMemory.self) {
            try Workbook(UploadedWorkbook.bytes).table { _ in throw NoMemory() }
        }
        var short = StoredZip()
        short.add("xl/workbook.xml", Array(sheets.utf8), claimed: 3)
        #expect(fault(short.archive) == "the workbook is damaged")
    }

    /// Goal: no bytes trap the reader. Method: a good workbook with bytes changed, cut, or doubled, by
    /// seed.
    @Test(arguments: 0..<150 as Range<UInt64>) func `hostile workbooks never trap`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let good =
            seed % 2 == 0 ? UploadedWorkbook.bytes : StoredZip.workbook("<row><c r=\"A1\"/></row>")
        for _ in 0..<20 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                bytes[place] = UInt8.random(in: .min ... .max, using: &random)
            }
            if Bool.random(using: &random) {
                bytes = Array(bytes[..<Int.random(in: 1..<bytes.count, using: &random)])
            }
            _ = try? read(bytes)
        }
    }
}
