@_spi(Columns) import GraphCore
import GraphQuery
import TestSupport
import Testing

/// Whatever the bytes are, parsing ends, and every place lies inside the text.
@Suite("Syntax: random input")
struct SyntaxFuzzTests {
  static let seed = UInt64.random(in: 0...UInt64.max)

  private func check(_ bytes: [UInt8], _ what: String) {
    for mode in [ParserOptions.Mode.program, .statement] {
      let program = Syntax.parse(bytes, mode: mode)
      for diagnostic in program.diagnostics {
        guard let span = diagnostic.span else { continue }
        if span.lower > span.upper || Int(span.upper) > bytes.count {
          Issue.record("\(span) of \(bytes.count) bytes: \(diagnostic.message); \(what)")
        }
      }
      let facts = program.facts
      for fact in facts.facts {
        if Int(fact.upper) > bytes.count || Int(fact.ordinal) > program.statements.count {
          Issue.record("fact out of bounds; \(what)")
        }
        _ = facts.clause(fact)
      }
      if program.diagnostics.isEmpty {
        let printed = ASTPrinter.text(program)
        let again = Syntax.parse(printed)
        if !again.diagnostics.isEmpty || ASTPrinter.text(again) != printed {
          Issue.record(
            "printed text differs: \(printed) \(again.diagnostics.map(\.message)); \(what)")
        }
      }
    }
    _ = StatementScanner.scan(bytes)
  }

  @Test func randomBytes() {
    var generator = SeededGenerator(seed: Self.seed)
    for round in 0..<400 {
      let count = Int.random(in: 0...200, using: &generator)
      let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
      check(bytes, "seed \(Self.seed), round \(round)")
    }
  }

  static let words = [
    "a", "b", "x", "y", "公司", "?", "_", "(", ")", "(", ")", "[", "]", "{", "}", ",", ",", ".",
    ".", " ", "\n", ":-", ":", ";", "!", "=", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "^",
    "%", "|", "@", "$", "#", "\"t\"", "\"", "“", "”", "，", "（", "）", "。", "？", "1", "2.5", "0x",
    "3.5亿", "1u", "count", "sum", "min", "max", "match", "nil", "as", "true", "band", ".decl ",
    ".type ", ".comp ", ".init ", ".input ", ".plan ", ".edge ", ".node ", ".source ", "?-", "?(",
    "order by ", "limit ", "@ 3", "`q q`", "//", "/*", "*/", "\\", "'", "&&", "==",
    "#define A(x) x x\n",
    "A(1)", "#if 1\n", "#endif\n", "#else\n", "<:", "->", "a(x)", "b(1).", "a(x) :- b(x).\n",
    "{1,3}", "count : {", "e+(x, y)", "range(1, 2)", "\u{3000}", "\r\n", "\t",
  ]

  @Test func tokenSoups() {
    var generator = SeededGenerator(seed: Self.seed &+ 1)
    for round in 0..<1_500 {
      let count = Int.random(in: 0...40, using: &generator)
      let text = (0..<count).map { _ in Self.words.randomElement(using: &generator) ?? "" }.joined()
      check(Array(text.utf8), "seed \(Self.seed), round \(round): \(text)")
    }
  }

  static let factWords = [
    "a", "b", "公司", "(", ")", "(", ")", ",", ",", ",", ".", ".\n", " ", "\"t\"", "\"甲\"",
    "\"q\\\"\\n\"", "\"\\q\"", "1", "-2", "2.50", "-0.0", "0x1F", "3.5亿", "1u", "true", "false",
    "k: ",
    "名:", "k:-1", "count: ", "count", "@ 3", "@4-5", ", 7", "nil", "_", "x", "“甲”", "，", "。", "（",
    "// c\n", "/* */", ".source \"s\"\n", "a(1).\n", "b(\"x\", k: 2) @ 3-4.\n", "+", "#",
    "9999999999999999999",
    ":-", "c.d", "?", "`q`",
  ]

  /// The fast way through facts and the parser must agree on everything. A macro that nobody uses
  /// shuts the fast way.
  @Test func factsAreReadAlikeOnBothWays() {
    var generator = SeededGenerator(seed: Self.seed &+ 3)
    for round in 0..<3_000 {
      let count = Int.random(in: 1...14, using: &generator)
      var text = Bool.random(using: &generator) ? "a(" : ""
      for _ in 0..<count { text += Self.factWords.randomElement(using: &generator) ?? "" }
      text += Bool.random(using: &generator) ? ").\nb(2)." : ""
      let fast = Syntax.parse(text)
      let slow = Syntax.parse(text, macros: [("UNUSED_NAME", "1")])
      let what: Comment = "seed \(Self.seed), round \(round): \(text)"
      #expect(
        "\(fast.diagnostics.map { "\($0.message) \($0.span.debugDescription)" }.sorted())"
          == "\(slow.diagnostics.map { "\($0.message) \($0.span.debugDescription)" }.sorted())",
        what)
      #expect("\(fast.statements)" == "\(slow.statements)", what)
      let both = [fast, slow].map { program in
        program.facts.facts.map {
          "\($0.ordinal) \(program.facts.document(of: $0) ?? "-") \(program.facts.clause($0))"
        }
      }
      #expect(both[0] == both[1], what)
    }
  }

  @Test func truncationsAndMutations() {
    let valid = SyntaxConstructTests.canonical
    var generator = SeededGenerator(seed: Self.seed &+ 2)
    for (round, text) in valid.enumerated() {
      let bytes = Array(text.utf8)
      for _ in 0..<12 {
        check(
          Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &generator))),
          "seed \(Self.seed), program \(round)")
        var mutated = bytes
        for _ in 0..<Int.random(in: 1...4, using: &generator) where !mutated.isEmpty {
          let index = Int.random(in: 0..<mutated.count, using: &generator)
          switch Int.random(in: 0..<3, using: &generator) {
          case 0: mutated.remove(at: index)
          case 1: mutated[index] = bytes[Int.random(in: 0..<bytes.count, using: &generator)]
          default:
            let word = Self.words.randomElement(using: &generator) ?? ""
            mutated.insert(contentsOf: Array(word.utf8), at: index)
          }
        }
        check(
          mutated,
          "seed \(Self.seed), program \(round): \(String(decoding: mutated, as: UTF8.self))")
      }
    }
  }
}
