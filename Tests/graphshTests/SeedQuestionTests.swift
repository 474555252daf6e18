import GraphCore
import GraphQuery
import Testing

/// The seed graph answers its questions as `seeds/questions.dl` says, and its report counts it right.
@Suite struct SeedQuestionTests {
  /// The folder of the package, three steps above this file.
  static let root = #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" }

  static let questions: [SeedQuestion] = {
    let path = "\(root)/seeds/questions.dl"
    guard let bytes = try? Files.read(path) else { return [] }
    return SeedQuestion.read(SourceText(name: path, bytes: bytes))
  }()

  /// A session that holds the whole folder, and what was said while it was loaded.
  static func loadSeeds() throws -> (session: QuerySession, result: QuerySession.LoadResult) {
    let folder = "\(root)/seeds"
    let names = try Files.list(folder).filter { $0.hasSuffix(".dl") }
    let texts = try names.map { name in
      SourceText(name: name, bytes: try Files.read("\(folder)/\(name)"))
    }
    let session = QuerySession()
    let result = session.load(texts)
    return (session, result)
  }

  @Test func loadingSaysNothing() throws {
    let (session, result) = try Self.loadSeeds()
    let renderer = DiagnosticRenderer(sources: session.sources)
    #expect(result.diagnostics.map { renderer.renderLine($0) } == [])
    #expect(result.queryCount == Self.questions.count)
  }

  @Test func thereAreThirtyQuestionsAndEachHasAnAnswer() {
    #expect(Self.questions.count >= 30)
    #expect(Self.questions.map(\.number) == Array(1...max(1, Self.questions.count)))
    for question in Self.questions {
      #expect(!question.expected.isEmpty, "\(question.heading)")
    }
  }

  @Test func questionsAreAnsweredAsWritten() throws {
    let (session, _) = try Self.loadSeeds()
    for question in Self.questions {
      do {
        let rows = SeedQuestion.rows(of: try session.query(question.query))
        #expect(rows == question.expected, "\(question.heading)")
      } catch {
        Issue.record(error, "\(question.heading)")
      }
    }
  }

  @Test func theReportCountsTheGraph() throws {
    let (session, _) = try Self.loadSeeds()
    let path = "\(Self.root)/Documentation/SeedGraph.md"
    let report = SeedReport(String(decoding: try Files.read(path), as: UTF8.self))
    func count(_ atom: String) throws -> Int {
      let answer = try session.query("?(n) :- n = count : { \(atom) }.")
      return Int(SeedQuestion.rows(of: answer)[0]) ?? -1
    }

    #expect(report.total(of: "nodes") == session.graph.nodeCount)
    #expect(report.total(of: "edges") == session.graph.edgeCount)
    #expect(report.total(of: "aliases") == session.graph.aliases.count)
    #expect(report.labels.count == report.total(of: "labels"))
    #expect(report.edgeTypes.count == report.total(of: "edge types"))
    for (label, counts) in report.labels {
      #expect(try count("\(label)(_)") == counts[0], "label \(label)")
    }
    for (type, counts) in report.edgeTypes {
      #expect(try count("\(type)(_, _, id: _)") == counts[0], "edge type \(type)")
      #expect(try count("\(type)(_, _)") == counts[1], "pairs of \(type)")
    }
  }
}

/// One question: a comment that asks it, its query, and the rows that are to come.
///
///     // 7. Who leads two bodies at once?
///     ?(p, n) :- person(p), n = count : { leads(p, _) }, n > 1.
///     //= 路海平 | 3
struct SeedQuestion {
  var heading: String
  var query: String
  var expected: [String] = []

  /// The number before the heading's first full stop.
  var number: Int? { heading.split(separator: ".").first.flatMap { Int($0) } }

  /// The questions of a file in their order; rules between them are passed over.
  static func read(_ text: SourceText) -> [SeedQuestion] {
    var questions: [SeedQuestion] = []
    var heading = ""
    var offset = 0
    /// Takes the comment lines before a statement, and says what else there is.
    func readComments(_ range: Range<Int>) -> String {
      var lines = text.text(range).split(separator: "\n", omittingEmptySubsequences: false)[...]
      while let line = lines.first, line.isEmpty || line.hasPrefix("//") {
        if line.hasPrefix("//=") {
          questions[questions.count - 1].expected.append(String(line.dropFirst(4)))
        } else if line.hasPrefix("// "), line.dropFirst(3).first?.isNumber == true {
          heading = String(line.dropFirst(3))
        }
        lines = lines.dropFirst()
      }
      return lines.joined(separator: "\n")
    }
    while case .complete(let end) = StatementScanner.scan(text.bytes, from: offset) {
      let statement = readComments(offset..<end)
      if statement.hasPrefix("?") {
        questions.append(SeedQuestion(heading: heading, query: statement))
      }
      offset = end
    }
    _ = readComments(offset..<text.bytes.count)
    return questions
  }

  /// The rows of an answer, cells divided by bars; `yes` or `no` where no column is asked for.
  static func rows(of answer: Answer) -> [String] {
    if answer.isTruthValue { return [answer.holds ? "yes" : "no"] }
    if answer.rowCount == 0 { return ["no rows"] }
    return (0..<answer.rowCount).map { row in
      answer.columns.indices.map { answer.text(row: row, column: $0) }.joined(separator: " | ")
    }
  }
}

/// The counts that `Documentation/SeedGraph.md` gives.
struct SeedReport {
  private var totals = ""
  private(set) var labels: [String: [Int]] = [:]
  private(set) var edgeTypes: [String: [Int]] = [:]

  init(_ text: String) {
    var section = ""
    for line in text.split(separator: "\n") {
      if line.hasPrefix("#") { section = String(line) }
      if line.contains(" nodes, ") && totals.isEmpty { totals = String(line) }
      guard line.hasPrefix("| `") else { continue }
      let cells = line.split(separator: "|").map { $0.filter { !" `".contains($0) } }
      let counts = cells.dropFirst().compactMap { Self.number($0) }
      switch section {
      case "### Per label": labels[cells[0]] = counts
      case "### Per edge type": edgeTypes[cells[0]] = counts
      default: break
      }
    }
  }

  /// The number before a word of the first line: `1,463 nodes, 3,680 edges; 33 edge types`.
  func total(of word: String) -> Int? {
    let parts = totals.replacing("; ", with: ", ").split(separator: ", ")
    return parts.first { $0.hasSuffix(" \(word)") }.flatMap {
      Self.number($0.dropLast(word.count + 1))
    }
  }

  private static func number(_ text: some StringProtocol) -> Int? {
    Int(String(text.filter { $0 != "," }))
  }
}
