import Foundation
import GraphCore
import Testing

/// The scripts of `Examples` run, and what they expect holds.
@Suite struct ExampleTests {
  static let folder = "\(Executable.packageFolder)/Examples"

  static let names: [String] = {
    let names = (try? Files.list(folder)) ?? []
    return names.filter { $0.hasSuffix(".dl") }
  }()

  @Test func thereAreFive() { #expect(Self.names.count == 5) }

  @Test(arguments: names) func runs(_ name: String) throws {
    try Executable.withFolder { folder in
      let seeds = "\(Executable.packageFolder)/seeds"
      let result = try Executable.run([seeds, "-f", "\(Self.folder)/\(name)"], in: folder)
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.errors.isEmpty)
      let text = String(decoding: try Files.read("\(Self.folder)/\(name)"), as: UTF8.self)
      #expect(text.contains(".expect"), "an example checks itself")
      for picture in ["investment", "communities"] where name == "\(picture).dl" {
        let dot = String(decoding: try Files.read("\(folder)/\(picture).dot"), as: UTF8.self)
        #expect(dot.hasPrefix("digraph G {"))
        #expect(dot.contains("legend"))
      }
    }
  }

  @Test func aNightThatGoesWrongIsReported() throws {
    try Executable.withFiles(["wrong.dl": "company(\"运城经济技术开发区\").\n"]) { folder in
      let result = try Executable.run(
        [
          "\(Executable.packageFolder)/seeds", "\(folder)/wrong.dl", "--continue", "-f",
          "\(Self.folder)/nightly.dl",
        ])
      #expect(result.status == 1)
      #expect(result.errors.contains("expectation failed at"))
      #expect(result.errors.contains("found 1 row:\n    \"运城经济技术开发区\""))
      // The rule that forbids it is refused too, because the graph offends it already.
      #expect(result.errors.contains("E0503"))
    }
  }
}
