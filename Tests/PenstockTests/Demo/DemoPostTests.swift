import Foundation
import Testing

@testable import penstock

@Suite struct DemoPostTests {
    private static func series(_ values: [Double]) -> SampleData.Series {
        SampleData.Series(
            sensor: "outdoor temperature",
            horizonHours: 6,
            start: 1_451_606_400_000_000,
            step: 3_600_000_000,
            values: values
        )
    }

    /// Goal: no value is lost or moved by cutting. Method: a length that is no multiple.
    @Test func `a series is cut into requests`() {
        let values = (0..<20_000).map { Double($0) }
        let posts = DemoPost.posts(Self.series(values), sensor: 7, unit: "°C")
        #expect(posts.flatMap { Array($0.values) } == values)
        #expect(posts.allSatisfy { $0.values.count <= DemoPost.valueCountMax })
        for post in posts {
            let index = Int64(post.values[post.values.startIndex])
            #expect(post.start == 1_451_606_400_000_000 + index * 3_600_000_000)
        }
    }

    /// Goal: the request is the API's. Method: the text by hand.
    @Test func `a request's body`() throws {
        let posts = DemoPost.posts(Self.series([9.4, .nan, -0.5]), sensor: 7, unit: "°C")
        #expect(
            String(decoding: try posts[0].body(), as: UTF8.self) == """
                {"values":[9.4,null,-0.5],"start":"2016-01-01T00:00:00+00:00",\
                "duration":"PT10800S","unit":"°C","horizon":"PT6H"}
                """
        )
        #expect(posts[0].path == "/api/v3_0/sensors/7/data")
        #expect(posts[0].valueCount == 2)
    }

    /// Goal: a stored request is recognised by its last events, and nothing else is.
    @Test func `evidence of a stored request`() {
        let values = (0..<30).map { $0 == 28 ? .nan : Double($0) }
        let post = DemoPost.posts(Self.series(values), sensor: 7, unit: "°C")[0]
        #expect(
            post.evidencePath == """
                /api/v3_0/sensors/7/data?start=2016-01-01T06:00:00%2B00:00&duration=PT86400S\
                &unit=%C2%B0C&horizon=PT6H
                """
        )
        let stored = (6..<30).map { $0 == 28 ? "null" : "\($0).0" }
        func answer(_ values: [String]) -> [UInt8] {
            Array("{\"values\":[\(values.joined(separator: ","))]}".utf8)
        }
        #expect(post.isStored(accordingTo: answer(stored)))
        for index in stored.indices {
            var other = stored
            other[index] = stored[index] == "null" ? "1" : "null"
            #expect(!post.isStored(accordingTo: answer(other)), "\(index)")
        }
        #expect(!post.isStored(accordingTo: answer(Array(stored.dropLast()))))
        #expect(!post.isStored(accordingTo: Array("no JSON".utf8)))
    }
}
