import Foundation
import Testing

/// The executable as scripts use it: what goes to which stream, and with which status.
@Suite struct CommandLineTests {
  private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

  // MARK: Ways to ask

  @Test func pipeIsAScript() throws {
    try Executable.withSmallGraph { folder in
      let result = try Executable.run(
        ["g.dl", "--format", "csv"],
        input: bytes("?- company(c).\n// a comment\n.labels\n?- zone(z)."), in: folder)
      #expect(result.output == "c\n今麦郎\n伊利集团\nlabel,nodes\ncompany,2\nzone,1\nz\n祁县经开区\n")
      #expect(result.errors == "")
      #expect(result.status == 0)
    }
  }

  @Test func emptyPipeIsNothing() throws {
    let result = try Executable.run([])
    #expect(result.output == "")
    #expect(result.errors == "")
    #expect(result.status == 0)
  }

  @Test func queriesRunInOrderAndStopAtTheFirstFailure() throws {
    try Executable.withSmallGraph { folder in
      let result = try Executable.run(
        [
          "g.dl", "--format", "csv", "-e", "?- zone(z).", "-e", "p(x) :- company(x).", "-e",
          "?- p(\"今麦郎\").", "-e", "?- nothing(x).", "-e", "?- zone(z).",
        ], in: folder)
      #expect(result.output == "z\n祁县经开区\nyes\n")
      #expect(result.errors.hasPrefix("error[E0301]: unknown relation `nothing`\n --> -e:1:4\n"))
      #expect(result.status == 1)
    }
  }

  @Test func scriptAndQueryMix() throws {
    let files = ["g.dl": Executable.smallGraph, "s.gsh": ".mode csv\n?- zone(z).\n"]
    try Executable.withFiles(files) { folder in
      let result = try Executable.run(
        ["g.dl", "-f", "s.gsh", "-e", "?- company(\"今麦郎\")."], in: folder)
      #expect(result.output == "z\n祁县经开区\nyes\n")
      #expect(result.status == 0)
    }
  }

  @Test func quitEndsAScript() throws {
    let result = try Executable.run(
      [], input: bytes("?- 1 = 1.\n.quit\n?- 1 = 1.\n"))
    #expect(result.output == "yes\n")
    #expect(result.status == 0)
  }

  // MARK: Formats

  @Test(arguments: [
    ("box", "┌──────────┬───────┐\n│ c        │ since │\n"),
    ("csv", "c,since\n伊利集团,2010\n"),
    ("tsv", "c\tsince\n伊利集团\t2010\n"),
    ("json", "[\n{\"c\":\"伊利集团\",\"since\":2010}\n]\n"),
    ("jsonl", "{\"c\":\"伊利集团\",\"since\":2010}\n"),
    ("markdown", "| c | since |\n"),
    ("line", "    c = 伊利集团\nsince = 2010\n"),
    ("dot", "digraph"),
  ]) func everyFormat(_ format: String, _ start: String) throws {
    try Executable.withSmallGraph { folder in
      let result = try Executable.run(
        ["g.dl", "--format", format, "-e", "?(c, since) :- located_in(c, z, since: since)."],
        in: folder)
      #expect(result.output.hasPrefix(start), "\(result.output)")
      #expect(result.errors == "")
      #expect(result.status == 0)
    }
  }

  @Test func answersGoToAFile() throws {
    try Executable.withSmallGraph { folder in
      let result = try Executable.run(
        ["g.dl", "--format", "csv", "-o", "out.csv", "-e", "?- zone(z)."], in: folder)
      #expect(result.output == "")
      #expect(result.status == 0)
      let written = try String(contentsOfFile: "\(folder)/out.csv", encoding: .utf8)
      #expect(written == "z\n祁县经开区\n")
      let refused = try Executable.run(
        ["g.dl", "-o", "no/such/folder/out.csv", "-e", "?- zone(z)."], in: folder)
      #expect(refused.status == 3)
      #expect(refused.errors.contains("no/such/folder/out.csv"))
    }
  }

  @Test func parametersAreValuesNotText() throws {
    try Executable.withSmallGraph { folder in
      let result = try Executable.run(
        [
          "g.dl", "--format", "csv", "--param", "z=祁县", "--param", "y=2000", "-e",
          "?(c) :- located_in(c, $z, since: s), s > $y.",
        ], in: folder)
      #expect(result.output == "c\n伊利集团\n")
      let quoted = try Executable.run(
        ["g.dl", "--param", "z=\") :- company(x).", "-e", "?- zone($z)."], in: folder)
      #expect(quoted.output == "no\n")
      #expect(quoted.status == 0)
    }
  }

  // MARK: check, run, help

