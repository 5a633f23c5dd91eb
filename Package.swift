// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "mtan",
    products: [
        .library(name: "Tensors", targets: ["Tensors"]),
        .library(name: "Engine", targets: ["Engine"]),
        .library(name: "Checkpoints", targets: ["Checkpoints"]),
        .library(name: "Networks", targets: ["Networks"]),
        .library(name: "Images", targets: ["Images"]),
        .library(name: "Predictions", targets: ["Predictions"]),
        .library(name: "Evaluation", targets: ["Evaluation"]),
    ],
    targets: [
        .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
        .systemLibrary(name: "CLibDeflate", pkgConfig: "libdeflate", providers: [.apt(["libdeflate-dev"])]),
        .systemLibrary(name: "CLibPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
        .systemLibrary(name: "CLibJPEG", pkgConfig: "libjpeg", providers: [.apt(["libjpeg62-turbo-dev"])]),
        .systemLibrary(name: "CLibTIFF", pkgConfig: "libtiff-4", providers: [.apt(["libtiff-dev"])]),
        .systemLibrary(name: "CLibWebP", pkgConfig: "libwebp", providers: [.apt(["libwebp-dev"])]),
        .target(name: "CKernels", dependencies: ["COpenBLAS"]),
        .target(name: "CImageCodecs", dependencies: ["CLibDeflate", "CLibJPEG", "CLibPNG", "CLibTIFF"]),
        .target(name: "Tensors"),
        .target(name: "Engine", dependencies: ["CKernels", "Tensors"]),
        .target(name: "Files", dependencies: ["CLibDeflate"]),
        .target(name: "StandardStreams", dependencies: ["Files"]),
        .target(name: "Checkpoints", dependencies: ["Files", "Tensors"]),
        .target(name: "Images", dependencies: ["CImageCodecs", "CLibDeflate", "CLibWebP", "Tensors"]),
        .target(name: "Networks", dependencies: ["Checkpoints", "Engine", "Files", "Tensors"]),
        .target(
            name: "Predictions",
            dependencies: ["Checkpoints", "Engine", "Files", "Images", "Networks", "Tensors"]),
        .target(
            name: "Evaluation",
            dependencies: [
                "CLibDeflate", "Checkpoints", "Files", "Images", "Networks", "Predictions", "Tensors",
            ]),

        .target(name: "TestSupport", path: "Tests/TestSupport"),
        .testTarget(name: "TensorsTests", dependencies: ["Tensors"]),
        .testTarget(name: "FilesTests", dependencies: ["Files", "TestSupport"]),
        .testTarget(name: "StandardStreamsTests", dependencies: ["StandardStreams", "TestSupport"]),
        .testTarget(name: "CKernelsTests", dependencies: ["CKernels", "TestSupport"]),
        .testTarget(name: "EngineTests", dependencies: ["Engine", "Tensors", "TestSupport"]),
        .testTarget(name: "CheckpointsTests", dependencies: ["Checkpoints", "Tensors", "TestSupport"]),
        .testTarget(name: "ImagesTests", dependencies: ["CImageCodecs", "Images", "Tensors", "TestSupport"]),
        .testTarget(
            name: "NetworksTests",
            dependencies: ["Checkpoints", "Engine", "Networks", "Tensors", "TestSupport"]),
        .testTarget(
            name: "PredictionsTests",
            dependencies: ["Engine", "Images", "Predictions", "Tensors", "TestSupport"]),
        .testTarget(
            name: "EvaluationTests",
            dependencies: [
                "Checkpoints", "Engine", "Evaluation", "Images", "Networks", "Predictions", "Tensors",
                "TestSupport",
            ]),
    ]
)

// MTAN_WITHOUT_SERVER leaves out the program and what only it needs: the libraries and their tests build in a
// fraction of the time, under a sanitizer for example.
if Context.environment["MTAN_WITHOUT_SERVER"] == nil {
    package.products += [
        .executable(name: "mtan", targets: ["mtan"]),
        .library(name: "Server", targets: ["Server"]),
    ]
    package.dependencies += [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(
            url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0",
            traits: ["FullFoundation"]),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0", traits: []),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ]
    package.targets += [
        .target(
            name: "Server",
            dependencies: [
                "Engine", "Files", "Images", "Predictions", "StandardStreams", "Tensors",
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HummingbirdHTTP2", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "NIOTLS", package: "swift-nio"),
                .product(name: "NIOFoundationCompat", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ],
            resources: [
                .embedInCode("Resources/app.css"), .embedInCode("Resources/app.js"),
                .embedInCode("Resources/index.html"), .embedInCode("Resources/openapi.json"),
            ]),
        .executableTarget(
            name: "mtan",
            dependencies: [
                "Checkpoints", "Engine", "Evaluation", "Files", "Images", "Networks", "Predictions", "Server",
                "StandardStreams",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        .testTarget(
            name: "ServerTests",
            dependencies: [
                "Engine", "Files", "Images", "Predictions", "Server", "Tensors", "TestSupport",
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdTesting", package: "hummingbird"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
            ]),
        .testTarget(
            name: "mtanTests",
            dependencies: ["mtan", "Checkpoints", "Images", "Predictions", "Tensors", "TestSupport"]),
    ]
}
