import GraphCore
import GraphQuery
import TestSupport
import Testing

/// More texts than there is room for are told of, and what was loaded before stays.
@Suite struct TextLimitTests {
  private let session = QuerySession()

  init() {
    session.graph.dictionary.fullByteCount = 4096
  }

  private func facts(_ count: Int, _ name: String) -> SourceText {
    let text = (0..<count).map { "\(name)(\"the company with the number \($0)\").\n" }.joined()
    return SourceText(name: "\(name).dl", text: text)
  }

  @Test func aLoadIsRefused() throws {
    #expect(session.load([facts(200, "company")]).isLoaded)
    let result = session.load([facts(1, "zone"), facts(1, "park")])
    #expect(!result.isLoaded)
    #expect(result.diagnostics.map(\.code) == [.limitReached])
    #expect(session.graph.nodeCount == 200)
    #expect(session.graph.labels == ["company"])
    // Questions and rules need no room.
    #expect(session.load([SourceText(name: "r.dl", text: "big(x) :- company(x).")]).isLoaded)
    #expect(try session.query("?- big(x).").rowCount == 200)
  }

  /// A write of the library fails as a whole with its first text that has no room, whatever else it goes on to add.
  @Test func aWriteIsRefused() throws {
    func add(_ count: Int, _ type: String) throws {
      try session.write { writer in
        for number in 0..<count {
          writer.addEdge(
            type, from: "the company with the number \(number)", to: "zone",
            properties: [("\(type) since", .text("the year \(number)"))],
            citation: Citation(source: "the report \(number) on \(type)"))
        }
      }
    }
    try add(20, "in")
    let digest = GraphSummary.lines(of: session.graph)
    let error = #expect(throws: GraphWriteError.self) { try add(2000, "at") }
    guard case .violations(let violations)? = error else { return }
    #expect(violations.count == 1)
    #expect(violations.first?.kind == .noRoom)
    #expect((1..<100).contains(violations.first?.ordinal ?? 0))
    #expect(GraphSummary.lines(of: session.graph) == digest)
    #expect(session.graph.dictionary.checkInvariants() == [])
    // What is known needs no room, and a little fits again.
    try add(20, "in")
    try add(1, "on")
    #expect(session.graph.edgeCount == 21)
  }

  @Test func anImportIsRefused() throws {
    #expect(session.load([facts(200, "company")]).isLoaded)
    let input = InputFile(name: "x.csv", bytes: Array("name,label\nA,zone\n".utf8))
    #expect(throws: ImportError.self) {
      try session.graph.write { writer in
        _ = try writer.importRows(of: input, as: .csv)
      }
    }
    #expect(session.graph.nodeCount == 200)
  }
}
