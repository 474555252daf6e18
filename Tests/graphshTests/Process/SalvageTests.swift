import Foundation
import GraphCore
import Testing

@testable import graphsh

/// What is said of a database that is damaged or cannot be written, and what is saved of it.
@Suite struct SalvageTests {
  private static let program = """
    company("甲"). zone("乙"). at("甲", "乙").
    .decl r(a: number, b: symbol)
    r(1, "x").
    p(x) :- company(x), r(_, _).
    :- zone(x), company(x).

    """

  private func withDatabase(_ body: (_ folder: String, _ bytes: [UInt8]) throws -> Void) throws {
    try Executable.withFiles(["p.dl": Self.program]) { folder in
      #expect(try Executable.run(["import", "g.graph", "p.dl"], in: folder).status == 0)
      try body(folder, try Files.read("\(folder)/g.graph"))
    }
  }

  /// Where a text of the file begins, which is then changed in the file.
  private func damage(_ text: String, _ bytes: [UInt8], in folder: String) throws {
    let place = try #require(
      bytes.indices.first { bytes[$0...].starts(with: text.utf8) }, "\(text) is not there")
    var bytes = bytes
    bytes[place] ^= 1
    try Data(bytes).write(to: URL(fileURLWithPath: "\(folder)/g.graph"))
  }

  @Test func rulesAreSaved() throws {
    try withDatabase { folder, bytes in
      let whole = try Executable.run(["export", "g.graph", "--format", "dl"], in: folder)
      let salvage = ["export", "g.graph", "--salvage", "--format"]
      let saved = try Executable.run(salvage + ["dl"], in: folder)
      #expect(saved.output == whole.output && saved.errors == "" && saved.status == 0)
      #expect(saved.output.contains("p(x) :- company(x), r(_, _).\n"))
      #expect(saved.output.contains("r(1, \"x\").\n"))
      let lines = try Executable.run(salvage + ["jsonl"], in: folder)
      #expect(
        lines.errors
          == "warning: rules, constraints and declared relations left out: dl has a place for them\n"
      )
      // With the section of the rules gone, what is lost is named.
      try damage("p(x) :- ", bytes, in: folder)
      let rest = try Executable.run(salvage + ["dl"], in: folder)
      #expect(rest.status == 3)
      #expect(rest.output == "company(\"甲\").\nzone(\"乙\").\nat(\"甲\", \"乙\").\n")
      #expect(
        rest.errors == """
          graphsh: g.graph: the rules and constraints: its bytes have changed
          graphsh: g.graph: table r: its declaration is lost

          """)
    }
  }

  /// Salvage is advised where it finds something, and a copy where it does not.
  @Test func adviceForDamageHelps() throws {
    try withDatabase { folder, bytes in
      for count in [10, 64, 5000, bytes.count - 1] {
        try Data(bytes[..<count]).write(to: URL(fileURLWithPath: "\(folder)/g.graph"))
        for arguments in [
          ["g.graph", "-e", "?- zone(x)."], ["verify", "g.graph"],
          ["export", "g.graph", "--salvage", "--format", "dl"],
        ] {
          let result = try Executable.run(arguments, in: folder)
          #expect(result.status == 3 && result.output == "", "\(count) \(arguments)")
          #expect(!result.errors.contains("salvage"), "\(count) \(result.errors)")
          #expect(result.errors.contains("help: nothing of it can be read: put a copy"))
        }
      }
      try damage("p(x) :- ", bytes, in: folder)
      let opened = try Executable.run(["g.graph", "-e", "?- zone(x)."], in: folder)
      #expect(opened.errors.contains("graphsh export g.graph --salvage saves the rest"))
    }
  }

  @Test func readingIsAdvisedWhereItIsPossible() {
    let error = StoreError(.readOnly, "cannot be opened", path: "g.graph-lock")
    #expect(
      DatabaseCommands.help(for: error, canOnlyRead: true)
        == "--read-only reads it where nothing can be written")
    #expect(DatabaseCommands.help(for: error) == nil)
  }
}
