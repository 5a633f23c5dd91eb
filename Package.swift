// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "mtan",
    products: [
        .library(name: "Tensors", targets: ["Tensors"]),
        .library(name: "Engine", targets: ["Engine"]),
    ],
    targets: [
        .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
        .target(name: "CKernels", dependencies: ["COpenBLAS"]),
        .target(name: "Tensors"),
        .target(name: "Engine", dependencies: ["CKernels", "Tensors"]),

        .target(name: "TestSupport", path: "Tests/TestSupport"),
        .testTarget(name: "TensorsTests", dependencies: ["Tensors"]),
        .testTarget(name: "CKernelsTests", dependencies: ["CKernels", "TestSupport"]),
        .testTarget(name: "EngineTests", dependencies: ["Engine", "Tensors", "TestSupport"]),
    ]
)
