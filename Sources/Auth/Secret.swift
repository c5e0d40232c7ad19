/// A value that must not be printed: descriptions, dumps and mirrors show a placeholder.
package struct Secret<Value: Sendable>: Sendable, CustomStringConvertible,
    CustomDebugStringConvertible, CustomReflectable
{
    /// The value itself; whoever reads it takes care where it goes.
    package let exposed: Value

    package init(_ value: Value) { exposed = value }

    package var description: String { "(secret)" }
    package var debugDescription: String { "(secret)" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

extension Secret: Equatable where Value: Equatable {}
