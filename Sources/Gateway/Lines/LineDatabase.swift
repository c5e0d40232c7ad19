internal import Catalog
internal import Model

/// The series of one database of one account: an asset's sensors by the keys that clients send.
///
/// Lives as long as no sensor of the asset goes, moves or changes; then another one takes its place
/// (`LineRegistry`). Sensors that are added are added here when a client first sends their key.
final class LineDatabase: Sendable {
    struct State: Sendable {
        var keys = LineSeriesTable()
        /// By number. Numbers are dense, and never change.
        var sensors: [SensorID] = []
        /// By source, then by number: the store's slot, or `none`.
        var slots: [SourceID: [UInt32]] = [:]
    }

    /// The asset.
    let asset: AssetID
    /// `CatalogStore.sensorGeneration(of:)` of when it was read.
    let generation: UInt64
    private let state: ReadersWriterLock<State>

    private static let none = UInt32.max

    /// Reads the asset's sensors that clients of line protocol can write to.
    init(asset: AssetID, generation: UInt64, catalog: CatalogStore) {
        self.asset = asset
        self.generation = generation
        var state = State()
        var last: SensorID?
        while true {
            let page = catalog.sensors(of: asset, after: last, limit: Self.pageCount)
            for sensor in page where Self.isSeries(sensor) { state.add(sensor) }
            last = page.last?.id
            if page.count < Self.pageCount { break }
        }
        self.state = ReadersWriterLock(state)
    }

    /// Series that are known.
    var seriesCount: Int { state.withReadLock { $0.sensors.count } }

    /// Reads a body against the series that are known.
    func scan(_ bytes: [UInt8], _ precision: LinePrecision, receivedAt: Timestamp) -> LineScan {
        state.withReadLock { state in
            LineScanner.scan(
                bytes.span,
                known: state.keys,
                precision: precision,
                receivedAt: receivedAt
            )
        }
    }

    /// Learns the spellings and sensors of `scan`'s new series.
    ///
    /// - Parameters:
    ///   - scan: What a request states.
    ///   - sensors: By number among the new series; nil for those that are not to be known.
    /// - Returns: The numbers of the new series here; nil where there is no sensor.
    func learn(_ scan: LineScan, sensors: [SensorID?]) -> [UInt32?] {
        state.withWriteLock { $0.learn(scan, sensors: sensors) }
    }

    /// Replaces series' numbers by the store's slots, for a source.
    func translate(_ series: inout [UInt32], source: SourceID, store: any LineStore) {
        let isDone = state.withReadLock { state in
            guard let slots = state.slots[source] else { return false }
            return Self.replace(&series, by: slots)
        }
        if isDone { return }
        // Numbers that were replaced cannot be told from others, so `replace` did nothing.
        state.withWriteLock { state in
            var slots = state.slots[source] ?? []
            let missing = state.sensors.count - slots.count
            slots += [UInt32](repeating: Self.none, count: missing)
            var wanted: [UInt32] = []
            for number in series where slots[Int(number)] == Self.none {
                slots[Int(number)] = Self.none - 1
                wanted.append(number)
            }
            let keys = wanted.map { SeriesKey(sensor: state.sensors[Int($0)], source: source) }
            let found = store.slots(of: keys)
            for (number, slot) in zip(wanted, found) { slots[Int(number)] = slot.rawValue }
            let isComplete = Self.replace(&series, by: slots)
            precondition(isComplete, "every number has a slot by now")
            state.slots[source] = slots
        }
    }

    /// - Returns: false, with nothing replaced, if a slot is missing.
    private static func replace(_ series: inout [UInt32], by slots: [UInt32]) -> Bool {
        let slots = slots.span
        for number in series {
            guard Int(number) < slots.count, slots[Int(number)] != none else { return false }
        }
        var target = series.mutableSpan
        for index in 0..<target.count { target[index] = slots[Int(target[index])] }
        return true
    }

    /// Readings of an instant, known at that instant: what line protocol can say.
    static let timing = EventTiming(resolution: 0)

    static func isSeries(_ sensor: Sensor) -> Bool { sensor.timing == timing }

    private static let pageCount = 4_096
}

extension LineDatabase.State {
    fileprivate mutating func add(_ sensor: Sensor) {
        let key = Array(sensor.name.utf8) + [LineByte.equals]
        // Other sensors of the asset, whose names no client of line protocol can mean.
        guard let headCount = LineKey.headCount(ofName: key.span), headCount > 0,
            keys.series(of: key, headCount: headCount) == nil
        else { return }
        let number = UInt32(sensors.count)
        let sharesHead = keys.lastHeadEquals(key, headCount: headCount)
        if keys.add(key.span, headCount: headCount, series: number, sharesHead: sharesHead) {
            sensors.append(sensor.id)
        }
    }

    fileprivate mutating func learn(_ scan: LineScan, sensors new: [SensorID?]) -> [UInt32?] {
        var numbers = [UInt32?](repeating: nil, count: scan.newSeries.count)
        for (index, series) in scan.newSeries.enumerated() {
            guard let sensor = new[index] else { continue }
            if let known = series.known {
                numbers[index] = known
                continue
            }
            // Another request may have learnt it meanwhile.
            if let headCount = LineKey.headCount(ofName: series.key.span),
                let known = keys.series(of: series.key, headCount: headCount)
            {
                numbers[index] = known
            } else {
                numbers[index] = UInt32(sensors.count)
                sensors.append(sensor)
            }
            // Its own key is added below, in the order of the request.
        }
        add(scan.newKeys, of: scan, numbers)
        add(scan.newNames, of: scan, numbers)
        return numbers
    }

    private mutating func add(
        _ table: LineSeriesTable,
        of scan: LineScan,
        _ numbers: [UInt32?]
    ) {
        var lastHead: UInt32?
        for entry in table.entries {
            guard let number = numbers[Int(entry.series)] else { continue }
            let key = Array(table.key(entry))
            let headCount = Int(entry.headCount)
            if keys.series(of: key, headCount: headCount) != nil { continue }
            // A client can make up spellings without end; there are as many names as series.
            let isName = key == scan.newSeries[Int(entry.series)].key
            if !isName, keys.entries.count > 3 * sensors.count + 1_024 { continue }
            let sharesHead = entry.head == lastHead
            keys.add(key.span, headCount: headCount, series: number, sharesHead: sharesHead)
            lastHead = entry.head
        }
    }
}
