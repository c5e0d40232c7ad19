import Testing

@testable import Model

struct CivilDateTests {
    /// Goal: the two directions are inverse and successive. Method: walk 900 years day by day.
    @Test func `every day number has its date`() throws {
        var expected = (year: 1700, month: 1, day: 1)
        let first = try #require(CivilDate(year: 1700, month: 1, day: 1)).dayNumber
        for number in first..<first + 330_000 {
            let date = CivilDate(dayNumber: number)
            try #require(date.dayNumber == number)
            try #require((date.year, date.month, date.day) == expected)
            expected.day += 1
            if expected.day > CivilDate.dayCount(year: expected.year, month: expected.month) {
                expected = (expected.year, expected.month + 1, 1)
                if expected.month > 12 { expected = (expected.year + 1, 1, 1) }
            }
        }
    }

    /// Goal: anchors that no walk can get wrong. Method: known dates.
    @Test(arguments: [
        (1970, 1, 1, 0, 4), (2000, 2, 29, 11_016, 2), (2026, 11, 23, 20_780, 1),
        (1, 1, 1, -719_162, 1),
        (9999, 12, 31, 2_932_896, 5),
    ])
    func `anchors`(year: Int, month: Int, day: Int, number: Int, weekday: Int) throws {
        let date = try #require(CivilDate(year: year, month: month, day: day))
        #expect(date.dayNumber == number)
        #expect(date.isoWeekday == weekday)
    }

    @Test func `days that no calendar has are refused`() {
        #expect(CivilDate(year: 2026, month: 2, day: 29) == nil)
        #expect(CivilDate(year: 2026, month: 13, day: 1) == nil)
        #expect(CivilDate(year: 2026, month: 0, day: 1) == nil)
        #expect(CivilDate(year: 2026, month: 4, day: 31) == nil)
        #expect(CivilDate(year: .min, month: 1, day: 1) == nil)
        #expect(CivilDate(isoYear: 2026, week: 54, weekday: 1) == nil)
        #expect(CivilDate(isoYear: 2025, week: 53, weekday: 1) == nil)
        #expect(CivilDate(isoYear: .max, week: 1, weekday: 1) == nil)
    }

    @Test func `week dates`() {
        #expect(
            CivilDate(isoYear: 2026, week: 1, weekday: 4) == CivilDate(year: 2026, month: 1, day: 1)
        )
        #expect(
            CivilDate(isoYear: 2020, week: 53, weekday: 7)
                == CivilDate(year: 2021, month: 1, day: 3)
        )
    }

    @Test func `absurd day numbers do not trap`() {
        #expect(CivilDate(dayNumber: .max).year > 300_000)
        #expect(CivilDate(dayNumber: .min).year < -300_000)
    }
}
