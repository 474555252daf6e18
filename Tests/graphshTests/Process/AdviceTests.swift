import GraphCore
import Testing

@testable import graphsh

/// Who takes one word of the command line for another is told which it is.
@Suite struct AdviceTests {
  struct Mistake: Sendable, CustomTestStringConvertible {
    var command: String
    var status: Int32
    /// What standard error must hold.
    var said: [String]
    var unsaid = ""

    var testDescription: String { command }
  }

  static let mistakes = [
    Mistake(
      command: "graphsh --create supply.db", status: 2,
      said: ["\"supply.db\" is no name of a database", "ends in .graph"]),
    Mistake(command: "graphsh --create", status: 2, said: ["--create needs the name of"]),
    Mistake(
      command: "graphsh import new.graph a.graph", status: 2,
      said: ["a.graph is a database", "graphsh export a.graph --format dl"]),
    Mistake(
      command: "graphsh check a.graph", status: 3,
      said: ["it is a database", "graphsh verify a.graph"], unsaid: "E0"),
    Mistake(
      command: "graphsh p.dl export", status: 3,
      said: ["a command stands first: `graphsh export …`"], unsaid: "did you mean"),
    Mistake(command: "graphsh exprot", status: 3, said: ["did you mean the command `export`?"]),
    Mistake(
      command: "graphsh verify no.graph", status: 3, said: ["there is no such database"],
      unsaid: "--create"),
    Mistake(command: "graphsh no.graph", status: 3, said: ["graphsh --create no.graph"]),
    Mistake(
      command: "graphsh import new.graph wide.csv", status: 1,
      said: ["NUL", "iconv -f UTF-16 -t UTF-8"], unsaid: "GB18030"),
    Mistake(
      command: "graphsh p.dl -e '?- s(x, y).' > /dev/full", status: 3, said: ["<stdout>"],
      unsaid: "help"),
    Mistake(
      command: "graphsh p.dl --memory-limit 1 -e '?- s(x, y), s(z, w).'", status: 1,
      said: ["1 byte"], unsaid: "1 bytes"),
    Mistake(
      command: "graphsh --param 'x y=1' -e '?- x = 1.'", status: 2,
      said: ["\"x y\" is no name for --param"]),
    Mistake(command: "graphsh --param 区=1 -e '?- x = $区.'", status: 0, said: []),
  ]

  /// Advice is something that the command takes.
  @Test func adviceOnWhatCanOnlyBeRead() {
    let error = StoreError(.onlyReadable, "uses features", path: "x.graph")
    #expect(
      DatabaseCommands.help(for: error, canOnlyRead: true)
        == "--read-only opens it; a newer graphsh writes to it")
    #expect(
      DatabaseCommands.help(for: error)
        == "graphsh export x.graph --format dl -o NEW.dl reads it; a newer graphsh writes to it")
  }

  @Test(arguments: mistakes) func wordsOfTheCommandLine(_ mistake: Mistake) throws {
    guard !mistake.command.contains("/dev/full") || Files.exists("/dev/full") else { return }
    try Executable.withFiles(["p.dl": "s(\"a\", \"b\")."]) { folder in
      let wide = "from,to\na,b\n".utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
      try Files.write([0xFF, 0xFE] + wide, to: "\(folder)/wide.csv")
      let result = try Executable.shell(
        "graphsh import a.graph p.dl; \(mistake.command)", in: folder)
      #expect(result.status == mistake.status, "\(result.errors)")
      for text in mistake.said { #expect(result.errors.contains(text), "\(result.errors)") }
      if !mistake.unsaid.isEmpty {
        #expect(!result.errors.contains(mistake.unsaid), "\(result.errors)")
      }
    }
  }
}
