/// Accounts and users.
enum AccountSchemas {
    static func schema(_ name: Components.Name) -> Schema {
        name == .account ? account : user
    }

    private static let account = Schema.object([
        "id": .id, "name": .string, "account_roles": .list(of: .named(.reference)),
        "attributes": .jsonText, "consultancy_account_id": Schema.id.nullable,
        "logo_url": Schema.string.nullable, "plan_id": Schema.id.nullable,
        "primary_color": Schema.string.nullable, "secondary_color": Schema.string.nullable,
        "asset_count": Schema.integer.optional.says("In pages."),
        "user_count": Schema.integer.optional.says("In pages."),
    ])

    private static let user = Schema.object([
        "id": .id, "email": .string, "username": .string, "account_id": .id,
        "account": Schema.named(.account).nullable.optional.says("In lists."),
        "active": .boolean, "timezone": .string,
        "flexmeasures_roles": Schema.list(of: .anyOf(.integer, .string)).says(
            "Names of roles in lists, their numbers elsewhere."
        ),
        "last_login_at": Schema.string.nullable.says("UTC, without an offset."),
        "last_seen_at": Schema.string.nullable.says("UTC, without an offset."),
    ])
}

/// Sources, annotations, histories, tokens.
enum ObjectSchemas {
    static func schema(_ name: Components.Name) -> Schema {
        switch name {
        case .source: source
        case .annotation: annotation
        case .newAnnotation: newAnnotation
        case .historyEntry: historyEntry
        case .auditEvent: auditEvent
        case .token: token
        default: .object(["message": Schema.string.optional, "status": .anyOf(.integer, .string)])
        }
    }

    private static let source = Schema.object([
        "id": .id, "name": .string, "type": .string, "description": .string,
        "model": Schema.string.optional, "version": Schema.string.optional,
        "account_id": Schema.id.optional, "user_id": Schema.id.optional,
    ])

    static let annotationTypes = Schema.choice([
        "alert", "holiday", "label", "feedback", "warning", "error",
    ])

    private static let annotation = Schema.object([
        "id": .id, "content": .string, "start": .moment, "end": .moment,
        "type": annotationTypes, "prior": Schema.moment.nullable, "source": .id,
    ])

    private static let newAnnotation = Schema.object([
        "content": Schema.string.with("maxLength", 1_024), "start": .moment, "end": .moment,
        "type": annotationTypes.optional,
        "prior": Schema.moment.optional.says("When it was known; by default now."),
    ]).closed

    private static let historyEntry = Schema.object([
        "event": .string, "event_datetime": .string, "active_user_id": Schema.id.nullable,
        "active_user_name": Schema.string.nullable.optional,
    ])

    private static let auditEvent = Schema.object([
        "event": Schema.id.says("Its number; later ones are higher."), "at": .moment,
        "action": .string, "actor": .string, "user": Schema.id.nullable,
        "account": Schema.id.nullable, "subject": Schema.string.nullable,
        "address": Schema.string.nullable, "request_id": Schema.string.nullable,
        "details": .any, "hash": Schema.string.says("Binds the event to the one before."),
    ])

    private static let token = Schema.object([
        "id": .id, "name": .string, "user_id": .id,
        "scopes": .list(of: .choice(["read", "write", "trigger", "admin"])),
        "assets": Schema.list(of: .id).optional, "sensors": Schema.list(of: .id).optional,
        "created": .moment, "expires": Schema.moment.nullable,
        "revoked": Schema.moment.nullable, "last_used": Schema.moment.nullable,
    ])
}
