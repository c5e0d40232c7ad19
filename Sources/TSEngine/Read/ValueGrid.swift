package import Model

/// Selected values on a regular grid.
package enum ValueGrid {
    /// Puts beliefs on the grid `start`, `start + step`, … of `count` events; an event must start
    /// exactly on its place.
    ///
    /// - Parameters: times in µs; `step` > 0 or `count` <= 1.
    /// - Returns: shape `[count]`, NaN where nothing is believed.
    package static func place(
        _ beliefs: BeliefColumns,
        start: Int64,
        step: Int64,
        count: Int
    ) -> [Double] {
        var values = [Double](repeating: .nan, count: count)
        guard count > 0 else { return values }
        guard step > 0 else {
            if let index = beliefs.eventStarts.firstIndex(of: start) {
                values[0] = beliefs.values[index]
            }
            return values
        }
        for index in 0..<beliefs.count {
            let distance = beliefs.eventStarts[index] - start
            guard distance >= 0 else { continue }
            let (place, remainder) = distance.quotientAndRemainder(dividingBy: step)
            if remainder == 0 && place < Int64(count) { values[Int(place)] = beliefs.values[index] }
        }
        return values
    }
}
