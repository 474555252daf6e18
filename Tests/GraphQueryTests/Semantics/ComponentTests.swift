import GraphCore
import GraphQuery
import Testing

/// Components that stand in long lines: what is endless is told so, what is too deep is told so, and neither takes
/// long.
@Suite struct ComponentTests {
  private func messages(_ text: String) -> [String] {
    let session = QuerySession()
    session.requiresDeclarations = true
    return session.load([SourceText(name: "test.dl", text: text)]).diagnostics.map(\.message)
  }

  /// `C0`, and components up to a number that are made of the one before.
  private func line(_ count: Int, _ component: (Int) -> String) -> String {
    ".comp C0 { .decl p(x:number) p(1). }\n"
      + (1..<count).map { component($0) + "\n" }.joined()
  }

  @Test func instancesInsideEachOther() {
    func nested(_ count: Int) -> String {
      line(count) { ".comp C\($0) { .init i = C\($0 - 1) }" } + ".init a = C\(count - 1)"
    }
    #expect(messages(nested(100)).isEmpty)
    #expect(
      messages(nested(101)) == ["instances stand inside each other more than 100 levels deep"])
    #expect(
      messages(".comp A { .init b = B } .comp B { .init a = A } .init a = A") == [
        "the component `A` contains an instance of itself, without end"
      ])
  }

  @Test func componentsThatInherit() {
    func chain(_ count: Int) -> String {
      line(count) { ".comp C\($0) : C\($0 - 1) { }" } + ".init a = C\(count - 1)\n.output a.p"
    }
    #expect(messages(chain(101)).isEmpty)
    #expect(messages(chain(5_000)) == ["`C101` inherits through more than 100 components"])
  }

  /// Each level is inherited over two ways, so that there are 2^40 of them to the first.
  @Test func componentsInheritedOverManyWays() {
    let text = line(40) { number in
      ".comp X\(number) : C\(number - 1) { } .comp Y\(number) : C\(number - 1) { } "
        + ".comp C\(number) : X\(number), Y\(number) { }"
    }
    #expect(messages(text).isEmpty)
  }

  @Test(arguments: [2, 50, 300]) func aCircleOfBasesIsOneMistake(_ count: Int) {
    let text = (0..<count).map { ".comp C\($0) : C\(($0 + 1) % count) { }\n" }.joined()
    #expect(messages(text) == ["the component `C0` inherits from itself"])
  }

  @Test func aCircleThroughAParameter() {
    #expect(
      messages(".comp A<T> : T<T> { }\n.init a = A<A>") == [
        "the component `A` inherits from itself"
      ])
  }
}
