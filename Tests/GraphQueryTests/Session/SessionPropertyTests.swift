import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

/// What must hold of every program, tried on random ones.
@Suite struct SessionPropertyTests {
  private static let seeds: ClosedRange<UInt64> = 1...60

  private static func session(loading texts: [String]) -> QuerySession? {
    let session = QuerySession()
    let result = session.load(
      texts.enumerated().map { SourceText(name: "part\($0).dl", text: $1) })
    return result.isLoaded ? session : nil
  }

  /// The rows of an answer with their columns in the order of the names.
  private static func rows(_ session: QuerySession, _ query: String) -> [String] {
    do {
      let answer = try session.query(query)
      let columns = answer.columns.indices.sorted {
        answer.columns[$0].name < answer.columns[$1].name
      }
      let rows = (0..<answer.rowCount).map { row in
        columns.map { "\(answer.columns[$0].name)=\(answer.text(row: row, column: $0))" }
          .joined(separator: " ")
      }
      return rows.sorted()
    } catch {
      return ["\(error)"]
    }
  }

  /// Everything that a session knows, as lines.
  private static func state(_ session: QuerySession) -> [String] {
    let rules = session.program.rules.map { "rules \($0.key): \($0.value.count)" }
    let defined = session.program.defined.keys.map { "defined \($0)" }
    let declared = session.program.declared.map { "declared \($0.key): \($0.value.count)" }
    let facts = session.facts.map { "facts \($0.key): \($0.value.liveCount)" }
    let constraints = ["constraints \(session.program.constraints.count)"]
    let names = ["names \(session.relationNames)"]
    return GraphSummary.lines(of: session.graph)
      + (rules + defined + declared + facts + constraints + names).sorted()
  }

  @Test func orderOfRulesAndConditionsDoesNotMatter() throws {
    for seed in Self.seeds {
      let program = RandomProgram(seed: seed)
      let first = try #require(Self.session(loading: [program.text]))
      var random = SeededGenerator(seed: seed)
      var shuffled = program
      shuffled.facts.shuffle(using: &random)
      shuffled.clauses.shuffle(using: &random)
      for index in shuffled.clauses.indices {
        shuffled.clauses[index].body.shuffle(using: &random)
      }
      shuffled.query.body.shuffle(using: &random)
      let second = try #require(Self.session(loading: [shuffled.text]))
      #expect(
        Self.rows(first, program.query.text) == Self.rows(second, shuffled.query.text),
        "seed \(seed)\n\(program)\n\(shuffled)")
    }
  }

  @Test func orderOfFilesDoesNotMatter() throws {
    for seed in Self.seeds {
      var random = SeededGenerator(seed: seed)
      let program = RandomProgram(seed: seed)
      // A declaration hides graph names in its own file only, so facts of the graph are dealt out.
      let graph = program.facts.filter { !$0.hasPrefix("e") && !$0.hasPrefix(".decl") }
      var parts = [["// one"], ["// two"], ["// three"]]
      for fact in graph { parts[Int.random(in: 0..<3, using: &random)].append(fact) }
      let rest = program.facts.filter { $0.hasPrefix("e") || $0.hasPrefix(".decl") }
      var texts = parts.map { $0.joined(separator: "\n") }
      texts.append((rest + program.clauses.map(\.text)).joined(separator: "\n"))
      let first = try #require(Self.session(loading: texts))
      texts.shuffle(using: &random)
      let second = try #require(Self.session(loading: texts))
      #expect(
        GraphSummary.lines(of: first.graph) == GraphSummary.lines(of: second.graph),
        "seed \(seed)\n\(program)")
      #expect(
        Self.rows(first, program.query.text) == Self.rows(second, program.query.text),
        "seed \(seed)\n\(program)")
    }
  }

  @Test func checkingChangesNothing() throws {
    for seed in Self.seeds {
      let program = RandomProgram(seed: seed)
      let other = RandomProgram(seed: seed + 1_000)
      let session = try #require(Self.session(loading: [program.text]))
      let before = Self.state(session)
      let rows = Self.rows(session, program.query.text)
      // Another program, with and without a mistake; both may contradict what is loaded.
      for text in [other.text, other.text + "wrong(x) :- nowhere(x).\n", "a(\"新\"). r(x :- ."] {
        _ = session.check([SourceText(name: "other.dl", text: text)])
        #expect(Self.state(session) == before, "seed \(seed)\n\(text)")
      }
      #expect(Self.rows(session, program.query.text) == rows, "seed \(seed)")
    }
  }

  @Test func aFailedLoadLeavesEverythingAsItWas() throws {
    let mistakes = [
      "wrong(x) :- nowhere(x).", "a(1).", "e0(\"a\", 1, 2, 3, 4).", "a(\"甲\", age: \"text\").",
      "p(x :- .", ".decl e0(a:numbr)", "zz(x) :- a(x), !zz(x).", "node(\"甲\", rank: 77).",
      "t0(\"甲\", \"新节点\", w: \"text\").",
    ]
    for seed in Self.seeds {
      let program = RandomProgram(seed: seed)
      let other = RandomProgram(seed: seed + 1_000)
      let session = try #require(Self.session(loading: [program.text]))
      let before = Self.state(session)
      let rows = Self.rows(session, program.query.text)
      for mistake in mistakes {
        let result = session.load([
          SourceText(name: "good.dl", text: other.text), SourceText(name: "bad.dl", text: mistake),
        ])
        #expect(!result.isLoaded, "\(mistake)")
        #expect(Self.state(session) == before, "seed \(seed), \(mistake)")
      }
      #expect(Self.rows(session, program.query.text) == rows, "seed \(seed)")
    }
  }

  @Test func oneBadLineOfManyLoadsNothing() throws {
    var lines = (1...10_000).map { "in(\"n\($0)\", \"n\($0 % 7)\", w: \($0))." }
    lines[6_788] = "in(\"n1\", , \"n2\")."
    let session = QuerySession()
    let result = session.load([
      SourceText(name: "facts.dl", text: lines.joined(separator: "\n"))
    ])
    let errors = result.diagnostics.filter { $0.severity == .error }
    #expect(errors.count == 1)
    let span = try #require(errors.first?.span)
    let text = session.sources[span.source]
    #expect(text.location(at: Int(span.lower)).line == 6_789)
    #expect(session.graph.nodeCount == 0)
    #expect(session.graph.edgeCount == 0)
  }
}
