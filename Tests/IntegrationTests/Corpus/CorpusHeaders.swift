import TestSupport

/// The header fields by which clients tell what they speak to, on every answer of the API.
///
/// The rules were checked against the recorded fields of all rows. FlexMeasures dresses refusals as
/// pages where a request says nothing about JSON; Penstock's API never does.
enum CorpusHeaders {
    static func faults(_ row: CorpusRow, _ answer: BlockingHTTPClient.Answer) -> [String] {
        guard row.path.hasPrefix("/api") else { return [] }
        func fault(_ name: String, _ expected: [String]) -> String? {
            let found = answer.fields(name)
            return found == expected ? nil : "\(row.name): \(name) is \(found), not \(expected)"
        }
        let isChart = row.path.contains("/chart") && answer.status == 200
        let isPage = row.path.hasPrefix("/api/v3_0/docs")
        let isHTML = isChart || isPage || row.method == "OPTIONS" && answer.status == 200
        return [
            fault("flexmeasures-version", row.path.hasPrefix("/api/") ? ["1.0.1"] : []),
            fault("api-version", row.path.hasPrefix("/api/v3_0") ? ["v3_0"] : []),
            // Where a redirect leads says its body, to whoever reads it.
            300..<400 ~= answer.status
                ? nil
                : fault(
                    "content-type",
                    [isHTML ? "text/html; charset=utf-8" : "application/json"]
                ),
            row.path == "/api" ? fault("location", ["/api/"]) : nil,
        ].compactMap { $0 }
    }
}
