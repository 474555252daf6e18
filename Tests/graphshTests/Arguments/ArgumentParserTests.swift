@_spi(Columns) import GraphCore
import GraphQuery
import Testing

@testable import graphsh

@Suite struct ArgumentParserTests {
  private func session(_ change: (inout SessionOptions) -> Void) -> Invocation {
    var options = SessionOptions()
    change(&options)
    return .session(options)
  }

  private func expect(
    _ arguments: [String], _ expected: Invocation, location: SourceLocation = #_sourceLocation
  ) {
    do throws(UsageError) {
      #expect(try ArgumentParser.parse(arguments) == expected, sourceLocation: location)
    } catch {
      Issue.record("\(arguments): \(error.text)", sourceLocation: location)
    }
  }

  private typealias SourceLocation = Testing.SourceLocation

  @Test func session() {
    expect([], session { _ in })
    expect(["seeds", "x.dl"], session { $0.paths = ["seeds", "x.dl"] })
    expect(
      ["seeds", "-e", "?- a(x).", "-f", "s.dl", "-e", "-1"],
      session {
        $0.paths = ["seeds"]
        $0.actions = [.query("?- a(x)."), .script(path: "s.dl"), .query("-1")]
      })
    expect(["--format", "csv"], session { $0.form = .table(.csv) })
    expect(
      ["--format=dot", "-oa.dot"],
      session {
        $0.form = .dot
        $0.outputPath = "a.dot"
      })
    expect(
      ["--param", "zone=祁县=1", "--param=n="],
      session {
        $0.parameters = [Binding(name: "zone", value: "祁县=1"), Binding(name: "n", value: "")]
      })
    expect(
      ["--read-only", "--timeout", "1.5", "--memory-limit", "2G", "-j", "2"],
      session {
        $0.isReadOnly = true
        $0.limits = ResourceLimits(
          timeout: .milliseconds(1500), memoryBytes: 2 << 30, threadCount: 2)
      })
    expect(["-j8"], session { $0.limits.threadCount = 8 })
    expect(["--jobs=auto"], session { _ in })
    expect(["--", "--help", "-e"], session { $0.paths = ["--help", "-e"] })
    expect(["-"], session { $0.paths = ["-"] })
    expect(["x", "run"], session { $0.paths = ["x", "run"] })
    expect(["./run"], session { $0.paths = ["./run"] })
  }

  @Test func commands() {
    expect(
      ["run", "p.dl", "-F", "facts", "-D-", "-j", "4", "-M", "N=3", "-m", "*"],
      .run(
        RunOptions(
          program: "p.dl", factsPath: "facts", outputPath: "-",
          macros: [Binding(name: "N", value: "3")], magicRelations: "*",
          limits: ResourceLimits(threadCount: 4))))
    expect(
      ["export", "seeds", "--format", "graphml"],
      .export(ExportOptions(paths: ["seeds"], format: .graphml)))
    expect(
      ["export", "seeds", "-o", "x.nt"],
      .export(ExportOptions(paths: ["seeds"], format: .ntriples, outputPath: "x.nt")))
    expect(
      ["sql", "a.dl", "--dialect", "spark", "-o", "a.sql"],
      .sql(SQLOptions(program: "a.dl", dialect: .spark, outputPath: "a.sql")))
    expect(["check", "a.dl", "b.dl"], .check(CheckOptions(paths: ["a.dl", "b.dl"])))
  }

  @Test func helpAndVersion() {
    expect(["--help", "--nonsense"], .help(command: ""))
    expect(["run", "--help"], .help(command: "run"))
    expect(["check", "-h"], .help(command: "check"))
    expect(["--version"], .version)
    expect(["--completions", "bash"], .completions(.bash))
    expect(["--completions=bash"], .completions(.bash))
  }

  struct Mistake: Sendable {
    let arguments: [String]
    let error: UsageError

    init(_ arguments: [String], _ message: String, _ help: String?) {
      self.arguments = arguments
      error = UsageError(message, help: help)
    }
  }

