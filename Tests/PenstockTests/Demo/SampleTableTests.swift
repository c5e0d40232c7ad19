import Testing

@testable import penstock

@Suite struct SampleTableTests {
    /// Goal: the layout means what its description says. Method: a file with comments, an offset,
    /// an empty field and a negative number.
    @Test func `a table is read`() throws {
        let table = try SampleTable(
            """
            # Anything, here too: a colon.
            # start: 2016-01-01T00:00:00+01:00
            # step: PT15M
            load,south roof
            0.408,-1
            ,2e-3

            """
        )
        #expect(table.start == 1_451_602_800_000_000)
        #expect(table.step == 900_000_000)
        #expect(table.names == ["load", "south roof"])
        #expect(table.columns[0][0] == 0.408)
        #expect(table.columns[0][1].isNaN)
        #expect(table.columns[1] == [-1, 0.002])
    }

    /// Goal: an empty line is an event without a value where there is one column.
    @Test func `an empty line is a row of one empty field`() throws {
        let table = try SampleTable("# start: 2024-01-01T00:00:00Z\n# step: PT1H\nprice\n1\n\n3\n")
        #expect(table.columns[0].map { $0.isNaN } == [false, true, false])
    }

    /// Goal: damage is refused, with the line that has it.
    @Test(
        arguments: [
            ("# step: PT1H\na\n1\n", 2),
            ("# start: 2016-01-01T00:00:00\n# step: PT1H\na\n1\n", 3),
            ("# start: 2016-01-01T00:00:00Z\n# step: P1M\na\n1\n", 3),
            ("# start: 2016-01-01T00:00:00Z\n# step: PT0S\na\n1\n", 3),
            ("# start: 2016-01-01T00:00:00Z\n# step: PT1H\n", 3),
            ("# start: 2016-01-01T00:00:00Z\n# step: PT1H\na,b\n1,2\n1\n", 5),
            ("# start: 2016-01-01T00:00:00Z\n# step: PT1H\na\nnan\n", 4),
            ("# start: 2016-01-01T00:00:00Z\n# step: PT1H\na\ninf\n", 4),
            ("# start: 2016-01-01T00:00:00Z\n# step: PT1H\na\n1.2.3\n", 4),
        ]
    )
    func `a damaged table is refused`(text: String, line: Int) {
        let error = #expect(throws: SampleTableError.self) { try SampleTable(text) }
        #expect(error?.line == line)
    }
}
