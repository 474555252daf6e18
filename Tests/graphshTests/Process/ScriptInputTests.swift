import Foundation
import GraphCore
import TestSupport
import Testing

@testable import graphsh

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Scripts that come piece by piece are what they are as a whole.
@Suite struct ScriptInputTests {
  /// What a session begins with stays; what it loads later, `.undo` takes back, the first as well.
  @Test func aLoadIsUndone() throws {
    let files = [
      "more.dl":
        ".node zone(area: number) at(\"甲\", \"东区\"). alias(\"乙\", \"甲\"). r(x) :- at(x, _).\n"
    ]
    let script = """
      .load more.dl
      ?- r(x).
      .undo
      ?- node(x).
      .schema
      .begin
      .load more.dl
      .undo
      .load more.dl
      .commit
      .undo
      ?- node(x).

      """
    try Executable.withFiles(files) { folder in
      let result = try Executable.run(
        ["--format", "csv"], input: Array(script.utf8), in: folder)
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.output == "x\n甲\nx\nx\n")
      let first = try Executable.run(["more.dl", "-e", ".undo"], in: folder)
      #expect(first.status == 1 && first.errors.contains("there is nothing to undo"))
    }
  }

  private static let script = """
    company("甲"). company("乙").
    // a comment. with a stop.
    ?- company(x),
       x = "甲".
    .mode csv
    /* a comment
       of lines. */
    reach(x, y) :- supplies(x, y).

    // still of the rule above
    reach(x, y) :- reach(x, z), supplies(z, y).
    .plan 0:(2, 1),
      1:(1, 2)
    near(x) :- reach(x, _). far(x) :-
      company(x), !near(x).
    .comp Graph
    { .decl e(x: number)
      e(1). }
    .init g = Graph
    .decl r(a: number,
      b: symbol)
    r(1, "x"). r(
      2, "y").
    ?- company("甲).
    ?- zone(x). ?- zone(y).
    。path 甲 乙
    last(x) :- company(x).
    """

  /// What comes out, each item with its line.
  private func items(_ pieces: [[UInt8]], ready: Bool = false) throws -> [String] {
    var rest = pieces[...]
    var input = ScriptInput(
      read: { () throws(FileError) in rest.popFirst() ?? [] },
      isReady: { ready && !rest.isEmpty })
    var items: [String] = []
    while var scanner = try input.scanner() {
      while let item = scanner.next() { items.append(Self.text(of: item)) }
      input.advance(to: scanner.offset)
    }
    return items
  }

  private static func text(of item: ScriptScanner.Item) -> String {
    switch item {
    case .command(let line, let text): "\(text.location(at: 0).line): \(line)"
    case .statement(let text): "\(text.location(at: 0).line): \(text.text(0..<text.bytes.count))"
    }
  }

  private func whole(_ script: String) -> [String] {
    var scanner = ScriptScanner(SourceText(name: "<stdin>", text: script))
    var items: [String] = []
    while let item = scanner.next() { items.append(Self.text(of: item)) }
    return items
  }

  @Test func wordsOfOtherShells() {
    #expect(
      whole("help\n exit;\np(\"a\").\n\\d \nexit(x) :-\np(x).\n?\n(x) :- p(x).")
        == [
          "1: .help", "2: .quit", "3: p(\"a\").", "4: .schema", "5: exit(x) :-\np(x).",
          "7: ?\n(x) :- p(x).",
        ])
    #expect(whole("?- p(x).\n\\q") == ["1: ?- p(x).", "2: .quit"])
  }

  private static let unfinished = """
    ?- company(x,
    .commit
    a(x) :- b(x)
    .mode csv
    .decl r(a: number,
      b: symbol
    .echo (
    a(1). b(
    .q
    """

  @Test func aCommandEndsWhatIsNotFinished() {
    #expect(
      whole(Self.unfinished) == [
        "1: ?- company(x,\n", "2: .commit", "3: a(x) :- b(x)\n", "4: .mode csv",
        "5: .decl r(a: number,\n  b: symbol\n", "7: .echo (", "8: a(1). b(\n", "9: .q",
      ])
    #expect(ShellLanguage.isComplete(Self.unfinished))
  }

  @Test(arguments: [
    "p(\"a\")\n.", "p(\"a\",\n.5)\n.", "?- p(x), (q(x);\n /*\n.commit\n*/ r(x)).",
    ".comp C {\n.decl r(x: number)\n.output r\n.printsize r\n}", "a(x) :- towns\n.path(x).",
    "a(x) :- b(x),\n  .commit\n.", "a(x) :- b(x), c(x).\n.plan 0:(2, 1)", "?- p(x,\n.nothing\n1).",
  ])
  func aDotInAStatementIsNoCommand(_ statement: String) {
    #expect(whole(statement + "\n.echo done").last?.hasSuffix(": .echo done") == true)
    #expect(whole(statement + "\n.echo done").count == 2)
  }

  @Test(arguments: [
    script, script + "\n", "\u{FEFF}" + script, "a(1)", "", "\n\n/* open\n", unfinished,
  ])
  func piecesMakeTheSameStatements(_ script: String) throws {
    let bytes = Array(script.utf8)
    let expected = whole(script)
    for cut in 0...bytes.count where cut % 9 == 0 || cut > 0 && bytes[cut - 1] == 10 {
      let pieces = [Array(bytes[..<cut]), Array(bytes[cut...])].filter { !$0.isEmpty }
      #expect(try items(pieces) == expected, "cut at \(cut)")
    }
    #expect(try items(bytes.map { [$0] }, ready: true) == expected)
  }

  @Test(arguments: 0..<20) func randomPiecesMakeTheSameStatements(_ seed: Int) throws {
    var generator = SeededGenerator(seed: UInt64(seed))
    let lines = Self.script.split(separator: "\n", omittingEmptySubsequences: false)
    let script = (0..<60).map { _ in lines.randomElement(using: &generator) ?? "" }
      .joined(separator: "\n")
    let bytes = Array(script.utf8)
    var pieces: [[UInt8]] = []
    var start = 0
    while start < bytes.count {
      let end = min(bytes.count, start + Int.random(in: 1...80, using: &generator))
      pieces.append(Array(bytes[start..<end]))
      start = end
    }
    let expected = whole(script)
    for ready in [false, true] {
      let found = try items(pieces, ready: ready)
      for (one, other) in zip(found, expected) where one != other {
        Issue.record("seed \(seed): \(one) in place of \(other)")
        break
      }
      #expect(found.count == expected.count, "seed \(seed)")
    }
  }
}

