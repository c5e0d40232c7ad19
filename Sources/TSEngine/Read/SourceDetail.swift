/// How much of what each source believes is wanted.
package struct SourceDetail: Sendable {
    /// The latest belief about each event; else also those that it superseded.
    package var isLatestOnly = true
    /// Of a belief with several quantiles the median alone.
    package var isMedianOnly = false
    /// Of the versions of one algorithm that believed something at the same moment the highest
    /// alone.
    package var isHighestVersionOnly = true

    package init() {}
}
