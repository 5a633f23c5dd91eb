// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "mtan",
    products: [
        .library(name: "Tensors", targets: ["Tensors"]),
        .library(name: "Engine", targets: ["Engine"]),
        .library(name: "Checkpoints", targets: ["Checkpoints"]),
        .library(name: "Networks", targets: ["Networks"]),
    ],
    targets: [
        .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
        .target(name: "CKernels", dependencies: ["COpenBLAS"]),
        .target(name: "Tensors"),
        .target(name: "Engine", dependencies: ["CKernels", "Tensors"]),
        .target(name: "Checkpoints", dependencies: ["Tensors"]),
        .target(name: "Networks", dependencies: ["Checkpoints", "Engine", "Tensors"]),

        .target(name: "TestSupport", path: "Tests/TestSupport"),
        .testTarget(name: "TensorsTests", dependencies: ["Tensors"]),
        .testTarget(name: "CKernelsTests", dependencies: ["CKernels", "TestSupport"]),
        .testTarget(name: "EngineTests", dependencies: ["Engine", "Tensors", "TestSupport"]),
        .testTarget(name: "CheckpointsTests", dependencies: ["Checkpoints", "Tensors", "TestSupport"]),
        .testTarget(
            name: "NetworksTests", dependencies: ["Checkpoints", "Engine", "Networks", "TestSupport"]),
    ]
)
