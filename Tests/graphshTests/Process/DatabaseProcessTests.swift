import Foundation
import Testing

/// Databases as scripts use them: opened, changed, copied and damaged.
@Suite struct DatabaseProcessTests {
  private static let facts = """
    company("伊利集团", founded: 1993). company("今麦郎"). zone("祁县经开区").
    located_in("伊利集团", "祁县经开区", since: 2010) @ 3-4. located_in("今麦郎", "祁县经开区").
    alias("祁县", "祁县经开区").

    """

  private func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

  private func run(
    _ arguments: [String], input: String = "", in folder: String, status: Int32 = 0
  ) throws -> Executable.Result {
    let result = try Executable.run(arguments, input: bytes(input), in: folder)
    #expect(result.status == status, "\(arguments): \(result.output)\(result.errors)")
    return result
  }

  @Test func aDatabaseAnswersLikeItsText() throws {
    try Executable.withFiles(["g.dl": Self.facts]) { folder in
      let missing = try run(["g.graph", "-e", "?- x(y)."], in: folder, status: 3)
      #expect(
        missing.errors == """
          graphsh: g.graph: there is no such database
          help: graphsh --create g.graph makes an empty one

          """)
      _ = try run(["--create", "g.graph", "g.dl"], input: "", in: folder)
      let questions = [
        "?- located_in(c, \"祁县\", since: y).", "?- company(c, founded: f).",
        "?- located_in(c, z, lines: l).", "?(count c) :- company(c).", ".labels", ".schema",
        ".why located_in(\"伊利集团\", \"祁县经开区\")",
      ]
      for question in questions {
        let text = try run(["g.dl", "-e", question], in: folder)
        let database = try run(["g.graph", "-e", question], in: folder)
        let reader = try run(["g.graph", "--read-only", "-e", question], in: folder)
        #expect(database.output == text.output, "\(question)")
        #expect(reader.output == text.output, "\(question)")
      }
      #expect(try run(["verify", "g.graph"], in: folder).output == "g.graph: all is well\n")
      // A folder that holds a database opens it.
      _ = try run(["verify", "g.graph"], in: folder)
      let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
      #expect(names == ["g.dl", "g.graph", "g.graph-lock"])
    }
  }

  /// A database is known by its first bytes, whatever its name says.
  @Test func aDatabaseOfAnotherNameIsOne() throws {
    try Executable.withFiles(["g.dl": Self.facts, "more.csv": "name,label\nA,company\n"]) {
      folder in
      _ = try run(["--create", "g.graph", "g.dl"], in: folder)
      try FileManager.default.moveItem(atPath: "\(folder)/g.graph", toPath: "\(folder)/g.db")
      _ = try run(["g.db", "-e", "company(\"新\")."], in: folder)
      _ = try run(["import", "g.db", "more.csv"], in: folder)
      #expect(
        try run(["g.db", "-e", "?(count c) :- company(c).", "--format", "csv"], in: folder).output
          == "count c\n4\n")
      #expect(try run(["export", "g.db", "--format", "dl"], in: folder).output.contains("\"新\""))
      let refusals = [
        (
          ["-e", ".load g.db"],
          "a database is opened by naming it on the command line: graphsh g.db"
        ),
        (["check", "g.db"], "it is a database, no program; `graphsh verify g.db` checks it"),
        (["import", "n.graph", "g.db"], "g.db is a database, which import does not read"),
      ]
      for (arguments, message) in refusals {
        let result = try Executable.run(arguments, in: folder)
        #expect(result.status > 1 && result.errors.contains(message), "\(result.errors)")
      }
    }
  }

  @Test func standardInputIsImported() throws {
    try Executable.withFiles([:]) { folder in
      let header = ["--header", "from,to,type", "--format", "csv"]
      _ = try run(
        ["import", "g.graph", "-"] + header, input: "a,b,knows\nb,c,knows\n", in: folder)
      #expect(
        try run(["g.graph", "-e", "?- knows(x, y).", "--format", "csv"], in: folder).output
          == "x,y\na,b\nb,c\n")
      // It cannot be read again without the rows that contradict others.
      _ = try run(["--create", "h.graph"], input: ".edge knows(person, person)\n", in: folder)
      let refused = try run(
        ["import", "h.graph", "-", "--max-errors", "5"] + header,
        input: "a,b,knows\nb,c,knows\n", in: folder, status: 1)
      #expect(refused.errors.contains("nothing was imported"))
    }
  }

  @Test func changesStay() throws {
    try Executable.withFiles(["g.dl": Self.facts]) { folder in
      _ = try run(["--create", "g.graph", "-f", "g.dl"], in: folder)
      _ = try run(
        ["g.graph"],
        input: """
          .begin
          company("新"). located_in("新", "祁县").
          .commit
          .set company("新", founded: 2024)
          .delete located_in("今麦郎", z)
          settled(c) :- company(c), located_in(c, _).
          :- company(c), founded(c).
          .save
          .begin
          company("失").
          """, in: folder, status: 1)
      let settled = try run(
        ["g.graph", "--format", "csv", "-e", "?(c) :- company(c), located_in(c, _)."], in: folder)
      #expect(settled.output == "c\n伊利集团\n新\n")
      let kept = try run(
        ["g.graph"], input: "settled(c) :- company(c), located_in(c, _).\n.save\n", in: folder)
      #expect(kept.errors == "")
      let rules = try run(["g.graph", "--format", "csv", "-e", "?- settled(c)."], in: folder)
      #expect(rules.output == "c\n伊利集团\n新\n")
      let lost = try run(
        ["g.graph"], input: "\n.begin\ncompany(\"失\").\n", in: folder, status: 1)
      #expect(
        lost.errors == """
          error: the transaction begun at <stdin>:2 is still open, and is taken back
          help: end it with .commit, which keeps it, or .rollback

          """)
      let nested = try run(
        ["g.graph", "-e", ".begin", "-e", "company(\"失\").", "-e", ".begin"], in: folder,
        status: 1)
      #expect(
        nested.errors.hasPrefix(
          """
          error: a transaction is open already since -e:1
          help: `.commit` keeps what it changed, `.rollback` takes it back

          """))
      let absent = try run(
        ["g.graph", "-e", ".expect ?(count c) :- company(c). = 3"], in: folder)
      #expect(absent.errors == "")
    }
  }

  @Test func constraintsAreKeptAndChecked() throws {
    try Executable.withFiles(["g.dl": Self.facts]) { folder in
      _ = try run(
        ["--create", "g.graph", "g.dl", "-e", ":- company(x), !located_in(x, _).", "-e", ".save"],
        in: folder)
      let refused = try run(["g.graph", "-e", "company(\"新\")."], in: folder, status: 1)
      #expect(refused.errors.contains("is violated: 1 offends it"))
      #expect(refused.errors.contains("x = \"新\""))
      #expect(refused.errors.contains("g.graph:constraints:1:1"))
      _ = try run(
        ["g.graph"], input: ".begin\ncompany(\"新\"). located_in(\"新\", \"祁县\").\n.commit\n",
        in: folder)
    }
  }

  @Test func readersStandBesideAWriter() throws {
    try Executable.withFiles(["g.dl": Self.facts]) { folder in
      _ = try run(["--create", "g.graph", "g.dl"], in: folder)
      let writer = Process()
      writer.executableURL = URL(fileURLWithPath: try #require(Executable.path))
      // Whoever opens the database first, the writer gets it in the end.
      writer.arguments = ["g.graph", "--wait", "60"]
      writer.currentDirectoryURL = URL(fileURLWithPath: folder)
      let input = Pipe()
      let output = Pipe()
      writer.standardInput = input
      writer.standardOutput = output
      try Executable.start(writer)
      // The writer waits for what its pipe brings.
      var second = try Executable.run(["g.graph", "-e", "?- zone(z)."], in: folder)
      for _ in 0..<200 where second.status == 0 {
        second = try Executable.run(["g.graph", "-e", "?- zone(z)."], in: folder)
      }
      #expect(second.status == 3)
      #expect(
        second.errors == """
          graphsh: g.graph: another process is writing to it
          help: --read-only reads it as it was last committed; --wait SECONDS waits until it is free

          """)
      let reader = try run(
        ["g.graph", "--read-only", "--format", "csv", "-e", "?- zone(z)."], in: folder)
      #expect(reader.output == "z\n祁县经开区\n")
      _ = try run(["backup", "g.graph", "copy.graph"], in: folder)
      #expect(try run(["verify", "copy.graph"], in: folder).output == "copy.graph: all is well\n")
      for arguments in [["compact", "g.graph"], ["import", "g.graph", "g.dl"]] {
        #expect(
          try run(arguments, in: folder, status: 3).errors == """
            graphsh: g.graph: another process is writing to it
            help: --wait SECONDS waits until it is free

            """)
      }
      input.fileHandleForWriting.write(Data("zone(\"新区\").\n".utf8))
      input.fileHandleForWriting.closeFile()
      let late = try run(
        ["g.graph", "--wait", "60", "--format", "csv", "-e", "?- zone(z)."], in: folder)
      #expect(late.output == "z\n新区\n祁县经开区\n")
      writer.waitUntilExit()
      #expect(writer.terminationStatus == 0)
      #expect(
        try run(["backup", "g.graph", "copy.graph"], in: folder, status: 3).errors
          == "graphsh: copy.graph: is there already\n")
    }
  }

  @Test func damageIsNamedAndTheRestSaved() throws {
    try Executable.withFiles(["g.dl": Self.facts]) { folder in
      _ = try run(["--create", "g.graph", "g.dl"], in: folder)
      let url = URL(fileURLWithPath: "\(folder)/g.graph")
      let whole = try Data(contentsOf: url)
      var named = 0
      for place in stride(from: 12_288, to: whole.count, by: 97) {
        var bytes = whole
        bytes[place] ^= 0x55
        try bytes.write(to: url)
        let findings = try Executable.run(["verify", "g.graph"], in: folder)
        if findings.status == 0 { continue }
        #expect(findings.status == 3)
        named += 1
        let saved = try Executable.run(
          ["export", "g.graph", "--salvage", "--format", "dl"], in: folder)
        #expect(saved.status == 3)
        // What cannot be trusted goes nowhere, and takes nothing's place.
        let exported = try Executable.run(["export", "g.graph", "--format", "csv"], in: folder)
        #expect(exported.status == 3 && exported.output.isEmpty)
        try Data("kept".utf8).write(to: URL(fileURLWithPath: "\(folder)/g.csv"))
        _ = try run(["export", "g.graph", "-o", "g.csv"], in: folder, status: 3)
        #expect(try String(contentsOfFile: "\(folder)/g.csv", encoding: .utf8) == "kept")
        let answer = try Executable.run(
          ["g.graph", "--read-only", "-e", "?- located_in(c, z)."], in: folder)
        #expect(answer.status == 3 || answer.output.contains("伊利集团"))
        if named >= 6 { break }
      }
      #expect(named > 0)
      try whole.write(to: url)
      let salvaged = try run(["export", "g.graph", "--salvage", "--format", "dl"], in: folder)
      #expect(
        salvaged.output == (try run(["export", "g.graph", "--format", "dl"], in: folder)).output)
      #expect(salvaged.output.contains("company(\"伊利集团\")"))
      try Data("hello".utf8).write(to: url)
      let foreign = try run(["g.graph", "-e", "?- zone(z)."], in: folder, status: 3)
      #expect(foreign.errors.contains("g.graph"))
    }
  }
}

