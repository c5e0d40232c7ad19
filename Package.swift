// swift-tools-version: 6.2
import PackageDescription

// The targets are the architecture (ARCHITECTURE.md): a target may import what it lists, nothing else.

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),  // SE-0335
    .enableUpcomingFeature("InternalImportsByDefault"),  // SE-0409
    .enableUpcomingFeature("MemberImportVisibility"),  // SE-0444
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),  // SE-0461
    .treatAllWarnings(as: .error),  // SE-0480
]
let library = strict + [.strictMemorySafety()]  // SE-0458

/// What tests of a module use besides it.
func testTools(besides name: String) -> [Target.Dependency] {
    var tools = ["Model", "Postgres", "Redis", "TestSupport"]
    if name == "Gateway" { tools += ["TSEngine", "Catalog", "Auth"] }
    return tools.filter { $0 != name }.map { .init(stringLiteral: $0) }
}

/// Files that tests read from their own directory.
let fixtures = [
    "Model": ["Fixtures"], "TSEngine": ["Codec/Golden", "Read/Fixtures"], "Auth": ["Fixtures"],
]

/// Benchmarks stay in this manifest, because `package` declarations cannot be seen from another one.
let benchmarking = Context.environment["BENCH"] != nil
/// A gateway whose gate lets everyone through, to measure what the gate costs. `make bench-guard`
/// builds it aside.
let unguarded = Context.environment["UNGUARDED"] != nil

let log = Target.Dependency.product(name: "Logging", package: "swift-log")
let lifecycle = Target.Dependency.product(
    name: "ServiceLifecycle",
    package: "swift-service-lifecycle"
)
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "penstock",
    products: [.executable(name: "penstock", targets: ["penstock"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.0.0"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.0"),
        .package(url: "https://github.com/apple/swift-crypto", "3.0.0"..<"6.0.0"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // C libraries: a module map and a shim each. Exactly one Swift target imports each.
        .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CHiredis", providers: [.apt(["libhiredis-dev"])]),
        .systemLibrary(name: "CMalloc"),
        .systemLibrary(name: "CLZ4", providers: [.apt(["liblz4-dev"])]),
        .systemLibrary(name: "CZLib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "COpenSSL", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CCrypt", providers: [.apt(["libcrypt-dev"])]),
        .systemLibrary(name: "CArgon2", providers: [.apt(["libargon2-dev"])]),
        .systemLibrary(name: "CCurl", providers: [.apt(["libcurl4-openssl-dev"])]),

        // Ours, bottom to top.
        .target(name: "Model", swiftSettings: library),
        .target(name: "Postgres", dependencies: ["CLibPQ", log], swiftSettings: library),
        .target(name: "Redis", dependencies: ["CHiredis"], swiftSettings: library),
        .target(
            name: "TSEngine",
            dependencies: ["Model", "Postgres", "CLZ4", log],
            swiftSettings: library
        ),
        .target(name: "Catalog", dependencies: ["Model", "Postgres", log], swiftSettings: library),
        .target(
            name: "Auth",
            dependencies: ["Model", "Postgres", "COpenSSL", "CCrypt", "CArgon2", "CCurl", log],
            swiftSettings: library
        ),
        .target(
            name: "Gateway",
            dependencies: [
                "Model", "TSEngine", "Catalog", "Auth", "Redis", "CZLib", hummingbird, log,
                lifecycle,
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Mustache", package: "swift-mustache"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "SwiftASN1", package: "swift-asn1"),
                .product(name: "X509", package: "swift-certificates"),
            ],
            resources: [.embedInCode("Pages/Templates"), .embedInCode("Pages/Static")],
            swiftSettings: library + (unguarded ? [.define("UNGUARDED")] : [])
        ),
        .target(
            name: "Embedded",
            dependencies: ["Postgres", "Redis", log],
            swiftSettings: library
        ),
        .executableTarget(
            name: "penstock",
            dependencies: [
                "Model", "Postgres", "Redis", "TSEngine", "Catalog", "Auth", "Gateway", "Embedded",
                "CMalloc", arguments, log, lifecycle,
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            resources: [.copy("SampleData")],
            swiftSettings: strict
        ),

        // Tests mirror Sources. TestSupport is a library, so that every suite can use its tools.
        .target(
            name: "TestSupport",
            dependencies: ["Redis"],
            path: "Tests/TestSupport",
            swiftSettings: strict
        ),
    ]
        + ["Model", "Postgres", "Redis", "TSEngine", "Catalog", "Auth", "Gateway", "Embedded"].map {
            name in
            .testTarget(
                name: "\(name)Tests",
                dependencies: testTools(besides: name) + [.init(stringLiteral: name), log],
                exclude: fixtures[name] ?? [],
                swiftSettings: strict
            )
        }
        + [
            .testTarget(
                name: "PenstockTests",
                dependencies: [
                    "Model", "Postgres", "Redis", "TSEngine", "Catalog", "Auth", "Gateway",
                    "TestSupport",
                    "penstock",
                    log,
                    .product(name: "NIOCore", package: "swift-nio"),
                    .product(name: "NIOHTTP1", package: "swift-nio"),
                    .product(name: "NIOPosix", package: "swift-nio"),
                ],
                swiftSettings: strict
            ),
            .testTarget(
                name: "IntegrationTests",
                dependencies: ["TestSupport", "penstock"],
                exclude: ["Corpus/Fixtures"],
                swiftSettings: strict
            ),
        ]
)

if benchmarking {
    package.targets += [
        .executableTarget(
            name: "AuthBenchmarks",
            dependencies: ["Auth", "Model", "Postgres", "TestSupport"],
            path: "Benchmarks/AuthBenchmarks",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "CodecBenchmarks",
            dependencies: ["TSEngine"],
            path: "Benchmarks/CodecBenchmarks",
            exclude: ["pcodec_compare.py"],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "HTTPBenchmarks",
            path: "Benchmarks/HTTPBenchmarks",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "PeerBenchmarks",
            path: "Benchmarks/PeerBenchmarks",
            exclude: ["flexmeasures_seed.py"],
            swiftSettings: strict
        ),
    ]
}
