import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

/// A question that is asked again with other texts, or after something has changed, is answered as if it had been
/// asked for the first time.
@Suite struct PreparedQuestionTests {
  /// Two sessions to which the same is done; one of them prepares no question, since it has a macro.
  private struct Pair {
    let session = QuerySession()
    let plain = QuerySession()

    init(_ text: String = PreparedQuestionTests.facts) {
      plain.macros = [("NOWHERE_USED", "1")]
      for session in [session, plain] { session.load([SourceText(name: "t.dl", text: text)]) }
    }

    var all: [QuerySession] { [session, plain] }

    /// What a statement leads to: rows, reports with their places, the query's own text.
    func outcomes(_ text: String) -> [[String]] {
      all.map { session in
        var lines: [String] = []
        let outcomes = session.perform(
          statement: SourceText(name: "q", text: text)
        ) { diagnostics in
          lines += diagnostics.map { diagnostic in
            let spans = ([diagnostic.span] + diagnostic.labels.map(\.span)).compactMap { $0 }
            let places = spans.map {
              "\(session.sources.place($0)) \(session.sources.text($0))"
            }
            return "\(diagnostic.code) \(diagnostic.message) \(places)"
          }
        }
        for outcome in outcomes {
          switch outcome {
          case .answer(let answer, let query):
            lines.append("\(session.sources.text(query.tree.span)) \(answer.columns.map(\.name))")
            for row in 0..<answer.rowCount {
              lines.append(
                answer.columns.indices.map { answer.text(row: row, column: $0) }
                  .joined(separator: " | "))
            }
          case .changed(let change): lines.append(change.title)
          case .failed: lines.append("failed")
          }
        }
        return lines
      }
    }

    /// Expects both to say the same; returns what that is.
    @discardableResult
    func ask(_ text: String, _ comment: Comment? = nil) -> [String] {
      let found = outcomes(text)
      #expect(found[0] == found[1], comment)
      return found[0]
    }

    func change(_ body: (QuerySession) -> Void) {
      for session in all { body(session) }
    }
  }

  private static let facts = """
    .decl price(what: symbol, n: number)
    .decl long(what: symbol) inline
    company("晋钢"). company("富士康"). company("英特丽"). zone("晋城经开区").
    located_in("晋钢", "晋城经开区"). located_in("富士康", "晋城经开区").
    supplies("晋钢", "富士康", amount: 3). supplies("富士康", "英特丽", amount: 7). supplies("英特丽", "晋钢").
    price("晋钢", 1). price("钢", 0). price("富士康", 2).
    alias("富士康科技", "富士康").
    long(x) :- price(x, _), contains(x, "晋钢与富士康").
    near(x, y) :- supplies(x, y).
    near(cat(x, "!"), y) :- located_in(x, y).
    """

  @Test func textsAreReplaced() {
    let pair = Pair()
    for name in ["晋钢", "富士康", "英特丽", "晋城经开区", "nobody", "富士康科技", "", "晋钢!"] {
      pair.ask("?(x) :- supplies(\"\(name)\", x).")
      pair.ask("?- supplies(x, \"\(name)\"), located_in(x, z).")
      pair.ask("?- supplies+(\"\(name)\", x).")
      pair.ask("?- supplies*(\"\(name)\", x).")
      pair.ask("?- near(\"\(name)\", y).")
      pair.ask("?- price(\"\(name)\", n), !located_in(\"\(name)\", _).")
      pair.ask("?- company(x), !supplies(\"\(name)\", x).")
      pair.ask("?(n: count) :- supplies(\"\(name)\", x), supplies(x, y).")
      pair.ask("?- company(\"\(name)\").")
      pair.ask("?(x, n) :- company(x), n = count : { supplies(\"\(name)\", x) }.")
    }
    #expect(pair.ask("?(x) :- supplies(\"英特丽\", x).").last == "晋钢")
  }

