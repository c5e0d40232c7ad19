/// The descriptions of all routes but those of pages.
enum RouteDescriptions {
    static let all: [RouteDescription] =
        [
            SensorDataOperations.all, SensorOperations.all, AssetOperations.all,
            AccountOperations.all, UserOperations.all, AnnotationOperations.all,
            HistoryOperations.all, ChartOperations.all, QueryOperations.all, TokenOperations.all,
            LineOperations.all, ServiceOperations.all,
        ].flatMap { $0 }
}
