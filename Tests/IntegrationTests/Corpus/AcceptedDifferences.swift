/// Answers that differ from the recorded ones on purpose: names of recordings, and why. The same
/// list is in docs/flexmeasures-compatibility.md.
enum AcceptedDifferences {
    static func reason(_ name: String) -> String? {
        structure[name] ?? data[name] ?? access[name] ?? charts[name]
    }

    static var names: Set<String> {
        Set([structure, data, access, charts].flatMap { $0.keys })
    }

    /// Of logging in, tokens, and paths that are no endpoints.
    private static let access: [String: String] = [
        "token-unknown-email": sameAnswer,
        "token-email-case": sameAnswer,
        "token-inactive-user": "Who may not log in gets no token either.",
        "token-refresh-with-token-any-password":
            "The password counts, whatever token comes along.",
        "auth-bearer": "Bearer tokens are accepted, as most clients send them.",
        "auth-query-param": notElsewhere,
        "auth-json-body-token": notElsewhere,
    ]
    private static let sameAnswer =
        "A wrong password and an unknown address get the same answer."
    private static let notElsewhere =
        "Tokens are read from the header Authorization only: addresses and bodies end up in logs."

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
        "get-upload-xlsx":
            "The recorded workbook is cut off: `SensorUploadTests` has whole ones.",
    ]

    /// Of what pages draw.
    private static let charts: [String: String] = [
        "dev-sensor-chart": ownChart,
        "asset-chart": ownChart,
    ]
    private static let ownChart =
        "Charts are specifications of Penstock's own, with the same data under the same names."

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
            "A user was made whose address FlexMeasures failed to look up, and with it a source.",
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
            "What sorts alike comes in the order of numbers; FlexMeasures has none.",
        "user-auditlog-self":
            "Exactly the fields that changed are listed, and changes of users too.",
        "user-auditlog-by-account-admin":
            "Users who may not log in are mailed no link for a password.",
        "services-v3":
            "Endpoints that are not there yet are not listed.",
        "ui-delete-asset-by-stranger-check":
            "The asset is still there: what happened to it was no request of the API.",
    ]
}
