import GraphCore
import GraphQuery
import Testing

/// Relations that are written into one another. How far this goes changes no answer.
@Suite struct InliningTests {
  private func count(_ text: String) throws -> Int {
    let session = QuerySession()
    let loaded = session.load([SourceText(name: "test.dl", text: text)])
    try #require(loaded.isLoaded, "\(loaded.diagnostics.map(\.message))")
    return try session.query("?- out(x).").rowCount
  }

  private func chain(_ count: Int, _ body: (String) -> String) -> String {
    var text = ".decl r0(x:number)\nr0(1). r0(2).\n"
    for number in 1..<count {
      text += ".decl r\(number)(x:number) inline\nr\(number)(x) :- \(body("r\(number - 1)")).\n"
    }
    return text + ".decl out(x:number)\nout(x) :- r\(count - 1)(x).\n"
  }

  @Test(arguments: [5, 99, 100, 101, 102, 450])
  func aChain(_ length: Int) throws {
    #expect(try count(chain(length) { "\($0)(x)" }) == 2)
  }

  /// Bodies that would double with each level.
  @Test func aRelationThatIsUsedTwice() throws {
    #expect(try count(chain(30) { "\($0)(x), \($0)(x)" }) == 2)
  }
}
