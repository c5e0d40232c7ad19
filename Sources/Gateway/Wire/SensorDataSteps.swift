/// How the values of a message fall on the events of a sensor: repeated if their step is longer
/// than the sensor's resolution, averaged if it is shorter.
///
/// The order is: convert the unit, with the message's own step as event length; floor the start;
/// repeat or average. FlexMeasures repeats first and takes the step after repeating, which makes
/// 10 kWh over an hour 40 kW in each quarter. Converting is the caller's: it asks for the `events` of
/// values in the sensor's unit.
package struct SensorDataSteps: Sendable, Equatable {
    /// How the start of the first event is fitted to the sensor.
    package enum Alignment: Sendable, Equatable {
        /// Down to a multiple of the resolution, counted from local midnight of 1970 in the offset
        /// in which the client wrote the start.
        case floor
        /// To the nearest multiple of this many µs, halves to the even multiple; same origin.
        case round(to: Int64)
        case asWritten

        /// What a sensor asks for: `floorsToResolution` is its attribute
        /// `floor_datetimes_to_resolution`, `frequency` the one of that name in µs.
        package init(resolution: Int64, floorsToResolution: Bool = true, frequency: Int64? = nil) {
            if resolution > 0, floorsToResolution {
                self = .floor
            } else if let frequency, frequency > 0 {
                self = .round(to: frequency)
            } else {
                self = .asWritten
            }
        }
    }

    /// Start of the events in µs since 1970 UTC, and their values; without the nulls.
    package struct Events: Sendable, Equatable {
        package var starts: [Int64] = []
        package var values: [Double] = []
    }

    /// Events that each value becomes: more than 1 if values are repeated.
    let repeatCount: Int
    /// Values that become one event: more than 1 if values are averaged.
    let binCount: Int
    /// Distance between the resulting events, µs.
    let eventStep: Int64
    /// Start of the first event, µs since 1970 UTC.
    let start: Int64

    /// A request may not become more events than this: a year of seconds is 31 M, of minutes 0.5 M,
    /// and 4 M take 64 MB.
    package static let eventCountMax = 4_000_000

    /// The events of the message.
    ///
    /// - Parameter values: The message's values in the sensor's unit, NaN for null.
    /// - Returns: In ascending order; empty if all values are null.
    package func events(_ values: [Double]) -> Events {
        var events = Events()
        if binCount > 1 {
            appendMeans(of: values, to: &events)
        } else {
            appendRepeated(values, to: &events)
        }
        return events
    }

    private func appendRepeated(_ values: [Double], to events: inout Events) {
        events.starts.reserveCapacity(values.count * repeatCount)
        events.values.reserveCapacity(values.count * repeatCount)
        var eventStart = start
        for value in values {
            for _ in 0..<repeatCount {
                if !value.isNaN {
                    events.starts.append(eventStart)
                    events.values.append(value)
                }
                eventStart += eventStep
            }
        }
    }

    /// The mean of the values present, summed with Kahan's compensation as pandas does.
    private func appendMeans(of values: [Double], to events: inout Events) {
        var eventStart = start
        for binStart in stride(from: 0, to: values.count, by: binCount) {
            var (sum, compensation, count) = (0.0, 0.0, 0)
            for index in binStart..<min(binStart + binCount, values.count)
            where !values[index].isNaN {
                let term = values[index] - compensation
                let next = sum + term
                compensation = next - sum - term
                // An infinite sum has no meaningful compensation.
                if compensation.isNaN { compensation = 0 }
                sum = next
                count += 1
            }
            if count > 0 {
                events.starts.append(eventStart)
                events.values.append(sum / Double(count))
            }
            eventStart += eventStep
        }
    }
}
