internal import HTTPTypes

/// Annotations of sensors, assets and accounts.
enum AnnotationOperations {
    static let all: [RouteDescription] = [
        ("sensors", "a sensor"), ("assets", "an asset"), ("accounts", "an account"),
    ].map { kind, noun in
        RouteDescription(
            .post,
            "/api/v3_0/\(kind)/{id}/annotations",
            .annotations,
            "Annotate a span of time of \(noun)"
        )
        .takes(
            body: .named(.newAnnotation),
            example: [
                "content": "Panels were cleaned", "start": "2026-01-01T08:00:00+01:00",
                "end": "2026-01-01T12:00:00+01:00",
            ]
        )
        .answers(200, "There is such an annotation already.", .named(.annotation))
        .answers(201, "The new annotation.", .named(.annotation))
    }
}
