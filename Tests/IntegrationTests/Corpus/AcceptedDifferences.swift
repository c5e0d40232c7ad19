/// Answers that differ from the recorded ones on purpose: names of recordings, and why. The same
/// list is in docs/flexmeasures-compatibility.md.
enum AcceptedDifferences {
    static func reason(_ name: String) -> String? {
        structure[name] ?? data[name] ?? access[name] ?? charts[name]
    }

    /// Of logging in, tokens, and paths that are no endpoints.
    private static let access: [String: String] = [:]

    /// Of beliefs: posting, reading, uploading, statistics.
    private static let data: [String: String] = [
        "get-h-default":
            "A negative horizon keeps its sign: a measurement is no forecast.",
        "get-h-at-least-PT1H":
            "A negative horizon keeps its sign: a measurement is no forecast.",
        "get-h-at-least--PT1H":
            "A negative horizon keeps its sign: a measurement is no forecast.",
        "get-h-at-least--PT2H":
            "A negative horizon keeps its sign: a measurement is no forecast.",
        "get-h-prior-2026-04-01T00:15:00+02:00":
            "A negative horizon keeps its sign: a measurement is no forecast.",
        "get-h-prior-2026-04-01T00:29:00+02:00":
            "A negative horizon keeps its sign: a measurement is no forecast.",
        "get-h-prior-2026-04-01T01:15:00+02:00":
            "A negative horizon keeps its sign: a measurement is no forecast.",
        "get-type-meter":
            "A negative horizon keeps its sign: a measurement is no forecast.",
        "get-unit-posts":
            "Energy is converted with the step in which it was written.",
        "get-flow":
            "The factor between two units is rounded once.",
        "get-dst-autumn-day-resolution":
            "A day of 25 hours has its mean.",
        "get-duplicate-json-keys":
            "A name that stands twice in an object is refused: it can be read in two ways.",
        "post-sensor-unknown":
            "A missing object is refused like a foreign one: nobody learns which numbers are taken.",
        "post-deprecated-unknown":
            "A missing object is refused like a foreign one: nobody learns which numbers are taken.",
        "upload-unknown-sensor":
            "A missing object is refused like a foreign one: nobody learns which numbers are taken.",
        "order-validation-before-permission":
            "Permission is decided before anything else is looked at.",
        "order-post-validation-before-permission":
            "Permission is decided before anything else is looked at.",
        "upload-too-large":
            "The recorded file is cut off: `SensorUploadTests` has a whole one.",
        "consumption-is-positive-post":
            "The recording has objects that were made, or deleted by a page, outside of it.",
        "consumption-is-positive-get":
            "The recording has objects that were made, or deleted by a page, outside of it.",
        "get-upload-xlsx":
            "The recorded workbook is cut off: `SensorUploadTests` has whole ones.",
    ]

    /// Of what pages draw.
    private static let charts: [String: String] = [:]

    private static let structure: [String: String] = [
        "sensors-list-unknown-account":
            "A missing object is refused like a foreign one: nobody learns which numbers are taken.",
        "sensor-delete-again":
            "A missing object is refused like a foreign one: nobody learns which numbers are taken.",
        "annotation-asset-unknown":
            "A missing object is refused like a foreign one: nobody learns which numbers are taken.",
        "asset-get-unknown":
            "A missing object is refused like a foreign one: nobody learns which numbers are taken.",
        "asset-sensors-unknown":
            "A missing object is refused like a foreign one: nobody learns which numbers are taken.",
        "asset-create-bad-parent":
            "A missing object is refused like a foreign one: nobody learns which numbers are taken.",
        "asset-create-unknown-account":
            "A missing object is refused like a foreign one: nobody learns which numbers are taken.",
        "asset-delete-unknown":
            "A missing object is refused like a foreign one: nobody learns which numbers are taken.",
        "account-get-unknown":
            "A missing object is refused like a foreign one: nobody learns which numbers are taken.",
        "user-get-unknown":
            "A missing object is refused like a foreign one: nobody learns which numbers are taken.",
        "user-create-unknown-account":
            "A missing object is refused like a foreign one: nobody learns which numbers are taken.",
        "sensors-list-asset-and-other-account":
            "Permission is decided before anything else is looked at.",
        "order-patch-sensor-validation-before-permission":
            "Permission is decided before anything else is looked at.",
        "sources-not-latest":
            "The recording has objects that were made, or deleted by a page, outside of it.",
        "account-patch-roles-back":
            "Rights hang on account roles: only admins change them.",
        "sensors-list-paged":
            "Unsorted pages come in the order of numbers; FlexMeasures has none.",
        "sensors-list-paged-kebab":
            "Unsorted pages come in the order of numbers; FlexMeasures has none.",
        "sensors-list-own-account":
            "Unsorted pages come in the order of numbers; FlexMeasures has none.",
        "sensors-list-legacy-account_id":
            "Unsorted pages come in the order of numbers; FlexMeasures has none.",
        "accounts-list-admin-paged":
            "Unsorted pages come in the order of numbers; FlexMeasures has none.",
        "user-auditlog-self":
            "Exactly the fields that changed are listed, and changes of users too.",
        "user-auditlog-by-account-admin":
            "The test server sends no mail, so no mail is in the history.",
        "services-v3":
            "Endpoints that are not there yet are not listed, nor pages.",
        "assets-list-public":
            "The template assets of FlexMeasures are not made.",
        "ui-delete-asset-by-stranger-check":
            "The recording has objects that were made, or deleted by a page, outside of it.",
        "pagination-per-page-1000":
            "The recording has objects that were made, or deleted by a page, outside of it.",
        "pagination-sensors-per-page-1000":
            "The recording has objects that were made, or deleted by a page, outside of it.",
        "delete-sensor-cascades":
            "The recording has objects that were made, or deleted by a page, outside of it.",
        "sensor-create-bad-unit":
            "Known with the table of units.",
        "assets-list":
            "Known with the table of units.",
        "asset-get":
            "Known with the table of units.",
    ]
}