  @Test func checkRunsNothing() throws {
    let files = ["good.dl": "a(\"x\").\np(x) :- a(x).\n?- p(x).\n", "bad.dl": "p(x) :- q(x).\n"]
    try Executable.withFiles(files) { folder in
      let good = try Executable.run(["check", "good.dl"], in: folder)
      #expect((good.status, good.output, good.errors) == (0, "", ""))
      let bad = try Executable.run(["check", "bad.dl"], in: folder)
      #expect(bad.status == 1)
      #expect(bad.output == "")
      #expect(bad.errors.hasPrefix("error[E0301]: unknown relation `q`\n --> bad.dl:1:9\n"))
      #expect(try Executable.run(["check", "missing.dl"], in: folder).status == 3)
    }
  }

  @Test func runReadsAndWritesFiles() throws {
    let program = """
      .decl edge(a:number, b:symbol)
      .input edge
      .decl out(b:symbol, n:number)
      .output out
      .printsize edge
      out(b, n) :- edge(_, b), n = count : { edge(_, b) }.

      """
    let files = ["p.dl": program, "edge.facts": "1\t甲\n2\t甲\n3\t乙 丙\n"]
    try Executable.withFiles(files) { folder in
      let result = try Executable.run(["run", "p.dl", "-F", ".", "-D", "."], in: folder)
      #expect(result.errors == "")
      #expect(result.status == 0)
      #expect(result.output.contains("edge\t3\n"))
      let written = try String(contentsOfFile: "\(folder)/out.csv", encoding: .utf8)
      #expect(written == "乙 丙\t1\n甲\t2\n")
      try Data("1\tx\nfour\ty\n5\n".utf8).write(
        to: URL(fileURLWithPath: "\(folder)/edge.facts"))
      let bad = try Executable.run(["run", "p.dl", "-F", ".", "-D", "."], in: folder)
      #expect(bad.status == 1)
      #expect(bad.errors.contains("edge.facts:2:1"))
      #expect(bad.errors.contains("edge.facts:3:1"))
    }
  }

  @Test func runWithoutWarnings() throws {
    let program = """
      .decl a(x: symbol)
      a("b").
      .decl r(x: symbol)
      r(x) :- a(x), !match("(", x).
      .output r(IO="stdout")
      """
    try Executable.withFiles(["p.dl": program, "bad.dl": program + "\nr(x) :- nosuch(x)."]) {
      folder in
      let loud = try Executable.run(["run", "p.dl"], in: folder)
      #expect(loud.status == 0 && loud.errors.contains("warning"), "\(loud.errors)")
      for option in ["-w", "--no-warn"] {
        let quiet = try Executable.run(["run", option, "p.dl"], in: folder)
        #expect(quiet.status == 0 && quiet.errors == "", "\(quiet.errors)")
        #expect(quiet.output == loud.output)
        let wrong = try Executable.run(["run", option, "bad.dl"], in: folder)
        #expect(wrong.status == 1 && wrong.errors.contains("nosuch"))
      }
    }
  }

  @Test func runWantsDeclarations() throws {
    let files = ["p.dl": "b(\"x\").\na(x) :- b(x).\n"]
    try Executable.withFiles(files) { folder in
      let result = try Executable.run(["run", "p.dl"], in: folder)
      #expect(result.status == 1)
      #expect(result.errors.contains("`b` is not declared"))
      #expect(result.errors.contains("p.dl:2:1"), "\(result.errors)")
    }
  }

  @Test(arguments: [[], ["run"], ["export"], ["check"]]) func help(_ command: [String]) throws {
    let result = try Executable.run(command + ["--help"])
    #expect(result.status == 0)
    #expect(result.errors == "")
    #expect(result.output.hasPrefix("usage: graphsh"))
    #expect(result.output.split(separator: "\n").allSatisfy { $0.count <= 100 })
  }

  // MARK: Statuses

  @Test(arguments: [
    ["--no-such-option"], ["-e"], ["--format", "xml"], ["export", "g.dl"], ["run"], ["check"],
    ["--param", "novalue"], ["export", "g.dl", "--format", "pdf"], ["--timeout", "soon"],
  ]) func wrongUsage(_ arguments: [String]) throws {
    let result = try Executable.run(arguments)
    #expect(result.status == 2)
    #expect(result.output == "")
    #expect(result.errors.hasPrefix("graphsh: "))
  }

