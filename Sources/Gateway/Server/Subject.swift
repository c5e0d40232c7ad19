internal import Auth
internal import Catalog
internal import Model

/// What a route is about: an object that the first variable of its path names by number, or a part
/// of one for which the policy has rules of its own.
enum Subject: Sendable, Hashable, CaseIterable {
    case sensor
    case beliefs
    case sensorAnnotation
    /// Schedules of a sensor.
    case schedule
    case forecast
    case sensorJob

    case asset
    /// What is part of an asset and read with it.
    case assetSensors
    case assetAnnotation
    case assetAuditLog
    case assetJob
    /// Schedules of an asset.
    case assetSchedule

    case account
    case accountAnnotation
    case accountAuditLog

    case user
    case userAuditLog
    /// Named API tokens.
    case userToken

    /// The kinds of objects that have numbers.
    enum Family: Sendable { case sensor, asset, account, user }

    var family: Family {
        switch self {
        case .sensor, .beliefs, .sensorAnnotation, .schedule, .forecast, .sensorJob: .sensor
        case .asset, .assetSensors, .assetAnnotation, .assetAuditLog, .assetJob, .assetSchedule:
            .asset
        case .account, .accountAnnotation, .accountAuditLog: .account
        case .user, .userAuditLog, .userToken: .user
        }
    }

    /// As the policy calls it.
    var kind: Facts.Kind {
        switch self {
        case .sensor: .sensor
        case .beliefs: .beliefs
        case .sensorAnnotation, .assetAnnotation: .annotation
        case .schedule, .assetSchedule: .schedule
        case .forecast: .forecast
        case .sensorJob, .assetJob: .job
        case .asset, .assetSensors: .asset
        case .assetAuditLog: .assetAuditLog
        case .account: .account
        case .accountAnnotation: .accountAnnotation
        case .accountAuditLog: .accountAuditLog
        case .user: .user
        case .userAuditLog: .userAuditLog
        case .userToken: .apiToken
        }
    }

    /// What those hear for whom there is no object of this number and who may know that.
    func missing(_ number: some StringProtocol) -> any Error {
        let number = number.prefix(40)
        switch self {
        case .beliefs: return Refusal.notFound("Sensor \(number) not found")
        case .asset: return Refusal.notFound("No asset found with ID \(number).")
        case .account: return Refusal.notFound("Account \(number) not found")
        case .user: return Refusal.notFound("User \(number) not found")
        default:
            let noun =
                switch family {
                case .sensor: "sensor"
                case .asset: "asset"
                case .account: "account"
                case .user: "user"
                }
            return RequestRefusal.unprocessable(
                FieldErrors(
                    location: "path",
                    field: "id",
                    "No \(noun) found with ID \(number)."
                )
            )
        }
    }
}

/// The object that a request is about, once its caller was let in.
enum RequestObject: Sendable {
    case sensor(Sensor)
    case asset(Asset)
    case account(Account)
    case user(User)
}
