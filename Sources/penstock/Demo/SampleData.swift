import Foundation
import Model

/// The sample data that come with the program: real measurements, prices and forecasts.
///
/// `SampleData/LICENSES.md` says where they are from and what may be done with them.
enum SampleData {
    /// Beliefs about one sensor that were held equally long before (or after) their events.
    struct Series: Sendable {
        /// Name of the sensor in `DemoStructure`.
        let sensor: String
        /// How long before the knowledge time of its event each belief was held, in hours.
        let horizonHours: Int
        /// Start of the first event, µs since 1970 UTC.
        let start: Int64
        /// Length of an event, µs.
        let step: Int64
        /// NaN where nothing is known.
        let values: [Double]

        var valueCount: Int { values.count { !$0.isNaN } }
    }

    /// Where one column goes.
    private struct Source {
        let file: String
        let column: String
        let sensor: String
        var horizonHours = 0
    }

    /// In the order of loading: of one sensor, what was believed first comes first.
    private static let sources: [Source] =
        ["apartment 1", "apartment 2", "apartment 3", "apartment 4"].map {
            Source(file: "loads_2016.csv", column: $0, sensor: $0)
        }
        + ["south roof", "west roof"].map {
            Source(file: "solar_2016.csv", column: $0, sensor: $0)
        }
        + ["prices_2016.csv", "prices_2024.csv"].map {
            Source(file: $0, column: "day-ahead price", sensor: "day-ahead price")
        }
        + [
            Source(
                file: "temperature_typical_year.csv",
                column: "typical outdoor temperature",
                sensor: "typical outdoor temperature"
            )
        ]
        + [("24 h ahead", 24), ("12 h ahead", 12), ("6 h ahead", 6), ("measured", 0)].map {
            Source(
                file: "temperature_beliefs_2016.csv",
                column: $0.0,
                sensor: "outdoor temperature",
                horizonHours: $0.1
            )
        }

    /// Reads all of it: about 250,000 values.
    ///
    /// - Parameter directory: that of the program's resources, unless another is given.
    /// - Returns: the series of each sensor in the order of loading.
    /// - Throws: `CommandError` if a file is missing or damaged.
    static func load(from directory: String = bundledDirectory) throws -> [Series] {
        var tables: [String: SampleTable] = [:]
        return try sources.map { source in
            let table =
                try tables[source.file] ?? SampleTable(contentsOf: "\(directory)/\(source.file)")
            tables[source.file] = table
            guard let index = table.names.firstIndex(of: source.column) else {
                throw CommandError(
                    "sample data `\(directory)/\(source.file)` has no column `\(source.column)`"
                )
            }
            return Series(
                sensor: source.sensor,
                horizonHours: source.horizonHours,
                start: table.start,
                step: table.step,
                values: table.columns[index]
            )
        }
    }

    /// Beside the program, where SwiftPM puts a target's resources. Looked up here rather than by
    /// `Bundle.module`, because that ends the process if the folder is missing.
    static var bundledDirectory: String {
        let link = "/proc/self/exe"
        let program =
            (try? FileManager.default.destinationOfSymbolicLink(atPath: link))
            ?? CommandLine.arguments[0]
        let folder = (program as NSString).deletingLastPathComponent
        return "\(folder)/penstock_penstock.resources/SampleData"
    }
}
