internal import Auth
internal import Catalog
internal import Hummingbird
internal import Model
internal import TSEngine

/// `DELETE /api/v3_0/sensors/<id>/data`: removes beliefs.
///
/// As in FlexMeasures the filters stand in the body, and the query string is not looked at: without
/// a body all beliefs of the sensor go.
struct SensorDataDeletion: Sendable {
    let engine: Engine
    let catalog: CatalogStore

    var routes: [Route] {
        [Route(.delete, "/api/v3_0/sensors/{id}/data", .on(.beliefs, .delete), delete)]
    }

    /// Filters are a few fields.
    private static let bodyByteCountMax = 65_536.0

    private func delete(_ call: Call) async throws -> Answer {
        guard let sensor = call.sensor else { throw Refusal.forbidden }
        let body = try await call.body(byteCountMax: Self.bodyByteCountMax)
        let resolution = sensor.timing.resolution
        let wanted = try DataDeletionRequest(body: body, resolution: resolution)
        if let source = wanted.source, catalog.source(source) == nil {
            let text = FieldTexts.noSource(id: source.rawValue)
            throw RequestRefusal.unprocessable(
                FieldErrors(location: "json", field: "source", text)
            )
        }
        if let events = wanted.events(resolution: resolution) {
            let deletion = Deletion(sensor: sensor.id, source: wanted.source, events: events)
            try await engine.delete([deletion])
        }
        // Clients want the content type also of an empty answer.
        return Answer(204, [])
    }
}
