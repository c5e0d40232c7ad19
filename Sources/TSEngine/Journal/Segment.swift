package import Model

/// What one group commit states: beliefs by series, series in order, and within one the beliefs in
/// order of event and belief time.
package struct Segment: Sendable, Equatable {
    /// One series' beliefs.
    package struct Part: Sendable, Equatable {
        package var series: SeriesKey
        /// Sorted by (event start, belief time), no pair twice.
        package var columns: BeliefColumns

        package init(series: SeriesKey, columns: BeliefColumns) {
            self.series = series
            self.columns = columns
        }
    }

    package var parts: [Part]

    package init(parts: [Part]) { self.parts = parts }

    package var valueCount: Int { parts.reduce(0) { $0 + $1.columns.count } }
}
