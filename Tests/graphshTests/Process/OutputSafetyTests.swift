import GraphCore
import Testing

/// No output destroys what is in use, and none that fails takes away what was there.
@Suite struct OutputSafetyTests {
  private let facts = "s(\"a\", \"b\"). s(\"b\", \"c\").\n"

  /// Calls `body` in a folder with `ok.graph`, a link to it of each kind, `p.dl` and `bad.csv`.
  private func withDatabase(_ body: (_ folder: String) throws -> Void) throws {
    try Executable.withFiles(["p.dl": facts, "bad.csv": "from,to\na,b\na\n"]) { folder in
      let made = try Executable.shell(
        "graphsh import ok.graph p.dl && ln -s ok.graph soft.graph && ln ok.graph hard", in: folder)
      #expect(made.status == 0, "\(made.errors)")
      try body(folder)
    }
  }

  @Test(arguments: [
    "export ok.graph --format jsonl -o ok.graph", "export ok.graph --format jsonl -o soft.graph",
    "export soft.graph --format jsonl -o ok.graph", "export ok.graph --format jsonl -o hard",
    "export ok.graph --salvage --format jsonl -o ok.graph",
    "ok.graph -e '?- s(x, y).' -o ok.graph", "ok.graph -e '?- s(x, y).' -o ./ok.graph-log",
    "ok.graph -e '?- s(x, y).' -o ok.graph-lock", "ok.graph -e '?- s(x, y).' -o ok.graph-new",
    "ok.graph -e '.once ok.graph' -e '?- s(x, y).'",
    "ok.graph -e '.output hard' -e '?- s(x, y).'", "ok.graph -e '.dot ok.graph'",
    "ok.graph -e '.save x.dl'", "import ok.graph bad.csv --max-errors 3 --rejected ok.graph",
    "import new.graph bad.csv --max-errors 3 --rejected new.graph",
  ])
  func aDatabaseIsNoOutput(command: String) throws {
    try withDatabase { folder in
      let before = try Files.read("\(folder)/ok.graph")
      let result = try Executable.shell(
        "ln ok.graph x.dl; graphsh \(command)", in: folder)
      #expect(result.status == 3 && result.errors.contains("database"), "\(result.errors)")
      #expect(try Files.read("\(folder)/ok.graph") == before)
      for name in ["ok.graph-log", "ok.graph-new", "new.graph"] {
        #expect(!Files.exists("\(folder)/\(name)"))
      }
    }
  }

  /// One that the process does not use, and perhaps another writes, is no output either.
  @Test(arguments: [
    "p.dl -e '?- s(x, y).' -o ok.graph", "p.dl -e '?- s(x, y).' -o soft.graph",
    "p.dl -e '.once ok.graph' -e '?- s(x, y).'", "p.dl -e '.output hard' -e '?- s(x, y).'",
    "p.dl -e '.dot ok.graph'", "export p.dl --format csv -o ok.graph", "p.dl -e '.save hard.dl'",
    "import new.graph bad.csv --max-errors 3 --rejected ok.graph",
    "p.dl -e '?- s(x, y).' -o left.graph-log",
  ])
  func noOtherDatabaseIsAnOutput(command: String) throws {
    try withDatabase { folder in
      let log = Array("graphlog".utf8) + [UInt8](repeating: 0, count: 504)
      try Files.write(log, to: "\(folder)/left.graph-log")
      let before = try Files.read("\(folder)/ok.graph")
      let result = try Executable.shell("ln ok.graph hard.dl; graphsh \(command)", in: folder)
      #expect(result.status == 3 && result.errors.contains("database"), "\(result.errors)")
      #expect(result.errors.contains("which would be lost"), "\(result.errors)")
      #expect(try Files.read("\(folder)/ok.graph") == before)
      #expect(try Files.read("\(folder)/left.graph-log") == log)
    }
  }

  @Test func aDatabaseIsNotSavedAsAnother() throws {
    try withDatabase { folder in
      for first in ["p.dl", "ok.graph"] {
        let result = try Executable.run([first, "-e", ".save other.graph"], in: folder)
        #expect(result.status == 1 && result.errors.contains("graphsh backup"), "\(result.errors)")
      }
    }
  }

  @Test(arguments: [
    "p.dl -e '?- s(x, y).' -o p.dl", "-f p.dl -e '?- s(x, y).' -o p.dl",
    "p.dl -e '.output p.dl' -e '?- s(x, y).'", "export p.dl -o p.dl",
    "import n.graph bad.csv --max-errors 3 --rejected bad.csv",
  ])
  func anInputIsNoOutput(command: String) throws {
    try withDatabase { folder in
      let before = try ["p.dl", "bad.csv"].map { try Files.read("\(folder)/\($0)") }
      let result = try Executable.shell("graphsh \(command)", in: folder)
      #expect(result.status == 3 && result.errors.contains("it is an input"))
      #expect(try ["p.dl", "bad.csv"].map { try Files.read("\(folder)/\($0)") } == before)
      #expect(!Files.exists("\(folder)/n.graph") && !Files.exists("\(folder)/n.graph-lock"))
    }
  }

  /// Neither the facts of a program nor what it includes.
  @Test func whatAProgramReadsIsNoOutput() throws {
    let program = """
      #include "more.dl"
      .decl r(x: symbol)
      .input r(filename="x.csv")
      .decl s(x: symbol)
      s(x) :- r(x), t(x).
      .output s(filename="OUTPUT")
      """
    for output in ["x.csv", "soft.csv", "more.dl", "p.dl"] {
      let files = [
        "p.dl": program.replacing("OUTPUT", with: output),
        "more.dl": ".decl t(x: symbol)\nt(\"a\").\n", "x.csv": "a\nb\n",
      ]
      try Executable.withFiles(files) { folder in
        let result = try Executable.shell(
          "ln -s x.csv soft.csv; graphsh run p.dl; status=$?; cat x.csv more.dl; exit $status",
          in: folder)
        #expect(result.status == 3 && result.errors.contains("it is an input"), "\(output)")
        #expect(result.output == "a\nb\n.decl t(x: symbol)\nt(\"a\").\n")
      }
    }
  }

