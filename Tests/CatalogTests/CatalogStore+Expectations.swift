import Model
import Testing

@testable import Catalog

extension CatalogError {
    /// The field that the error is about.
    var field: String? {
        switch self {
        case .invalid(let field, _), .duplicate(let field, _), .missing(let field, _): field
        case .unavailable, .unexpected: nil
        }
    }

    var message: String? {
        switch self {
        case .invalid(_, let message), .duplicate(_, let message), .missing(_, let message): message
        case .unavailable, .unexpected: nil
        }
    }
}

/// The catalog's error that `body` throws, nil if none.
func error<R>(of body: () async throws -> R) async -> CatalogError? {
    do {
        _ = try await body()
        return nil
    } catch {
        return error as? CatalogError
    }
}

extension NewSensor {
    static func hourly(_ name: String, on asset: AssetID) -> NewSensor {
        NewSensor(
            name: name,
            unit: "kW",
            timezone: "UTC",
            timing: EventTiming(resolution: Microseconds.hour),
            asset: asset
        )
    }
}
