import Foundation
import Testing

@testable import penstock

@Suite struct SampleDataTests {
    /// Goal: what comes with the program is whole, and fits what the demo creates. Method: counts
    /// of the originals, and single values of them.
    @Test func `the bundled data are complete`() throws {
        let series = try SampleData.load()
        #expect(series.reduce(0) { $0 + $1.valueCount } == 254_573)
        for one in series {
            let sensor = try #require(DemoStructure.standard.sensor(one.sensor))
            #expect(sensor.resolution == one.step)
        }
        let first = try #require(series.first { $0.sensor == "apartment 1" })
        #expect(first.values.prefix(3) == [0.408, 0.807, 0.81])
        #expect(first.values.count == 366 * 96)
        let prices = series.filter { $0.sensor == "day-ahead price" }
        #expect(prices.map(\.valueCount) == [8_784, 8_783])
        let horizons = series.filter { $0.sensor == "outdoor temperature" }.map(\.horizonHours)
        #expect(horizons == [24, 12, 6, 0])
    }

    /// Goal: every file says where it is from.
    @Test func `licences name every file`() throws {
        let directory = SampleData.bundledDirectory
        let notice = try String(contentsOfFile: "\(directory)/LICENSES.md", encoding: .utf8)
        let files = try FileManager.default.contentsOfDirectory(atPath: directory)
            .filter { $0.hasSuffix(".csv") }
        #expect(files.count == 6)
        for file in files { #expect(notice.contains("`\(file)`"), "\(file)") }
    }

    /// Goal: a program that was moved without its data says so.
    @Test func `missing data are an error with the path`() {
        let error = #expect(throws: CommandError.self) {
            try SampleData.load(from: "/nonexistent")
        }
        #expect(error?.description.contains("/nonexistent/loads_2016.csv") == true)
    }
}
