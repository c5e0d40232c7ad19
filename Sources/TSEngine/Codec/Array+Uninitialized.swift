extension Array where Element: BitwiseCopyable {
    /// Appends `count` elements that `fill` writes, without zeroing them first.
    ///
    /// `fill` must write every element: the memory holds what was there before. If it throws,
    /// nothing is appended.
    @inline(__always)
    mutating func appendUninitialized<Failure: Error>(
        _ count: Int,
        _ fill: (inout MutableSpan<Element>) throws(Failure) -> Void
    ) throws(Failure) {
        try append(addingCapacity: count) { (output: inout OutputSpan<Element>) throws(Failure) in
            try unsafe output.withUnsafeMutableBufferPointer {
                (buffer, initializedCount) throws(Failure) in
                // Assigning to uninitialized memory is defined for a bitwise-copyable type, and the
                // output span has room for `count`.
                var span = unsafe MutableSpan(
                    _unsafeElements: UnsafeMutableBufferPointer(rebasing: buffer[0..<count])
                )
                try fill(&span)
                initializedCount = count
            }
        }
    }
}
