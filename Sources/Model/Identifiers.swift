/// A row's key in a catalog or auth table. Each kind of row has its own type, so that a sensor's id
/// cannot be passed where a source's is meant.
package protocol EntityID: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The `bigint` primary key in Postgres; positive.
    var rawValue: Int64 { get }
    init(_ rawValue: Int64)
}

extension EntityID {
    @inlinable package static func < (left: Self, right: Self) -> Bool {
        left.rawValue < right.rawValue
    }
    package var description: String { String(rawValue) }
}

/// Key of `account.id`.
@frozen package struct AccountID: EntityID {
    package let rawValue: Int64
    @inlinable package init(_ rawValue: Int64) { self.rawValue = rawValue }
}

/// Key of `app_user.id`.
@frozen package struct UserID: EntityID {
    package let rawValue: Int64
    @inlinable package init(_ rawValue: Int64) { self.rawValue = rawValue }
}

/// Key of `asset_type.id`.
@frozen package struct AssetTypeID: EntityID {
    package let rawValue: Int64
    @inlinable package init(_ rawValue: Int64) { self.rawValue = rawValue }
}

/// Key of `asset.id`.
@frozen package struct AssetID: EntityID {
    package let rawValue: Int64
    @inlinable package init(_ rawValue: Int64) { self.rawValue = rawValue }
}

/// Key of `sensor.id`.
@frozen package struct SensorID: EntityID {
    package let rawValue: Int64
    @inlinable package init(_ rawValue: Int64) { self.rawValue = rawValue }
}

/// Key of `data_source.id`.
@frozen package struct SourceID: EntityID {
    package let rawValue: Int64
    @inlinable package init(_ rawValue: Int64) { self.rawValue = rawValue }
}