  static let mistakes: [Mistake] = [
    Mistake(["--formt", "csv"], "unknown option \"--formt\"", "did you mean \"--format\"?"),
    Mistake(["--read"], "unknown option \"--read\"", "did you mean \"--read-only\"?"),
    Mistake(["-x"], "unknown option \"-x\"", "\"graphsh --help\" lists the options"),
    Mistake(["-F", "x"], "unknown option \"-F\"", "-F is an option of \"graphsh run\""),
    Mistake(
      ["run", "-e", "x"], "unknown option \"-e\" of \"run\"",
      "-e is an option of graphsh without a command"
    ),
    Mistake(["--version=2"], "--version takes no value, but has \"2\"", nil),
    Mistake(["check", "--help=all"], "--help takes no value, but has \"all\"", nil),
    Mistake(
      ["--completions=ksh"], "there are no completions for \"ksh\"",
      "there are bash, zsh, fish"),
    Mistake(["-e"], "-e needs a value", "write -e QUERY"),
    Mistake(["--format"], "--format needs a value", "write --format FORMAT"),
    Mistake(
      ["--format", "cvs"], "there is no format \"cvs\"",
      "did you mean \"csv\"? There are box, csv, tsv, json, jsonl, markdown, line, dot"
    ),
    Mistake(["--read-only=yes"], "--read-only takes no value, but has \"yes\"", nil),
    Mistake(["--param", "x"], "--param takes NAME=VALUE, not \"x\"", "for example --param n=5"),
    Mistake(["--param", "=x"], "--param takes NAME=VALUE, not \"=x\"", "for example --param n=5"),
    Mistake(["--param", "$a=1"], "the name \"$a\" has a dollar sign", "write --param a=1"),
    Mistake(["--param", "a=1", "--param", "a=2"], "--param gives \"a\" twice", nil),
    Mistake(["--timeout", "0"], "--timeout takes a number of seconds above 0, not \"0\"", nil),
    Mistake(["--timeout", "nan"], "--timeout takes a number of seconds above 0, not \"nan\"", nil),
    Mistake(
      ["--memory-limit", "lots"],
      "--memory-limit takes a size such as 500M or 2G, not \"lots\"", nil
    ),
    Mistake(["-j0"], "-j takes a number from 1 to 1024 or auto, not \"0\"", nil),
    Mistake([""], "a path is empty", nil),
    Mistake(["run"], "\"run\" needs a program", "graphsh run PROGRAM.dl"),
    Mistake(["run", "a", "b"], "unexpected argument \"b\"", "\"run\" takes one program"),
    Mistake(["sql", "a.dl"], "\"sql\" needs a dialect", "--dialect duckdb|postgres|spark"),
    Mistake(
      ["sql", "a.dl", "--dialect", "duckdbb"], "\"sql\" knows no dialect \"duckdbb\"",
      "did you mean \"duckdb\"?"),
    Mistake(["check"], "\"check\" needs a file", "graphsh check FILE..."),
    Mistake(
      ["export", "x"], "\"export\" needs a format",
      "--format jsonl|csv|tsv|dot|graphml|ntriples|cypher|facts|dl"
    ),
    Mistake(["export"], "\"export\" needs a path", "graphsh export PATH... --format FORMAT"),
  ]

  @Test(arguments: mistakes)
  func mistakesAreNamed(mistake: Mistake) {
    #expect(throws: mistake.error) { try ArgumentParser.parse(mistake.arguments) }
  }

  @Test(arguments: [
    ("500", 500), ("1K", 1024), ("1.5m", 3 << 19), ("2GB", 2 << 30), ("1TiB", 1 << 40),
  ])
  func sizes(text: String, bytes: Int) throws {
    #expect(try ArgumentValue.size(text, of: "--memory-limit") == bytes)
  }

  @Test func helpNamesEveryOptionAndFits() {
    for entry in CommandTable.entries {
      let text = HelpText.text(for: entry.name)
      for option in entry.options {
        for name in option.names { #expect(text.contains(name)) }
        #expect(!option.summary.hasSuffix("."))
      }
      for line in text.split(separator: "\n") {
        #expect(DisplayWidth.columns(of: line) <= 80, "\(line)")
      }
    }
    #expect(CommandTable.nearestCommand(to: "exprot") == "export")
    #expect(CommandTable.nearestCommand(to: "seeds") == nil)
  }

  /// With its bytes replaced a word would name another file.
  @Test func wordsThatAreNotUTF8AreRefused() throws {
    let words = ["a b", "企业", ""]
    #expect(try ArgumentParser.texts(of: words.map { Array($0.utf8) }) == words)
    func refusal(_ words: [[UInt8]]) -> String? {
      do throws(UsageError) {
        _ = try ArgumentParser.texts(of: words)
        return nil
      } catch { return error.message }
    }
    #expect(
      refusal([Array("-e".utf8), [0xFE] + Array(".graph".utf8)])
        == #"argument 2 is not UTF-8: "\xFE.graph""#)
    let long = Array(repeating: UInt8(ascii: "x"), count: 100)
    #expect(
      refusal([long + [0xC3, 0x0A] + long])
        == "argument 1 is not UTF-8: \"…" + String(repeating: "x", count: 20) + #"\xC3\n"#
        + String(repeating: "x", count: 18) + "…\"")
    #expect(Program.run(words: [[0xFF]]) == .usage)
  }
}