  /// An edge type that rules add to, asked for texts that end up in the rules of the recursion.
  @Test func rulesOfARecursionMayHaveTextsOfTheQuestion() {
    let pair = Pair(
      """
      company("晋钢"). company("富士康").
      supplies("晋钢", "富士康", amount: 3). supplies("富士康", "英特丽"). supplies("英特丽", "晋钢").
      supplies(x, x) :- company(x), supplies(x, _).
      supplies(x, z) :- company(x), supplies(x, y), supplies(y, z).
      """)
    for name in ["晋钢", "富士康", "英特丽"] {
      pair.ask("?- supplies(\"\(name)\", y), supplies(y, \"晋钢\").")
      pair.ask("?(y) :- (supplies(y, \"晋钢\") ; supplies(y, \"\(name)\")), supplies(\"晋钢\", y).")
    }
    #expect(pair.ask("?(y) :- supplies(\"晋钢\", y), supplies(y, \"晋钢\").").count == 4)
  }

  @Test func equalTextsStayEqual() {
    let pair = Pair()
    pair.ask("?- supplies(\"晋钢\", \"晋钢\").")
    pair.ask("?- supplies(\"晋钢\", \"富士康\").")
    pair.ask("?- supplies(\"富士康\", \"富士康\").")
    for (a, b) in [("晋钢", "富士康"), ("富士康", "富士康"), ("英特丽", "英特丽"), ("英特丽", "晋钢")] {
      pair.ask("?- supplies(x, \"\(a)\"); supplies(\"\(b)\", x).")
      pair.ask("?- supplies(\"\(a)\", x), supplies(x, \"\(b)\").")
    }
  }

  @Test func textsThatAreNoArgumentsDecideWhatIsAsked() {
    let pair = Pair()
    for text in ["晋钢", "富士康", "钢", "康$", ".*", "富士康科技", "("] {
      pair.ask("?- company(x), contains(\"\(text)\", x).")
      pair.ask("?- company(x), match(\"\(text)\", x).")
      pair.ask("?- company(x), x != \"\(text)\".")
      pair.ask("?- company(x), x = \"\(text)\".")
      pair.ask("?(x, \"\(text)\") :- company(x).")
      pair.ask("?(n: count : { supplies(\"\(text)\", y) }, x) :- company(x).")
      pair.ask("?(count : { supplies(\"\(text)\", y) }) :- company(\"\(text)\").")
      pair.ask("?- long(\"\(text)\").")
      pair.ask("?- price(x, strlen(\"\(text)\")).")
      pair.ask("?- company(x), n = strlen(cat(x, \"\(text)\")).")
    }
  }

  @Test func changesBetweenQuestionsAreSeen() {
    let pair = Pair()
    func ask(_ comment: Comment) -> [String] {
      pair.ask("?- supplies(\"晋钢\", \"新公司\").", comment)
      pair.ask("?- reach(\"富士康\", x).", comment)
      pair.ask("?- supplies(\"富士康\", x, amount: n).", comment)
      pair.ask("?- company(\"富士康\", founded: n).", comment)
      return pair.ask("?(x) :- supplies(\"晋钢\", x).", comment)
    }
    let first = ask("at first")
    #expect(ask("again") == first)
    pair.ask("supplies(\"晋钢\", \"新公司\").")
    #expect(ask("a new node").count == first.count + 1)
    pair.ask("reach(x, y) :- supplies(x, y).")
    _ = ask("a rule")
    pair.ask("reach(x, z) :- reach(x, y), supplies(y, z).")
    _ = ask("another rule")
    pair.ask("supplies(x, y) :- near(y, x).")
    _ = ask("a rule for an edge type")
    pair.change { _ = $0.undo() }
    _ = ask("undone")
    pair.change { _ = $0.undo() }
    pair.ask("reach(x, \"elsewhere\") :- supplies(x, _).")
    _ = ask("another rule in its place")
    pair.change { _ = $0.renameNode("富士康", to: "富士康集团") }
    _ = ask("renamed")
    pair.ask("alias(\"富士康\", \"英特丽\").")
    _ = ask("an alias")
    pair.change { $0.begin() }
    _ = ask("in a transaction")
    pair.ask("supplies(\"晋钢\", \"昙花\").")
    _ = ask("a change in it")
    pair.change { _ = $0.rollback() }
    _ = ask("rolled back")
    pair.ask(".edge supplies(company, _, amount: float)")
    pair.ask(".node company(founded: number)")
    _ = ask("a schema")
    pair.ask("company(\"富士康集团\", founded: 1974).")
    _ = ask("a property")
    pair.change { _ = $0.delete("supplies(\"晋钢\", y)") }
    _ = ask("deleted")
  }

