/// The files beside this one, which the build embeds.
enum PageFiles {
    /// Sources of templates by name.
    static let templates: [String: String] = [
        "layout": PackageResources.layout_mustache,
        "login": PackageResources.login_mustache,
        "code": PackageResources.code_mustache,
        "forgotten": PackageResources.forgotten_mustache,
        "reset": PackageResources.reset_mustache,
        "account": PackageResources.account_mustache,
        "change": PackageResources.change_mustache,
        "factors": PackageResources.factors_mustache,
        "app": PackageResources.app_mustache,
        "recovery": PackageResources.recovery_mustache,
        "tokens": PackageResources.tokens_mustache,
        "token": PackageResources.token_mustache,
        "problem": PackageResources.problem_mustache,
        "docs": PackageResources.docs_mustache,
    ].mapValues { String(decoding: $0, as: UTF8.self) }

    static let stylesheet = PackageResources.penstock_css
    static let icon = PackageResources.favicon_svg
}
