extension JSONScanner {
    /// Reads over a value without keeping it, with the same checks but for repeated names.
    mutating func skipValue(_ bytes: Span<UInt8>, depth: Int) throws(JSONError) {
        try checkDepth(depth, bytes)
        switch peek(bytes) {
        case UInt8(ascii: "{"):
            try members(bytes) { (scanner, _) throws(JSONError) in
                try scanner.skipValue(bytes, depth: depth + 1)
            }
        case UInt8(ascii: "["):
            index += 1
            skipSpace(bytes)
            guard peek(bytes) != UInt8(ascii: "]") else {
                index += 1
                return
            }
            repeat {
                try skipValue(bytes, depth: depth + 1)
                skipSpace(bytes)
            } while take(",", bytes)
            guard peek(bytes) == UInt8(ascii: "]") else { throw .malformed }
            index += 1
        default:
            _ = try value(bytes, depth: depth)
        }
    }
}
