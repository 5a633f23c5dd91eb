// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "mtan",
    products: [
        .executable(name: "mtan", targets: ["mtan"]),
        .library(name: "Tensors", targets: ["Tensors"]),
        .library(name: "Engine", targets: ["Engine"]),
        .library(name: "Checkpoints", targets: ["Checkpoints"]),
        .library(name: "Networks", targets: ["Networks"]),
        .library(name: "Images", targets: ["Images"]),
        .library(name: "Predictions", targets: ["Predictions"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0")
    ],
    targets: [
        .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
        .systemLibrary(name: "CLibPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
        .systemLibrary(name: "CLibJPEG", pkgConfig: "libjpeg", providers: [.apt(["libjpeg62-turbo-dev"])]),
        .target(name: "CKernels", dependencies: ["COpenBLAS"]),
        .target(name: "CImageCodecs", dependencies: ["CLibPNG", "CLibJPEG"]),
        .target(name: "Tensors"),
        .target(name: "Engine", dependencies: ["CKernels", "Tensors"]),
        .target(name: "Files"),
        .target(name: "Checkpoints", dependencies: ["Files", "Tensors"]),
        .target(name: "Images", dependencies: ["CImageCodecs", "Tensors"]),
        .target(name: "Networks", dependencies: ["Checkpoints", "Engine", "Tensors"]),
        .target(
            name: "Predictions",
            dependencies: ["Checkpoints", "Engine", "Files", "Images", "Networks", "Tensors"]),
        .executableTarget(
            name: "mtan",
            dependencies: [
                "Checkpoints", "Engine", "Files", "Images", "Networks", "Predictions",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),

        .target(name: "TestSupport", path: "Tests/TestSupport"),
        .testTarget(name: "TensorsTests", dependencies: ["Tensors"]),
        .testTarget(name: "FilesTests", dependencies: ["Files", "TestSupport"]),
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
            name: "mtanTests",
            dependencies: ["mtan", "Checkpoints", "Images", "Predictions", "Tensors", "TestSupport"]),
    ]
)
