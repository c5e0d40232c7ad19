internal import HTTPTypes

/// All routes. A list is enough: there are a few dozen, and the first segments differ soon.
struct RouteTable: Sendable {
    enum Match {
        case route(Route, [Substring])
        /// HEAD on a GET route: as GET, without the body.
        case head(Route, [Substring])
        /// OPTIONS on a known path.
        case options(allowed: [String])
        case wrongMethod(allowed: [String])
        case unknownPath
    }

    let routes: [Route]

    func match(_ method: HTTPRequest.Method, _ path: Substring) -> Match {
        let segments = path.split(separator: "/", omittingEmptySubsequences: false)
        var allowed: [String] = []
        var head: Match?
        for route in routes {
            guard let parameters = route.match(segments) else { continue }
            if route.method == method { return .route(route, parameters) }
            allowed.append(route.method.rawValue)
            if route.method == .get {
                allowed.append("HEAD")
                if method == .head { head = .head(route, parameters) }
            }
        }
        guard !allowed.isEmpty else { return .unknownPath }
        allowed.append("OPTIONS")
        allowed.sort()
        if let head { return head }
        return method == .options ? .options(allowed: allowed) : .wrongMethod(allowed: allowed)
    }
}
