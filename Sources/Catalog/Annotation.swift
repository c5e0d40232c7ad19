package import Model

/// Key of `annotation.id`.
package struct AnnotationID: EntityID {
    package let rawValue: Int64
    package init(_ rawValue: Int64) { self.rawValue = rawValue }
}

/// A note about a span of time.
package struct Annotation: Sendable, Hashable, Identifiable {
    package let id: AnnotationID
    package let content: String
    package let start: Timestamp
    package let end: Timestamp
    /// When it was made; nil if nobody said.
    package let beliefTime: Timestamp?
    package let source: SourceID
    /// Such as `holiday`.
    package let type: String
}

/// An annotation that is to be made.
package struct NewAnnotation: Sendable {
    /// At most 1,024 characters.
    package var content: String
    package var start: Timestamp
    /// After `start`.
    package var end: Timestamp
    package var beliefTime: Timestamp?
    package var source: SourceID
    package var type: String

    package init(
        content: String,
        start: Timestamp,
        end: Timestamp,
        beliefTime: Timestamp? = nil,
        source: SourceID,
        type: String
    ) {
        (self.content, self.start, self.end) = (content, start, end)
        (self.beliefTime, self.source, self.type) = (beliefTime, source, type)
    }
}

/// What an annotation is tied to.
package enum AnnotationTarget: Sendable, Hashable {
    case sensor(SensorID)
    case asset(AssetID)
    case account(AccountID)
}