  @Test func aLoadedProgramIsSavedInItsPlace() throws {
    try withDatabase { folder in
      let result = try Executable.shell(
        "graphsh p.dl -e 's(\"c\", \"d\").' -e '.save p.dl' && graphsh p.dl -e '?(count x) :- s(x, _).'"
          + " --format csv", in: folder)
      #expect(result.status == 0 && result.output.hasSuffix("3\n"), "\(result.errors)")
    }
  }

  @Test(arguments: [
    "nosuch.graph -e '?- x = 1.'", "ok.graph -e '?- nosuch(x).'", "nosuch.dl -e '?- x = 1.'",
    "sql nosuch.dl --dialect duckdb", "export nosuch.graph --format csv",
  ])
  func whatFailsLeavesTheFile(command: String) throws {
    try withDatabase { folder in
      let result = try Executable.shell(
        "echo precious > o.csv; graphsh \(command) -o o.csv", in: folder)
      #expect(result.status != 0)
      #expect(try Files.read("\(folder)/o.csv") == Array("precious\n".utf8))
    }
  }

  /// Neither a file that may grow no further nor an interrupt cuts off the export of before, or leaves anything beside it.
  @Test(arguments: ["ulimit -f 4; trap '' XFSZ; graphsh", "timeout -s INT 0.2 graphsh"])
  func anExportIsWholeOrNotThere(command: String) throws {
    let facts = (0..<20_000).map { "s(\"a\($0)\", \"b\($0)\").\n" }.joined()
    try Executable.withFiles(["many.dl": facts, "p.dl": self.facts]) { folder in
      let made = try Executable.shell(
        "echo precious > o.csv; chmod 640 o.csv; ln -s o.csv l", in: folder)
      #expect(made.status == 0)
      let result = try Executable.shell(
        "(\(command) export many.dl --format csv -o l); echo $?; ls", in: folder)
      #expect(
        !result.output.hasPrefix("0\n") && !result.output.contains("-new"), "\(result.output)")
      #expect(try Files.read("\(folder)/o.csv") == Array("precious\n".utf8))
      let whole = try Executable.shell(
        "graphsh export p.dl --format csv -o l && ls -l o.csv l && ls && wc -l < o.csv", in: folder)
      #expect(whole.output.contains("-rw-r-----") && whole.output.contains("l -> o.csv"))
      #expect(whole.output.hasSuffix("6\n") && !whole.output.contains("-new"), "\(whole.output)")
    }
  }

  @Test func anEmptyAnswerIsAnAnswer() throws {
    try withDatabase { folder in
      for (name, text) in [("o.csv", "x\n"), ("o.jsonl", ""), ("o.txt", "")] {
        let question = name == "o.txt" ? "s(\"x\", \"y\")." : "?- s(\"z\", x)."
        let result = try Executable.shell(
          "echo old > \(name); graphsh p.dl -e '\(question)' -o \(name)", in: folder)
        #expect(result.status == 0, "\(result.errors)")
        #expect(try Files.read("\(folder)/\(name)") == Array(text.utf8), "\(name)")
      }
      let missing = try Executable.run(["p.dl", "-e", "?- s(x, y).", "-o", "none/x"], in: folder)
      #expect(missing.status == 3 && missing.errors.contains("none/x: No such file"))
    }
  }

  /// A path that is not there, and where the system has it a device that is always full.
  @Test(arguments: ["none/x"] + (Files.exists("/dev/full") ? ["/dev/full"] : []))
  func rejectedRowsThatCannotBeKeptStopTheImport(path: String) throws {
    try withDatabase { folder in
      let result = try Executable.shell(
        "graphsh import ok.graph bad.csv --max-errors 3 --rejected \(path)", in: folder)
      #expect(result.status == 3 && result.errors.contains(path), "\(result.errors)")
      let count = try Executable.run(
        ["ok.graph", "-e", "?(count x) :- bad(x, _).", "--format", "csv"], in: folder)
      #expect(!count.output.contains("1"), "\(count.output)")
      let new = try Executable.shell(
        "graphsh import new.graph bad.csv --max-errors 3 --rejected \(path); ls", in: folder)
      #expect(!new.output.contains("new.graph"))
    }
  }

  @Test(arguments: ["-log", "-lock"])
  func aLinkInThePlaceOfALogIsNotFollowed(ending: String) throws {
    try withDatabase { folder in
      let result = try Executable.shell(
        "rm -f ok.graph-lock; echo precious > pr; ln -s pr ok.graph\(ending)\n"
          + "graphsh ok.graph -e 's(\"q\", \"r\").'", in: folder)
      #expect(result.status == 3 && result.errors.contains("is a symbolic link"))
      #expect(try Files.read("\(folder)/pr") == Array("precious\n".utf8))
    }
  }

  @Test func bytesThatAreNoTextAreReported() throws {
    for bytes in [[0, 0, 0], [0xFF, 0xFE], Array("?- 1 = 1.\n".utf8) + [0]] as [[UInt8]] {
      let result = try Executable.run([], input: bytes)
      #expect(result.status == 1 && result.errors.contains("error[E010"), "\(bytes)")
    }
  }
}