/// `graphsh import`: files of other programs, rows that are wrong, all or nothing.
@Suite struct ImportProcessTests {
  private func run(
    _ arguments: [String], in folder: String, status: Int32 = 0
  ) throws -> Executable.Result {
    let result = try Executable.run(arguments, in: folder)
    #expect(result.status == status, "\(arguments): \(result.output)\(result.errors)")
    return result
  }

  private static let files = [
    "companies.csv": "name,label,founded\n大运,company,1987\n晋钢,company,x\n\"a\nb\",plant,2001\n",
    "supplies.tsv": "from\tto\tamount\n大运\t晋钢\t3\n晋钢\t\t1\n晋钢\t大运\t4.5\n",
    "plain.facts": "1\t7\t2\n2\t7\t3\n",
    "odd.xyz": "",
    "more.csv": "name:ID,:LABEL,founded:long\n大运,company,1988\n新,company,2000\n",
    "schema.dl": ".node company(founded: number)\nbig(c) :- company(c, founded: f), f < 2000.\n",
  ]

  @Test func allOrNothing() throws {
    try Executable.withFiles(Self.files) { folder in
      let failed = try run(
        ["import", "x.graph", "companies.csv", "supplies.tsv"], in: folder, status: 1)
      #expect(
        failed.errors == """
          supplies.tsv:3: an edge needs both ends
          graphsh: nothing was imported
          help: --max-errors N lets N rows be wrong and keeps them in a file

          """)
      #expect(try run(["x.graph", "-e", "?- company(x)."], in: folder, status: 3).output == "")
      let passed = try run(
        ["import", "x.graph", "companies.csv", "supplies.tsv", "--max-errors", "3"], in: folder)
      #expect(
        passed.errors.hasPrefix("warning[W0007]: companies.csv:3: the column \"founded\" is text"))
      #expect(passed.errors.hasSuffix("\nwarning: 1 row left out; see x.graph-rejected.tsv\n"))
      let rejected = try String(contentsOfFile: "\(folder)/x.graph-rejected.tsv", encoding: .utf8)
      #expect(
        rejected
          == "file\tline\treason\trow\nsupplies.tsv\t3\tan edge needs both ends\t晋钢\\t\\t1\n")
      let edges = try run(
        ["x.graph", "--format", "csv", "-e", "?- supplies(a, b, amount: x)."], in: folder)
      #expect(edges.output == "a,b,x\n大运,晋钢,3\n晋钢,大运,4.5\n")
    }
  }

  /// An import that is asked to end, told to, or killed while it waits for rows leaves nothing of a new database, and
  /// all of an old one.
  @Test(arguments: [SIGTERM, SIGINT, SIGKILL]) func endedImportsLeaveNothing(_ signal: Int32) throws
  {
    try Executable.withFiles(Self.files) { folder in
      _ = try run(["import", "old.graph", "more.csv"], in: folder)
      for name in ["new.graph", "old.graph"] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(Executable.path))
        process.arguments = ["import", name, "-", "--format", "csv", "--header", "from,to,type"]
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        let input = Pipe()
        process.standardInput = input
        process.standardError = FileHandle.nullDevice
        try Executable.start(process)
        let isThere = { FileManager.default.fileExists(atPath: "\(folder)/\(name)-lock") }
        for _ in 0..<20_000 where !isThere() { Thread.sleep(forTimeInterval: 0.001) }
        // The first rows are taken only by who has opened the database.
        let rows = Data(String(repeating: "a,b,knows\n", count: 20_000).utf8)
        input.fileHandleForWriting.write(rows)
        #expect(kill(process.processIdentifier, signal) == 0)
        if signal == SIGINT { input.fileHandleForWriting.closeFile() }
        process.waitUntilExit()
        #expect(process.terminationStatus == (signal == SIGINT ? 130 : signal))
      }
      let names = try FileManager.default.contentsOfDirectory(atPath: folder)
      // Who is killed cannot take its lock along, which holds nobody up.
      let locks = ["old.graph-lock"] + (signal == SIGKILL ? ["new.graph-lock"] : [])
      #expect(Set(names).subtracting(Self.files.keys) == Set(["old.graph"] + locks))
      #expect(
        try run(["old.graph", "--format", "csv", "-e", "?- node(x)."], in: folder).output
          == "x\n大运\n新\n")
      _ = try run(["import", "new.graph", "more.csv"], in: folder)
      #expect(
        try run(["new.graph", "--format", "csv", "-e", "?- company(x)."], in: folder).output
          == "x\n大运\n新\n")
    }
  }

  /// A folder is no database, and one without fact files nothing to import.
  @Test func foldersAreNamed() throws {
    try Executable.withFiles(["x.graph/a.txt": "", "empty/a.txt": ""]) { folder in
      let opened = try run(["x.graph", "-e", "?- node(x)."], in: folder, status: 3)
      #expect(opened.errors.contains("x.graph: it is a folder, and a database is a file"))
      let imported = try run(["import", "y.graph", "empty"], in: folder, status: 3)
      #expect(imported.errors.contains("empty: the folder holds no .facts file"))
      let names = try FileManager.default.contentsOfDirectory(atPath: folder)
      #expect(Set(names) == ["empty", "x.graph"])
    }
  }

  /// What is read otherwise than one may expect is told, though no terminal looks.
  @Test func doubtfulFilesAreWarnedOf() throws {
    let files = [
      "e.csv": "Source;Target;Type\na;b;Undirected\n", "n.csv": "name,v\na,1\nb,abc\nc,2\n",
      "big.csv": "name,w\na,1\nb,99999999999999999999\n",
      "d.csv": "name,u\na,0.12345678901234567\n", "l.csv": "source_id,target_id\na,b\n",
      "one.csv": "起点，终点\n甲，乙\n", "fine.csv": "from,to\na,b\n",
      "edge.csv": "from,to\na,b\n", "tags.csv": "name,tags:string[]\na,x;y\n",
    ]
    let warnings = [
      "e.csv": ["W0006", "e.csv: 1 undirected edge was", "(e|^e)(x, y)"],
      "n.csv": ["W0007", "n.csv:3: the column \"v\" is text, for \"abc\" is no number", "v:long"],
      "big.csv": ["W0007", "big.csv:3: the column \"w\" is text", "more digits", "w:double"],
      "d.csv": ["W0008", "d.csv:2: 0.12345678901234567 in", "kept as 0.12345678901234566\n"],
      "l.csv": ["W0009", "no edge was read", "\"from\" and \"to\""],
      "one.csv": ["W0009", "one.csv: everything was read as one column, though \"，\""],
      "edge.csv": ["W0011", "the edge type `edge` hides the built-in", "rename the file", ":TYPE"],
      "tags.csv": ["W0009", "tags.csv: the lists of the column \"tags\"", "tags:string in"],
      "fine.csv": [],
    ]
    try Executable.withFiles(files) { folder in
      for (name, words) in warnings {
        let errors = try run(["import", "\(name).graph", name], in: folder).errors
        #expect(errors.isEmpty == words.isEmpty, "\(errors)")
        for word in words { #expect(errors.contains(word), "\(errors)") }
      }
      #expect(
        try run(["e.csv.graph", "-e", "?- (e|^e)(\"b\", y).", "--format", "csv"], in: folder)
          .output == "y\na\n")
    }
  }

  /// Files without rows make a database without facts; what was written aside by who was killed is told of, and
  /// goes with the next import.
  @Test func emptyAndLeftOverDatabases() throws {
    try Executable.withFiles(["none.csv": "from,to,type\n", "x.graph-new": "half"]) { folder in
      let missing = try run(["x.graph", "-e", "?- node(x)."], in: folder, status: 3)
      #expect(missing.errors.contains("x.graph-new is what an import that has not ended wrote"))
      _ = try run(["import", "x.graph", "none.csv"], in: folder)
      #expect(
        try run(["x.graph", "--format", "csv", "-e", "?- node(x)."], in: folder).output == "x\n")
      let names = try FileManager.default.contentsOfDirectory(atPath: folder)
      #expect(Set(names) == ["none.csv", "x.graph", "x.graph-lock"])
    }
  }

  /// Rows that the graph refuses lead back to their lines, and may be left out as well.
  @Test func rowsAgainstTheSchema() throws {
    try Executable.withFiles(Self.files) { folder in
      let arguments = ["import", "x.graph", "schema.dl", "companies.csv"]
      let failed = try run(arguments, in: folder, status: 1)
      #expect(failed.errors.hasPrefix("companies.csv:3: \"x\" is no number\n"))
      _ = try run(arguments + ["--max-errors", "1"], in: folder)
      let rejected = try String(contentsOfFile: "\(folder)/x.graph-rejected.tsv", encoding: .utf8)
      #expect(rejected.contains("companies.csv\t3\t") && rejected.contains("晋钢,company,x"))
      // Rules of a program are kept.
      let big = try run(["x.graph", "--format", "csv", "-e", "?- big(c)."], in: folder)
      #expect(big.output == "c\n大运\n")
      // What the graph refuses leads back to a line as well.
      let conflict = try run(["import", "x.graph", "more.csv"], in: folder, status: 1)
      #expect(conflict.errors.hasPrefix("more.csv:2: property founded of \"大运\" is already 1987"))
      _ = try run(["import", "x.graph", "more.csv", "--max-errors", "1"], in: folder)
      let kept = try String(contentsOfFile: "\(folder)/x.graph-rejected.tsv", encoding: .utf8)
      #expect(kept.hasSuffix("is already 1987, not 1988\t大运,company,1988\n"))
      let companies = try run(
        ["x.graph", "--format", "csv", "-e", "?- company(c, founded: f)."], in: folder)
      #expect(companies.output == "c,f\n大运,1987\n新,2000\n")
    }
  }

  @Test func columnsMayBeNamedOutside() throws {
    try Executable.withFiles(Self.files) { folder in
      let refused = try run(["import", "x.graph", "plain.facts"], in: folder, status: 1)
      #expect(refused.errors.contains("--header"))
      _ = try run(
        ["import", "x.graph", "plain.facts", "--header", ":START_ID,:TYPE,:END_ID"], in: folder)
      let edges = try run(
        ["x.graph", "--format", "csv", "-e", "?- edge(t, x, y)."], in: folder)
      #expect(edges.output == "t,x,y\n7,1,2\n7,2,3\n")
      #expect(
        try run(["import", "x.graph", "odd.xyz"], in: folder, status: 2).errors.contains("odd.xyz"))
    }
  }

  @Test func constraintsHoldForImports() throws {
    try Executable.withFiles(Self.files) { folder in
      _ = try run(
        [
          "--create", "x.graph", "-e", "zone(\"Z\").", "-e", "company(\"新\").", "-e",
          "located_in(\"新\", \"Z\").", "-e", ":- company(x), !located_in(x, _).", "-e", ".save",
        ], in: folder)
      let refused = try run(["import", "x.graph", "companies.csv"], in: folder, status: 1)
      #expect(refused.errors.contains("is violated: 2 offend it"))
      #expect(refused.errors.contains("x = \"大运\""))
      let companies = try run(["x.graph", "--format", "csv", "-e", "?- company(x)."], in: folder)
      #expect(companies.output == "x\n新\n")
    }
  }

  @Test func spacesOfIDsAreToldOf() throws {
    let files = [
      "p.csv": "personId:ID(Person),name,:LABEL\n1,Ann,Person\n",
      "m.csv": "movieId:ID(Movie),title,:LABEL\n1,Jaws,Movie\n",
    ]
    try Executable.withFiles(files) { folder in
      let result = try Executable.run(["import", "a.graph", "p.csv", "m.csv"], in: folder)
      #expect(
        result.errors.contains("warning[W0009]: m.csv: the ids of Movie and of Person are names"))
      let one = try Executable.run(["import", "b.graph", "p.csv", "p.csv"], in: folder)
      #expect(!one.errors.contains("W0009"))
    }
  }

  @Test func seedsComeBackFromEveryForm() throws {
    try Executable.withFolder { folder in
      let seeds = "\(Executable.packageFolder)/seeds"
      _ = try run(["import", "seeds.graph", seeds], in: folder)
      let facts = try run(["export", "seeds.graph", "--format", "dl"], in: folder).output
      // Triples hold no schema, which says in which order properties are written, no rules and no declared relations.
      func lines(_ text: String) -> Set<[UInt8]> {
        let others = [".edge ", ".node ", ".decl ", "in_mu(", "ten_thousands("]
        let facts = text.split(separator: "\n").filter { line in
          !line.contains(":-") && !others.contains { line.hasPrefix($0) }
        }
        return Set(facts.map { $0.utf8.sorted() })
      }
      for ending in ["dl", "nt"] {
        _ = try run(["export", "seeds.graph", "-o", "seeds.\(ending)"], in: folder)
        _ = try run(["import", "\(ending).graph", "seeds.\(ending)"], in: folder)
        let again = try run(["export", "\(ending).graph", "--format", "dl"], in: folder).output
        #expect(lines(again) == lines(facts), "\(ending)")
      }
    }
  }
}
