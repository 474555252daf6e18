// swift-tools-version: 6.2
import PackageDescription

/// Every target is compiled in Swift 6 mode with strict memory safety, so that each use of an unsafe
/// construct is visible in the source.
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .strictMemorySafety(),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

let package = Package(
  name: "graphsh",
  products: [
    .library(name: "GraphCore", targets: ["GraphCore"]),
    .library(name: "GraphQuery", targets: ["GraphQuery"]),
    .executable(name: "graphsh", targets: ["graphsh"]),
  ],
  targets: [
    .target(name: "GraphCore", swiftSettings: strict),
    .target(name: "GraphQuery", dependencies: ["GraphCore"], swiftSettings: strict),
    .executableTarget(
      name: "graphsh", dependencies: ["GraphCore", "GraphQuery"], swiftSettings: strict),
    .target(
      name: "TestSupport", dependencies: ["GraphCore", "GraphQuery"], path: "Tests/TestSupport",
      swiftSettings: strict),
    .executableTarget(
      name: "CrashChild", dependencies: ["GraphCore"], path: "Tests/CrashChild",
      swiftSettings: strict),
    .testTarget(
      name: "CrashTests", dependencies: ["GraphCore", "TestSupport", "CrashChild"],
      swiftSettings: strict),
    .testTarget(
      name: "GraphCoreTests", dependencies: ["GraphCore", "TestSupport"], swiftSettings: strict),
    .testTarget(
      name: "GraphQueryTests", dependencies: ["GraphCore", "GraphQuery", "TestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "graphshTests", dependencies: ["graphsh", "GraphCore", "GraphQuery", "TestSupport"],
      exclude: ["Sessions"], swiftSettings: strict),
  ]
)
