// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "mtan",
    products: [
        .library(name: "Tensors", targets: ["Tensors"]),
        .library(name: "Images", targets: ["Images"]),
    ],
    targets: [
        .target(name: "Tensors"),
        .testTarget(name: "TensorsTests", dependencies: ["Tensors"]),

        .systemLibrary(name: "CLibPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
        .systemLibrary(name: "CLibJPEG", pkgConfig: "libjpeg", providers: [.apt(["libjpeg62-turbo-dev"])]),
        .target(name: "CImageCodecs", dependencies: ["CLibPNG", "CLibJPEG"]),
        .target(name: "Images", dependencies: ["CImageCodecs", "Tensors"]),
        .testTarget(name: "ImagesTests", dependencies: ["CImageCodecs", "Images", "Tensors", "TestSupport"]),

        .target(name: "TestSupport", path: "Tests/TestSupport"),
    ]
)
