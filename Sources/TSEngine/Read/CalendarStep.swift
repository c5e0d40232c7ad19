package import Model

/// A length of time between two bins: fixed, such as `PT1H`, or by the calendar of a time zone,
/// such as `P1D`, `P1M` and `P1Y`, whose days have 23, 24 or 25 hours.
package struct CalendarStep: Sendable, Hashable {
    /// Years count as twelve.
    package let months: Int
    /// The weeks, days, hours, minutes and seconds, µs. Whole days follow the calendar.
    package let microseconds: Int64

    package init(months: Int = 0, microseconds: Int64 = 0) {
        self.months = months
        self.microseconds = microseconds
    }

    /// Whether one step is as long as any other, in every time zone.
    package var isFixed: Bool { months == 0 && microseconds % Microseconds.day != 0 }

    /// Whether steps lead forward.
    package var isPositive: Bool {
        months >= 0 && microseconds >= 0 && (months > 0 || microseconds > 0)
    }

    /// The length of a usual step, µs: a month has 30 days.
    package var typicalLength: Int64 {
        Int64(months) * 30 * Microseconds.day + microseconds
    }

    /// `index` steps after `origin`, or before it if negative. µs since 1970 UTC.
    ///
    /// Counted from the origin, not from step to step, so the 31st of a month stays the 31st where
    /// there is one; elsewhere it is the last day. The time of day on local clocks stays.
    package func moment(_ index: Int, from origin: Int64, in zone: TimeZoneRules) -> Int64 {
        if index == 0 { return origin }
        if isFixed { return origin &+ microseconds &* Int64(index) }
        let wall = origin &+ zone.offset(at: origin)
        let (dayNumber, timeOfDay) = CivilDate.floorDivide(wall, Microseconds.day)
        var day = CivilDate(dayNumber: Int(dayNumber))
        if months != 0 { day = day.adding(months: months * index) }
        guard microseconds % Microseconds.day == 0 else {
            return zone.microseconds(localDay: day, timeOfDay: timeOfDay)
                &+ microseconds &* Int64(index)
        }
        let dayCount = Int(microseconds / Microseconds.day) * index
        if dayCount != 0 { day = CivilDate(dayNumber: day.dayNumber + dayCount) }
        return zone.microseconds(localDay: day, timeOfDay: timeOfDay)
    }

    /// The edges of the bins that begin in `origin..<end`, and the end of the last: ascending,
    /// shape `[bins + 1]`; just `origin` if there are none. µs since 1970 UTC.
    ///
    /// `firstIndex`: begins that many steps after the origin (before it, if negative).
    /// - Returns: nil beyond `countMax` bins, or if the step does not lead forward.
    package func edges(
        from origin: Int64,
        until end: Int64,
        in zone: TimeZoneRules,
        firstIndex: Int = 0,
        countMax: Int
    ) -> [Int64]? {
        guard isPositive else { return nil }
        let first = moment(firstIndex, from: origin, in: zone)
        var edges = [first]
        guard first < end else { return edges }
        if isFixed {
            let (distance, overflow) = end.subtractingReportingOverflow(first)
            guard !overflow else { return nil }
            let count = (distance - 1) / microseconds + 1
            guard count <= Int64(countMax) else { return nil }
            edges.reserveCapacity(Int(count) + 1)
            for index in 1...count { edges.append(first &+ index &* microseconds) }
            return edges
        }
        var index = firstIndex
        while let last = edges.last, last < end {
            guard edges.count <= countMax else { return nil }
            index += 1
            let next = moment(index, from: origin, in: zone)
            // Beyond the calendar's last year moments stop growing.
            guard next > last else { return nil }
            edges.append(next)
        }
        return edges
    }
}

extension CivilDate {
    /// The same day `months` later; the month's last day if it is shorter. Years beyond the
    /// calendar's are taken as its first or last.
    fileprivate func adding(months: Int) -> CivilDate {
        let (years, rest) = CivilDate.floorDivide(month - 1 + months, 12)
        let newYear = min(max(year + years, -CivilDate.yearLimit), CivilDate.yearLimit)
        let length = CivilDate.dayCount(year: newYear, month: rest + 1)
        return CivilDate(year: newYear, month: rest + 1, day: min(day, length)) ?? self
    }
}