/// A script that somebody writes into a pipe while it is carried out.
@Suite struct PipeProcessTests {
  /// graphsh with a pipe at both ends.
  private final class Conversation {
    let process = Process()
    private let input = Pipe()
    private let output = Pipe()

    init(_ arguments: [String], in folder: String) throws {
      process.executableURL = URL(fileURLWithPath: try #require(Executable.path))
      process.arguments = arguments
      process.currentDirectoryURL = URL(fileURLWithPath: folder)
      process.standardInput = input
      process.standardOutput = output
      process.standardError = FileHandle.nullDevice
      try Executable.start(process)
    }

    func write(_ text: String) { input.fileHandleForWriting.write(Data(text.utf8)) }

    /// Waits for an answer.
    func read() -> String {
      String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
    }

    func close() -> Int32 {
      input.fileHandleForWriting.closeFile()
      process.waitUntilExit()
      return process.terminationStatus
    }
  }

  @Test(.timeLimit(.minutes(1))) func questionsAreAnsweredWhileThePipeIsOpen() throws {
    try Executable.withFiles([:]) { folder in
      let shell = try Conversation(["--create", "g.graph", "--format", "csv"], in: folder)
      shell.write("company(\"甲\").\n?- company(\"甲\").\n")
      #expect(shell.read() == "yes\n")
      // What came so far is in the database.
      let reader = try Executable.run(
        ["g.graph", "--read-only", "-e", "?- company(\"甲\")."], in: folder)
      #expect(reader.output == "yes\n")
      shell.write("known(x) :- company(x).\n?- known(")
      shell.write("\"乙\").\n")
      #expect(shell.read() == "no\n")
      shell.write(".echo done\n")
      #expect(shell.read() == "done\n")
      #expect(shell.close() == 0)
    }
  }

  @Test(.timeLimit(.minutes(1))) func statementsBeforeAKillAreKept() throws {
    try Executable.withFiles([:]) { folder in
      let shell = try Conversation(["--create", "g.graph"], in: folder)
      shell.write((0..<50).map { "company(\"c\($0)\").\n" }.joined() + "?- company(\"c49\").\n")
      #expect(shell.read() == "yes\n")
      kill(shell.process.processIdentifier, SIGKILL)
      shell.process.waitUntilExit()
      let kept = try Executable.run(
        ["g.graph", "--format", "csv", "-e", "?(n: count x) :- company(x)."], in: folder)
      #expect(kept.output == "n\n50\n")
    }
  }

  @Test func mistakesHaveTheirLines() throws {
    let facts = (0..<5000).map { "in(\"a\($0)\", \"b\").\n" }.joined()
    let result = try Executable.run([], input: Array((facts + "?- nothing(x).\n").utf8))
    #expect(result.errors.hasPrefix("error[E0301]: unknown relation `nothing`\n"))
    #expect(result.errors.contains("--> <stdin>:5001:4\n"))
    #expect(result.status == 1)
  }

  @Test func aMissingFileIsToldOfWhereTheScriptNamesIt() throws {
    let script = Array(".load nofile\n.echo x\n".utf8)
    let place = "error[E0702]: cannot use nofile: No such file or directory\n --> <stdin>:1:1\n"
    let stopped = try Executable.run([], input: script)
    #expect(stopped.errors.hasPrefix(place))
    #expect(stopped.output == "" && stopped.status == 3)
    let continued = try Executable.run(["--continue"], input: script)
    #expect(continued.errors.hasPrefix(place))
    #expect(continued.output == "x\n" && continued.status == 1)
  }

  @Test func theScriptIsReadOnce() throws {
    let loaded = try Executable.run([], input: Array(".load -\n.echo x\n".utf8))
    #expect(
      loaded.errors.hasPrefix(
        "error[E0702]: standard input is the script itself\n --> <stdin>:1:1\n"))
    #expect(loaded.status == 1)
    let read = try Executable.run(["-f", "-"], input: Array(".read -\n".utf8))
    #expect(read.errors.hasPrefix("error[E0702]: <stdin> reads itself\n"))
    let script = try Executable.run(["-f", "-"], input: Array("a(\"x\").\n?- a(\"x\").".utf8))
    #expect(script.output == "yes\n")
  }
}
