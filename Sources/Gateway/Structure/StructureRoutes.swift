internal import Auth
internal import Catalog
internal import Hummingbird
internal import Logging
internal import Model
internal import TSEngine

/// All routes about what there is and who may do what, and what they share.
struct StructureRoutes: Sendable {
    private let structure: Structure
    private let removal: BeliefRemoval
    private let taskCheckToken: String?

    /// `mailReset`: has a link for a new password mailed; nil if the server sends no mail.
    /// `mailAddressChanged`: tells a former address that there is another one now.
    init(
        gate: Gate,
        engine: Engine,
        configuration: GatewayConfiguration,
        logger: Logger,
        mailReset: (@Sendable (String, AuditOrigin) -> Bool)?,
        mailAddressChanged: (@Sendable (String) -> Void)? = nil
    ) {
        structure = Structure(
            gate: gate,
            catalog: gate.catalog,
            authenticator: gate.authenticator,
            engine: engine,
            clock: SystemWallClock(),
            bodyByteCountMax: configuration.bodyByteCountMax,
            mailReset: mailReset,
            mailAddressChanged: mailAddressChanged
        )
        removal = BeliefRemoval(engine: engine, catalog: gate.catalog, logger: logger)
        taskCheckToken = configuration.taskCheckToken
    }

    var routes: [Route] {
        // Fixed words come before numbers in the same place.
        AssetListing(structure: structure).routes
            + AssetRoutes(structure: structure, removal: removal).routes
            + AssetCopyRoutes(structure: structure).routes
            + SensorRoutes(structure: structure, removal: removal).routes
            + AccountRoutes(structure: structure).routes
            + UserRoutes(structure: structure).routes
            + SourceRoutes(structure: structure).routes
            + AnnotationRoutes(structure: structure).routes
            + AuditLogRoutes(structure: structure).routes
            + ChartRoutes(structure: structure).routes
            + KPIRoutes(structure: structure).routes
            + PreferenceRoutes(structure: structure).routes
            + TaskRunRoutes(token: taskCheckToken).routes
    }

    /// To be done once, when the engine is open.
    func prepare() async { await removal.removeLeftovers() }
}
