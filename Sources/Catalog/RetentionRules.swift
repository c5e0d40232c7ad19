package import Model

/// What a retention rule is set on.
package enum RetentionScope: Sendable, Hashable, CustomStringConvertible {
    case account(AccountID)
    case asset(AssetID)
    case sensor(SensorID)

    package var description: String {
        switch self {
        case .account(let id): "account \(id)"
        case .asset(let id): "asset \(id)"
        case .sensor(let id): "sensor \(id)"
        }
    }
}

/// How long the beliefs about the events of some sensors are kept.
package struct RetentionRule: Sendable, Hashable {
    package let scope: RetentionScope
    package let period: RetentionPeriod

    package init(scope: RetentionScope, period: RetentionPeriod) {
        (self.scope, self.period) = (scope, period)
    }
}

/// All retention rules, as they were at one moment.
package struct RetentionRules: Sendable {
    /// By kind (accounts, assets, sensors), then by id.
    package let all: [RetentionRule]
    private let periods: [RetentionScope: RetentionPeriod]

    init(_ rules: [RetentionRule]) {
        all = rules
        periods = Dictionary(rules.map { ($0.scope, $0.period) }) { _, last in last }
    }

    package var isEmpty: Bool { all.isEmpty }

    /// No rule keeps less than what lies after this moment; nil without rules.
    package func latestCutOff(before now: Timestamp) -> Timestamp? {
        all.map { $0.period.cutOff(before: now) }.max()
    }

    /// The first rule of those that are set on `scopes`.
    func first(of scopes: some Sequence<RetentionScope>) -> RetentionRule? {
        for scope in scopes {
            if let period = periods[scope] { return RetentionRule(scope: scope, period: period) }
        }
        return nil
    }
}
