package import Model

/// Who or what says so: a user, a forecaster, a scheduler, a reporter, a market.
package struct DataSource: Sendable, Hashable, Identifiable {
    package let id: SourceID
    package let name: String
    /// `user`, `scheduler`, `forecaster`, `reporter`, or any other word.
    package let type: String
    /// The algorithm, of sources that compute.
    package let model: String?
    /// The algorithm's version as PEP 440 writes it.
    package let version: String?
    /// For sources of type `user`. The user may be gone: what was said stays said.
    package let user: UserID?
    package let account: AccountID?
    /// A JSON object as text.
    package let attributes: String

    /// For people: `a-user`, `Seita's naive forecaster v1.2`, `Seita's StorageScheduler model v9`.
    package var description: String {
        guard let model, !model.isEmpty else { return name }
        // The type is not said twice.
        let isTypeInModel = model.lowercased().contains(type.lowercased())
        let kind = isTypeInModel ? "model" : type
        guard let version, !version.isEmpty else { return "\(name)'s \(model) \(kind)" }
        return "\(name)'s \(model) \(kind) v\(version)"
    }

    /// What decides between sources with different beliefs about one event.
    package var precedence: SourcePrecedence {
        SourcePrecedence(
            version: version.flatMap(VersionNumber.init) ?? .zero,
            description: description
        )
    }

    /// Versions of one algorithm: of these only the highest version is heard.
    package struct Family: Sendable, Hashable {
        package let name: String
        package let type: String
        package let model: String?
    }

    package var family: Family { Family(name: name, type: type, model: model) }
}

/// The order of sources where one belief per event is wanted: the higher version wins; then comes
/// the later belief time, which is not known here; then the first by description.
package struct SourcePrecedence: Sendable, Equatable {
    /// 0.0.0 for sources without a version.
    package let version: VersionNumber
    package let description: String

    /// Whether this source's description comes first: by code points, as Python sorts text.
    package func isListed(before other: SourcePrecedence) -> Bool {
        description.unicodeScalars.lexicographicallyPrecedes(other.description.unicodeScalars)
    }
}

/// What decides between beliefs of different sources about one event.
package enum SourceOrder: Sendable {
    /// FlexMeasures' rule: the higher version, and none is the lowest. A schedule or forecast hides
    /// every measurement.
    case versionFirst
    /// The later belief, whoever holds it. A measurement that comes after a schedule or forecast goes
    /// before it.
    case latestBeliefFirst
}

extension SourceRank {
    /// Ranks sources among each other. Cost: sorts them twice.
    ///
    /// `order`: what decides between sources of different families.
    package static func ranks(
        of sources: [DataSource],
        _ order: SourceOrder = .versionFirst
    ) -> [SourceID: SourceRank] {
        let entries = sources.map { (id: $0.id, family: $0.family, precedence: $0.precedence) }
        let versions = denseRanks(entries.map(\.precedence.version)) { $0 < $1 }
        let descriptions = denseRanks(entries.map(\.precedence)) { $0.isListed(before: $1) }
        var families: [DataSource.Family: Int] = [:]
        var ranks: [SourceID: SourceRank] = [:]
        for (index, entry) in entries.enumerated() {
            let family = families[entry.family] ?? families.count
            families[entry.family] = family
            ranks[entry.id] = SourceRank(
                family: family,
                version: versions[index],
                precedence: order == .latestBeliefFirst ? 0 : nil,
                description: descriptions[index]
            )
        }
        return ranks
    }

    /// How many different values precede each value, shape `[values.count]`.
    private static func denseRanks<Value>(
        _ values: [Value],
        by precedes: (Value, Value) -> Bool
    ) -> [Int] {
        let order = values.indices.sorted { precedes(values[$0], values[$1]) }
        var ranks = [Int](repeating: 0, count: values.count)
        for (place, index) in order.enumerated().dropFirst() {
            let previous = order[place - 1]
            let isHigher = precedes(values[previous], values[index])
            ranks[index] = ranks[previous] + (isHigher ? 1 : 0)
        }
        return ranks
    }
}
