internal import HTTPTypes
internal import Hummingbird

/// Refusals as people read them.
enum ErrorPage {
    private struct Content {
        let status: Int
        let text: String
    }

    /// The refusal as a page, if a person has asked for one with a browser. Programs get JSON, and so
    /// does whoever asks the API.
    static func dressed(_ answer: Answer, _ request: Request) -> Answer {
        guard answer.status >= 400, !request.uri.path.hasPrefix("/api"),
            request.headers[.accept]?.contains("text/html") == true
        else { return answer }
        let (title, text) = words(answer.status)
        let page = Page(
            template: "problem",
            title: title,
            content: Content(status: answer.status, text: text)
        )
        return page.answer(answer.status, cookies: answer.fields)
    }

    private static func words(_ status: Int) -> (title: String, text: String) {
        switch status {
        case 403:
            (
                "Not allowed",
                "You may not do this, or the page was open for so long that it no longer counts. Go back, load the page again, and repeat it."
            )
        case 404: ("Not found", "There is no such page. It may have been moved, or mistyped.")
        case 405: ("Not possible", "This page cannot be asked for in this way.")
        case 413: ("Too large", "What was sent is larger than this page takes.")
        case 429: ("Please wait", "There were too many tries. Wait a while, and try again.")
        case 503:
            (
                "One moment",
                "The server cannot answer now. Load the page again in a few seconds; nothing is lost."
            )
        case 500...:
            ("Something went wrong", "The server has made a mistake, and has written it down.")
        default: ("Not understood", "The server could not make sense of what was sent.")
        }
    }
}
