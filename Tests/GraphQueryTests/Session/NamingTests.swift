import GraphCore
import GraphQuery
import TestSupport
import Testing

/// Nodes are made one, parted again and renamed.
@Suite struct NamingTests {
  private func session(_ text: String) -> QuerySession {
    let session = QuerySession()
    #expect(session.load([SourceText(name: "t.dl", text: text)]).isLoaded)
    return session
  }

  private static let base = """
    .source "d.txt"
    company("A", founded: 1990) @ 1. plant("A") @ 2. company("B") @ 4. zone("Z"). alias("AA", "A").
    in_zone("A", "Z", since: 2000) @ 3. in_zone("B", "Z", since: 2001). in_zone("A", "A").
    supplies("A", "B", what: "x") @ 5. supplies("B", "A").
    """

  @Test func splittingTakesMergingBack() throws {
    let session = session(Self.base)
    let before = session.graph.digest
    #expect(session.mergeNode("A", into: "B").change != nil)
    #expect(session.graph.node("A")?.name == "B")
    #expect(session.graph.node("AA")?.name == "B")
    #expect(session.graph.node("B")?["founded"] == 1990)
    #expect(session.splitNode("A").change != nil)
    // What both had keeps the citations of both.
    #expect(session.graph.node("B")?.citations(ofLabel: "company").count == 2)
    let citation = #"l company B "#
    func rest(_ digest: String) -> [Substring] {
      digest.split(separator: "\n").filter { !$0.hasPrefix(citation) }
    }
    #expect(rest(session.graph.digest) == rest(before))
    #expect(session.graph.checkInvariants() == [])
    #expect(session.splitNode("A").change == nil)
    #expect(session.undo().undone != nil)
    #expect(session.undo().undone != nil)
    #expect(session.graph.digest == before)
  }

  /// Names that only their bytes tell apart are those of two nodes.
  @Test func namesAreToldApartByTheirBytes() throws {
    let (one, other) = ("é", "e\u{301}")
    let session = session(
      "c(\"\(one)\"). c(\"\(other)\"). c(\"z\"). t(\"\(other)\", \"z\"). alias(\"1\", \"\(one)\"). alias(\"2\", \"\(other)\")."
    )
    let before = ExactText(session.graph.digest)
    #expect(session.renameNode(one, to: "x").change != nil)
    #expect(session.graph.node("1")?.name == "x")
    #expect(session.graph.node("2").map { ExactText($0.name) } == ExactText(other))
    #expect(session.undo().undone != nil)
    #expect(session.mergeNode(one, into: "z").change != nil)
    #expect(session.splitNode(one).change != nil)
    #expect(ExactText(session.graph.digest) == before)
    #expect(session.delete("alias(x, \"\(one)\")").change?.difference.removedAliases.count == 1)
  }

  @Test func whatIsGoneStaysGone() throws {
    let session = session(Self.base)
    #expect(session.mergeNode("A", into: "B").change != nil)
    #expect(session.delete("in_zone(\"B\", \"Z\", since: 2000)").change != nil)
    #expect(session.set("company(\"B\", founded: 1991)").change != nil)
    #expect(session.splitNode("A").change != nil)
    #expect(session.graph.node("A")?["founded"] == nil)
    #expect(session.graph.node("B")?["founded"] == 1991)
    #expect(session.graph.node("A")?.outgoing("in_zone").map(\.target.name) == ["A"])
  }

  @Test func renaming() throws {
    let session = session(Self.base)
    let renamed = self.session(
      Self.base.split(separator: "\"A\"", omittingEmptySubsequences: false).joined(
        separator: "\"新\""))
    #expect(session.renameNode("AA", to: "新").change != nil)
    #expect(session.graph.digest == renamed.graph.digest)
    #expect(session.graph.checkInvariants() == [])
    #expect(session.renameNode("新", to: "B").diagnostics.map(\.code) == [.invalidFact])
    #expect(session.renameNode("none", to: "C").change == nil)
    #expect(session.renameNode("新", to: "AA").change != nil)
    #expect(session.graph.aliases.isEmpty)
    #expect(session.graph.node("AA")?["founded"] == 1990)
  }

  @Test func forgetting() throws {
    let session = session(Self.base)
    let rules = """
      here(x) :- in_zone(x, _). there(x) :- here(x). .decl r(x: number) r(1). :- here("Q").
      """
    #expect(session.load([SourceText(name: "r.dl", text: rules)]).isLoaded)
    #expect(session.forget(["nothing"]).change == nil)
    #expect(session.forget(["there", "r", "constraints"]).change != nil)
    #expect(throws: Diagnostic.self) { try session.query("?- there(x).") }
    #expect(throws: Diagnostic.self) { try session.query("?- r(x).") }
    #expect(try session.query("?- here(x).").rowCount == 2)
    #expect(session.undo().undone != nil)
    #expect(try session.query("?- r(x), there(\"A\").").rowCount == 1)
  }
}
