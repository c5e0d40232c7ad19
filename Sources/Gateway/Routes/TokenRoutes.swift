internal import Auth
internal import Hummingbird
internal import Model

/// `POST /api/requestAuthToken`: a token for an e-mail address, its password and, where the user has
/// a second factor, a code.
struct TokenRoutes: Sendable {
    let entry: PasswordEntry
    let bodyByteCountMax: Int

    var routes: [Route] {
        [Route(.post, "/api/requestAuthToken", .everyone, issue)]
    }

    /// The password counts alone: whatever token comes along is not looked at.
    private func issue(_ call: Call) async throws -> Answer {
        let body = try await call.body(byteCountMax: Double(bodyByteCountMax))
        let wanted = try TokenRequest(body: body)
        let issued: IssuedToken
        do {
            issued = try await entry.enter(
                email: wanted.email,
                password: wanted.password,
                code: wanted.code,
                call
            )
        } catch let refusal as FactorRefusal {
            return refusal.answer
        }
        return Answer(
            200,
            [
                "auth_token": .string(issued.token.exposed), "status": 200,
                "user_id": .integer(issued.user.rawValue),
            ]
        )
    }
}