  @Test func filesThatCannotBeRead() throws {
    try Executable.withFiles(["notes.txt": "nothing", "a.csv": "name,label\n"]) { folder in
      #expect(
        try Executable.run(["a.csv"], in: folder).errors
          == "graphsh: cannot use a.csv: it is no program; `graphsh import NAME.graph a.csv` reads it\n"
      )
      #expect(
        try Executable.run(["imprt", "x"], in: folder).errors
          == "graphsh: cannot use imprt: No such file or directory\n"
          + "help: did you mean the command `import`?\n")
      for arguments in [
        ["missing.dl"], [folder], ["-f", "missing.gsh"], ["export", "x.dl", "-o", "y.csv"],
      ] {
        let result = try Executable.run(arguments, in: folder)
        #expect(result.status == 3, "\(arguments)")
        #expect(result.output == "")
        #expect(result.errors.hasPrefix("graphsh: cannot use "), "\(result.errors)")
      }
    }
  }

  /// Wherever a question comes from, an interrupt stops it, says so, and ends the script.
  @Test(arguments: ["-e", "-f", "-"]) func interruptEndsWith130(from place: String) throws {
    let facts = ".decl n(x: number)\nn(x) :- x = range(0, 3000).\n"
    // Twenty-seven thousand million combinations.
    let query = """
      .echo begun
      ?(c) :- c = count : { n(x), n(y), n(z), x + y + z = 5 }.
      .echo more

      """
    try Executable.withFiles(["p.dl": facts, "q.gsh": query]) { folder in
      let arguments = ["-e": ["-e", query], "-f": ["-f", "q.gsh"], "-": []][place] ?? []
      let (status, output, errors) = try interrupted(
        ["p.dl", "--continue"] + arguments, input: query, in: folder)
      #expect(status == 130 && output == "begun\n")
      #expect(errors.hasPrefix("error[E0604]: interrupted"), "\(errors)")
    }
  }

  /// Who waits for the next line has nothing to stop.
  @Test func interruptEndsWaiting() throws {
    let (status, output, _) = try interrupted([], input: ".echo one\n", in: "/")
    // A shell reports a process that the signal ended as 128 + 2.
    #expect(status == 2 && output == "one\n")
  }

  /// Starts graphsh, whose input stays open, and interrupts it half a second after its first output;
  /// returns the number of the signal where that ended it.
  private func interrupted(
    _ arguments: [String], input: String, in folder: String
  ) throws -> (status: Int32, output: String, errors: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try #require(Executable.path))
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    let (inputs, outputs, errors) = (Pipe(), Pipe(), Pipe())
    process.standardInput = inputs
    process.standardOutput = outputs
    process.standardError = errors
    try Executable.start(process)
    try inputs.fileHandleForWriting.write(contentsOf: Data(input.utf8))
    let first = outputs.fileHandleForReading.availableData
    Thread.sleep(forTimeInterval: 0.5)
    process.interrupt()
    let deadline = Date().addingTimeInterval(10)
    while process.isRunning && Date() < deadline { Thread.sleep(forTimeInterval: 0.01) }
    let wasRunning = process.isRunning
    if wasRunning { process.terminate() }
    process.waitUntilExit()
    #expect(!wasRunning)
    func text(_ pipe: Pipe) throws -> String {
      String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    }
    let output = String(decoding: first, as: UTF8.self) + (try text(outputs))
    return (process.terminationStatus, output, try text(errors))
  }

  @Test func timeoutStopsAQuery() throws {
    let program = """
      .decl n(x:number)
      n(x) :- x = range(0, 3000).

      """
    try Executable.withFiles(["p.dl": program]) { folder in
      let result = try Executable.run(
        [
          "p.dl", "--timeout", "0.2", "-e",
          "?(c) :- c = count : { n(x), n(y), n(z), x + y + z = 5 }.",
        ], in: folder)
      #expect(result.status == 1)
      #expect(result.errors.contains("error[E0603]"), "\(result.errors)")
    }
  }

  #if os(Linux)
    /// Large blocks and the heap reserve addresses, of which none may be left for others where they are limited.
    @Test(arguments: [4_250_000, 4_350_000, 8_500_000])
    func limitsOfAddressesAreEnoughForWhatIsUsed(_ kibibytes: Int) throws {
      let program = """
        .decl a(x: number, y: number)
        .decl b(x: number, y: number)
        a(x, x) :- x = range(0, 1100000).
        b(x, x + 1) :- a(x, _).
        .printsize b

        """
      try Executable.withFiles(["a.dl": program]) { folder in
        let run = "ulimit -v \(kibibytes); graphsh run a.dl -j 1"
        let result = try Executable.shell(run, in: folder)
        #expect(result.output == "b\t1100000\n" && result.errors == "")
      }
    }
  #endif

  @Test func readOnlyRefusesChanges() throws {
    try Executable.withSmallGraph { folder in
      let result = try Executable.run(
        [
          "g.dl", "--read-only", "--format", "csv", "-e", "?- zone(z).", "-e", "zone(\"neu\").",
        ], in: folder)
      #expect(result.output == "z\n祁县经开区\n")
      #expect(result.errors.contains("the session is read-only"))
      #expect(result.status == 1)
    }
  }

  @Test func closedPipeIsNoFailure() throws {
    let lines = (0..<20_000).map { "in(\"node number \($0)\", \"z\").\n" }.joined()
    try Executable.withFiles(["g.dl": lines]) { folder in
      let result = try Executable.shell(
        "{ graphsh g.dl --format csv -e '?- in(x, y).'; echo $? > status; } | head -1", in: folder)
      #expect(result.output == "x,y\n")
      #expect(result.errors == "")
      let status = try String(contentsOfFile: "\(folder)/status", encoding: .utf8)
      #expect(status == "0\n")
    }
  }

  // MARK: Strange input

  /// An answer or a diagnostic, never a crash; and nothing of a bad file is loaded.
  @Test(
    arguments: [
      ("invalid UTF-8", [0x61, 0x28, 0x22, 0xFF, 0xFE, 0x22, 0x29, 0x2E, 0x0A] as [UInt8], 1),
      ("NUL in a text", Array("a(\"x\0y\").\n".utf8), 1),
      ("NUL outside", Array("a(\0\"x\").\n".utf8), 1),
      ("CRLF", Array("a(\"x\").\r\na(\"y\").\r\n".utf8), 0),
      ("byte-order mark", Array("\u{FEFF}a(\"x\").\n".utf8), 0),
      ("only a byte-order mark", Array("\u{FEFF}".utf8), 0),
      ("empty", [], 0),
      ("no line end", Array("a(\"x\")".utf8), 1),
      ("open text", Array("a(\"x".utf8), 1),
      ("open comment", Array("a(\"x\"). /* never".utf8), 1),
      ("UTF-16", [0xFF, 0xFE, 0x61, 0x00, 0x28, 0x00], 1),
      (
        "deep parentheses", Array(("p(x) :- x = " + String(repeating: "(", count: 200_000)).utf8), 1
      ),
      ("deep negation", Array(("p(x) :- " + String(repeating: "!", count: 200_000)).utf8), 1),
      (
        "deep and closed",
        Array(
          ("p(x) :- x = " + String(repeating: "(", count: 50_000) + "1"
            + String(repeating: ")", count: 50_000) + ".").utf8), 1
      ),
      (
        "long sum",
        Array(("p(x) :- x = 1" + String(repeating: " + 1", count: 100_000) + ".\n").utf8), -1
      ),
      (
        "nested aggregates",
        Array(
          ("p(x) :- x = " + String(repeating: "count : { a(y), y = ", count: 2_000) + "1"
            + String(repeating: " }", count: 2_000) + ".").utf8), 1
      ),
    ] as [(String, [UInt8], Int32)])
  func strangeFiles(_ name: String, _ content: [UInt8], _ status: Int32) throws {
    try Executable.withFolder { folder in
      try Data(content).write(to: URL(fileURLWithPath: "\(folder)/f.dl"))
      let result = try Executable.run(["f.dl", "-e", "?- node(x)."], in: folder)
      if status < 0 {
        #expect(result.status == 0 || result.status == 1, "\(name)")
      } else {
        #expect(result.status == status, "\(name): \(result.errors.prefix(500))")
      }
      if result.status == 1 { #expect(result.errors.contains("error"), "\(name)") }
      let checked = try Executable.run(["check", "f.dl"], in: folder)
      #expect(checked.status == 0 || checked.status == 1, "\(name)")
    }
  }

  @Test func tenMegabyteLine() throws {
    try Executable.withFolder { folder in
      let long = String(repeating: "长", count: 3_500_000)
      try Data("a(\"\(long)\").\n".utf8).write(to: URL(fileURLWithPath: "\(folder)/f.dl"))
      let result = try Executable.run(
        ["f.dl", "--format", "csv", "-e", "?(n) :- a(x), n = strlen(x)."], in: folder)
      #expect(result.output == "n\n3500000\n", "\(result.errors.prefix(300))")
      let facts = (0..<500_000).map { "a(\"node \($0)\"). " }.joined()
      try Data((facts + "a(\"b\", ).").utf8).write(to: URL(fileURLWithPath: "\(folder)/f.dl"))
      let bad = try Executable.run(["f.dl", "-e", "?- node(x)."], in: folder)
      #expect(bad.status == 1)
      // The line is shown around the mistake only.
      #expect(bad.errors.utf8.count < 2_000, "\(bad.errors.prefix(300))")
    }
  }

  @Test func badFactsFileLoadsNothing() throws {
    var lines = (1...10_000).map { "in(\"n\($0)\", \"z\").\n" }
    lines[4_321] = "in(\"n\", 5).\n"
    try Executable.withFiles(["f.dl": lines.joined()]) { folder in
      let result = try Executable.run([], input: bytes(".load f.dl\n"), in: folder)
      #expect(result.status == 1)
      #expect(result.errors.contains("f.dl:4322:9"), "\(result.errors)")
      let after = try Executable.run(
        ["-e", ".load f.dl", "-e", "?- node(x)."], in: folder)
      #expect(after.output == "")
    }
  }
}
