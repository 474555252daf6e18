import GraphCore
import Testing

@testable import GraphQuery

/// Facts of declared relations in texts, as many as do not fit one batch.
@Suite struct DeclaredFactTests {
  private func answer(_ text: String, _ query: String) throws -> [String] {
    let session = QuerySession()
    let loaded = session.load([SourceText(name: "p.dl", text: text)])
    #expect(loaded.isLoaded, "\(loaded.diagnostics.map(\.message))")
    let answer = try session.query(query)
    return (0..<answer.rowCount).map { row in
      answer.columns.indices.map { answer.text(row: row, column: $0) }.joined(separator: " ")
    }
  }

  @Test func eachIsKeptOnce() throws {
    let facts = (0..<5000).map { "r(\($0 % 1700), \"x\($0 % 1700)\").\n" }.joined()
    let text = ".decl r(a:number, b:symbol)\n" + facts
    #expect(try answer(text, "?(n) :- n = count : { r(_, _) }.") == ["1700"])
    #expect(try answer(text, "?(b) :- r(1699, b).") == ["x1699"])
  }

  @Test func argumentsMayBeNamedInAnyOrder() throws {
    let text =
      ".decl r(a:number, b:symbol)\nr(b: \"y\", a: 2). r(1, b: \"z\"). r(b: \"w\", a: 3, a: 4)."
    let session = QuerySession()
    let loaded = session.load([SourceText(name: "p.dl", text: text)])
    #expect(loaded.diagnostics.map(\.code) == [.duplicateDeclaration])
    let sound = text.replacingLastFact()
    #expect(try answer(sound, "?(a, b) :- r(a, b).") == ["1 z", "2 y"])
  }

  @Test func laterFactsJoinEarlierOnes() throws {
    let session = QuerySession()
    session.load([SourceText(name: "p.dl", text: ".decl r(a:number)\nr(1). r(2).")])
    for fact in ["r(2).", "r(3)."] {
      _ = session.execute(statement: SourceText(name: "t", text: fact))
    }
    let answer = try session.query("?(a) :- r(a).")
    #expect((0..<answer.rowCount).map { answer.text(row: $0, column: 0) } == ["1", "2", "3"])
  }
}

extension String {
  /// The text without its last statement.
  fileprivate func replacingLastFact() -> String {
    let end = lastIndex(of: "r") ?? endIndex
    return String(self[..<end])
  }
}
