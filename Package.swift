// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "mtan",
    products: [
        .library(name: "Tensors", targets: ["Tensors"])
    ],
    targets: [
        .target(name: "Tensors"),
        .testTarget(name: "TensorsTests", dependencies: ["Tensors"]),
    ]
)