  @Test func valuesOfParametersAreNotKept() {
    let pair = Pair()
    let question = "?- supplies(\"晋钢\", x), price(x, $n)."
    pair.ask(question)
    for n in [2, 1, 2] {
      pair.change { $0.parameters = ["n": .integer(Int64(n))] }
      #expect(pair.ask(question).count == (n == 2 ? 2 : 1))
    }
    pair.ask("sold(x, y) :- supplies(x, y), price(y, _), x != $b.")
    for value in [
      Value.text("晋钢"), .text("富士康"), .text("富士康科技"), .text("nobody"), .integer(3), .text("英特丽"),
    ] {
      for other in [Value.text("晋钢"), value] {
        pair.change { $0.parameters = ["a": value, "b": other] }
        pair.ask("?(x) :- supplies($a, x).")
        pair.ask("?- supplies($a, x), supplies(x, $b).")
        pair.ask("?- supplies(x, $a), x != $a.")
        pair.ask("?- supplies(x, $a), contains($b, x), company($b).")
        pair.ask("?- sold($a, y).")
        pair.ask("?- supplies(\"晋钢\", x), price($a, $b).")
      }
    }
    pair.change { $0.parameters = [:] }
    pair.ask("?(x) :- supplies($a, x).")
  }

  /// What evaluates a question again has no part in the answers that were given before.
  @Test func answersStayAsTheyWere() throws {
    let pair = Pair()
    let names = ["晋钢", "富士康", "nobody", "英特丽", "晋城经开区", "nobody else", "晋钢"]
    let questions = [
      "?(x) :- supplies(\"$\", x).", "?(n: count) :- supplies(\"$\", x), supplies(x, y).",
      "?- near(x, \"$\").",
      "?(x, y) :- supplies(x, y), y != \"$\", near(\"$\", x) order by y desc.",
      "?- \"$\" = x, company(\"$\").", "?(cat(x, \"!\")) :- supplies(\"$\", x).",
    ]
    func rows(_ answer: Answer) -> [String] {
      (0..<answer.rowCount).map { row in
        answer.columns.indices.map { answer.text(row: row, column: $0) }.joined(separator: "|")
      }
    }
    var given: [(question: String, answer: Answer, rows: [String])] = []
    for question in questions {
      for name in names + names {
        let text = question.split(separator: "$", omittingEmptySubsequences: false)
          .joined(separator: name)
        let answer = try pair.session.query(text)
        let plain = try pair.plain.query(text)
        #expect(rows(answer) == rows(plain), "\(text)")
        given.append((text, answer, rows(plain)))
      }
    }
    for (question, answer, expected) in given { #expect(rows(answer) == expected, "\(question)") }
  }

  /// However large the tables and their indexes are, the engine that has answered answers again; not where a run leaves
  /// more behind than rows.
  @Test func enginesAreKept() throws {
    let session = QuerySession()
    try session.graph.write { writer in
      for number in 0..<150_000 { writer.addEdge("to", from: "\(number)", to: "\(number / 2)") }
    }
    func engine(_ text: String) throws -> Engine? {
      _ = try session.query(text)
      let shape = try #require(QuestionShape(SourceText(name: "q", text: text)))
      return session.questions.question(shape, [:])?.kept?.engine
    }
    for question in [
      "?(x) :- to(\"$\", x).", "?(x) :- to(x, \"$\").",
      "?(x) :- to(\"$\", x), to(x, y), !to(y, x).", "?(n: count) :- to(x, \"$\"), to(y, x).",
      "?(x, n) :- to(\"$\", x), n = count : { to(_, x) }.",
    ] {
      func text(_ name: String) -> String {
        question.split(separator: "$", omittingEmptySubsequences: false).joined(separator: name)
      }
      let first = try #require(try engine(text("7")), "\(question)")
      #expect(try engine(text("9")) === first, "\(question)")
      #expect(try engine(text("nobody")) === first, "\(question)")
    }
    #expect(try engine("?(x) :- to+(\"7\", x).") == nil)
  }

  /// Answers of many rows, which keep the relation that they are read from, between others, and more questions than
  /// have engines of their own.
  @Test func largeAnswersAndManyQuestions() {
    var text = "edge2(\"hub\", \"a\")."
    for number in 0..<5_000 { text += "edge2(\"hub\", \"n\(number)\"). " }
    for number in 0..<40 {
      text += "edge2(\"n\(number)\", \"hub\"). many\(number)(\"a\", \"b\"). "
    }
    let pair = Pair(text)
    for name in ["a", "n1", "hub", "n2", "hub", "n3", "n4"] {
      let found = pair.ask("?(x) :- edge2(\"\(name)\", x).")
      #expect(found.count == (name == "hub" ? 5_002 : name == "a" ? 1 : 2))
      pair.ask("?(x, y) :- edge2(\"\(name)\", x), edge2(x, y), y < \"n2\".")
    }
    for _ in 0..<2 {
      for number in 0..<40 {
        #expect(pair.ask("?(x) :- many\(number)(\"a\", x).").count == 2)
        #expect(pair.ask("?(x) :- many\(number)(\"b\", x).").count == 1)
      }
    }
  }

  @Test func limitsHoldWhenAskedAgain() {
    let pair = Pair()
    let question = "?- supplies(\"富士康\", x), company(x)."
    for _ in 0..<3 { #expect(pair.ask(question).count == 2) }
    pair.change { $0.limits = QueryLimits(memory: 1) }
    for _ in 0..<2 { #expect(pair.ask(question).last == "failed") }
    pair.change { $0.limits = QueryLimits() }
    for _ in 0..<3 { #expect(pair.ask(question).count == 2) }
    pair.change { $0.limits = QueryLimits(timeout: 0) }
    #expect(pair.ask(question).last == "failed")
    pair.change { $0.limits = QueryLimits(timeout: 60) }
    for _ in 0..<3 { #expect(pair.ask(question).count == 2) }
    pair.change { $0.threadCount = 2 }
    for _ in 0..<3 { #expect(pair.ask(question).count == 2) }
  }

  @Test func whatIsReportedLiesInTheQuestionItself() {
    let pair = Pair()
    for name in ["晋钢", "a longer name than that", "富士康"] {
      for _ in 0..<2 {
        // Each fails or warns in its own way: while it runs, when it is read, when it is lowered.
        pair.ask("?- price(\"\(name)\", n), m = to_number(cat(\"\(name)\", \"x\")).")
        pair.ask("?- price(\"\(name)\", n), m = n / (n - n).")
        pair.ask("?- price(\"\(name)\", n), m = 3 / (n - 1), k = 4 / (n - 2).")
        pair.ask("?- pricy(\"\(name)\", n).")
        pair.ask("?- price(\"\(name)\").")
        pair.ask("?- price(\"\(name)\", n) limit 1 offset x.")
        pair.ask("?- price(\"\(name)\", \"\(name)\").")
        pair.ask("?- price(\"\(name), n).")
      }
    }
  }

  @Test func aStoppedQuestionIsShownWhereItStands() {
    let session = QuerySession()
    session.load([SourceText(name: "t.dl", text: Self.facts)])
    func places(_ text: SourceText) -> [String] {
      var places: [String] = []
      _ = session.perform(statement: text) { diagnostics in
        places += diagnostics.map { diagnostic in
          let place = diagnostic.span.map {
            "\(session.sources.place($0)) \(session.sources.text($0))"
          }
          return "\(diagnostic.code) \(place ?? "")"
        }
      }
      return places
    }
    #expect(places(SourceText(name: "q", text: "?- supplies(\"富士康\", x), company(x).")).isEmpty)
    session.limits = QueryLimits(memory: 1)
    let later = "?- supplies(\"晋钢\", x), company(x)."
    #expect(
      places(SourceText(name: "later", text: later, firstLine: 7)) == [
        "limitReached later:7 \(later)"
      ])
    #expect(session.stoppedProgress != nil)
  }

  private static let statements = [
    "?(x) :- supplies(\"$\", x).", "?- supplies(\"$\", x), supplies(x, \"$\").",
    "?- near(\"$\", x), company(x).", "?- company(\"$\").", "?- price(\"$\", n).",
    "?- far(\"$\", x).", "?- node(x), near(x, \"$\"), x != \"$\".", "?- label(\"$\", l).",
    "?- property(\"$\", k, t).", "?(x, n) :- near(x, \"$\"), n = count : { near(x, _) }.",
    "supplies(\"$\", \"$\").", "company(\"$\").", "price(\"$\", 3).", "alias(\"$\", \"$\").",
    "far(x, y) :- near(x, y), !company(\"$\").", "near(x, \"$\") :- company(x).",
    ".decl far(a: symbol, b: symbol)", ".edge supplies(company, _, since: number)",
    "?- last(x).",
  ]

  @Test(arguments: 0..<12 as Range<UInt64>)
  func anyOrderOfQuestionsAndChanges(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let pair = Pair()
    let names = ["晋钢", "富士康", "英特丽", "晋城经开区", "n1", "n2", "钢"]
    var log: [String] = []
    for _ in 0..<60 {
      var text = ""
      for part in (Self.statements.randomElement(using: &random) ?? "").split(
        separator: "$", omittingEmptySubsequences: false)
      {
        text += (text.isEmpty ? "" : names.randomElement(using: &random) ?? "") + part
      }
      switch Int.random(in: 0..<20, using: &random) {
      case 0: pair.change { _ = $0.undo() }
      case 1: pair.change { $0.begin() }
      case 2: pair.change { _ = $0.rollback() }
      case 3: pair.change { _ = $0.commit() }
      case 4:
        let (a, b) = (names.randomElement(using: &random) ?? "", "n\(seed)")
        pair.change { _ = $0.renameNode(a, to: b) }
      default: break
      }
      log.append(text)
      let found = pair.outcomes(text)
      #expect(found[0] == found[1], "seed \(seed): \(log.joined(separator: " "))")
      if found[0] != found[1] { return }
    }
  }

  /// With one shape too many the one that was not asked for the longest time goes, and no other.
  @Test func theOldestQuestionGoes() throws {
    let session = QuerySession()
    session.load([SourceText(name: "t.dl", text: "e(\"a\", \"b\", w: 1).")])
    func text(_ number: Int) -> SourceText {
      SourceText(name: "q", text: "?- e(\"a\", x, w: w), w < \(number).")
    }
    func isKept(_ number: Int) -> Bool {
      session.questionShape(text(number)).map { session.questions.holds($0) } == true
    }
    for number in 0..<PreparedQuestions.most { _ = session.execute(statement: text(number)) }
    #expect(isKept(0) && isKept(1))
    _ = session.execute(statement: text(0))
    _ = session.execute(statement: text(PreparedQuestions.most))
    #expect(session.questions.count == PreparedQuestions.most)
    #expect(isKept(0) && !isKept(1) && isKept(2) && isKept(PreparedQuestions.most))
    for number in 0..<3 * PreparedQuestions.most { _ = session.execute(statement: text(number)) }
    #expect(session.questions.count == PreparedQuestions.most)
  }

  /// Aggregates that are computed in one pass are computed in one again.
  @Test func aggregatesOverTheSameRowsAreAskedAgain() {
    let pair = Pair(
      """
      .decl o(i: number, a: number, t: symbol)
      o(i, i % 7, to_string(i % 3)) :- i = range(0, 6000).
      """)
    for text in ["0", "1", "2", "0", "1"] {
      let rows = "o(i, a, \"\(text)\")"
      let aggregates = ["n = count", "s = sum i", "l = max i"].map { "\($0) : { \(rows) }" }
      let lines = pair.ask(
        "?(a, n, s, l) :- o(_, a, \"\(text)\"), " + aggregates.joined(separator: ", ") + ".")
      #expect(lines.count == 8, "\(lines)")
    }
  }
}
