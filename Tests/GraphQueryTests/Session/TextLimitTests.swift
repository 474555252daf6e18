import GraphCore
import GraphQuery
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
