import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

/// What is remembered of changes, and what of it can still be undone.
@Suite struct ChangeLogTests {
  private func session(_ text: String) -> QuerySession {
    let session = QuerySession()
    session.load([SourceText(name: "t.dl", text: text)])
    return session
  }

  private func perform(_ session: QuerySession, _ text: String) {
    for case .failed in session.perform(statement: SourceText(name: "<input>", text: text)) {
      Issue.record("\(text) failed")
    }
  }

  private func manyChanges() -> QuerySession {
    let session = session("e(\"a\", \"b\"). e(\"b\", \"c\").")
    for number in 0..<130 { perform(session, "mark(\"m\(number)\").") }
    return session
  }

  /// That the oldest changes go leaves a transaction its own.
  @Test func aTransactionAfterManyChangesIsItsOwn() {
    let session = manyChanges()
    session.begin()
    #expect(session.delete("e(\"a\", x)").change != nil)
    #expect(session.rollback().isEmpty)
    #expect(session.graph.edges(ofType: "e").count == 2)
    // What was rolled back cannot be undone again.
    #expect(session.undo().undone?.title == "mark(\"m129\").")
    #expect(session.graph.edges(ofType: "e").count == 2)
    #expect(session.graph.checkInvariants().isEmpty)
  }

  @Test func changesOfATransactionAreUndoneInIt() {
    let session = manyChanges()
    session.begin()
    #expect(session.undo().undone == nil)
    #expect(session.delete("e(\"a\", x)").change != nil)
    #expect(session.undo().undone?.title == "delete e(\"a\", x)")
    #expect(session.undo().undone == nil)
    #expect(session.commit().isEmpty)
    #expect(session.undo().undone?.title == "mark(\"m129\").")
  }

  /// What a statement costs must not depend on how much there is that it leaves alone.
  @Test func aFactTouchesNothingButItsTables() throws {
    let session = session(
      (0..<40).map { "e\($0)(\"a\", \"b\"). l\($0)(\"a\"). .decl d\($0)(x: number)\n" }.joined()
        + "r(x) :- l1(x).")
    let before = session.state
    session.begin()
    perform(session, "e3(\"a\", \"c\").")
    let outer = session.graph.begin()
    perform(session, "e5(\"a\", \"c\").")
    perform(session, "l5(\"c\").")
    let marks = GraphMarks(of: outer)
    #expect(marks.edges.names == [try #require(session.graph.term("e5")).raw])
    #expect(marks.labels.names == [try #require(session.graph.term("l5")).raw])
    #expect(marks.properties.names.isEmpty)
    let counts = GraphDifference.Counts(addedEdges: 1, addedLabels: 1)
    #expect(marks.difference(to: session.graph, limit: 10).counts == counts)
    try session.graph.commit()
    // Neither are rules and declared relations looked through.
    #expect(session.program.revision == before.program.revision)
    #expect(session.factsRevision == before.factsRevision)
    perform(session, "d7(7).")
    #expect(session.program.revision == before.program.revision)
    #expect(session.factsRevision != before.factsRevision)
    #expect(session.commit().isEmpty)
  }

  /// A change that is too large to be kept takes with it what came before.
  @Test func aLargeChangeOfATransactionIsRolledBack() {
    let session = session("e(\"a\", \"b\").")
    session.changes.factLimit = 10
    perform(session, "mark(\"first\").")
    session.begin()
    perform(session, (0..<20).map { "mark(\"m\($0)\")." }.joined(separator: " "))
    perform(session, "mark(\"last\").")
    #expect(session.rollback().isEmpty)
    #expect(session.undo().undone == nil)
    #expect(session.graph.nodes(labelled: "mark").count == 1)
  }

  /// Deletions and new values count as additions do, and what is not kept is still told.
  @Test func largeDeletionsAreCountedAndNotKept() {
    for (text, counted) in [
      ("e(x, y)", GraphDifference.Counts(removedNodes: 21, removedEdges: 20)),
      ("n(x)", GraphDifference.Counts(removedLabels: 20)),
    ] {
      let facts = (0..<20).map { "e(\"x\", \"y\($0)\"). n(\"z\($0)\", p: 1)." }
      let session = session(facts.joined(separator: "\n"))
      session.changes.factLimit = 19
      perform(session, "mark(\"m\").")
      let change = session.delete("\(text)").change
      #expect(change?.difference.counts == counted)
      #expect(change?.difference.isListed == false)
      #expect(session.undo().undone == nil)
    }
    let session = session((0..<20).map { "n(\"z\($0)\", p: 1)." }.joined())
    session.changes.factLimit = 19
    let change = session.set("n(x, p: 2)").change
    #expect(change?.difference.counts == GraphDifference.Counts(changedProperties: 20))
    #expect(session.undo().undone == nil)
    session.changes.factLimit = 20
    #expect(session.set("n(x, p: 3)").change != nil)
    #expect(session.undo().undone != nil)
    #expect(session.graph.node("z7")?["p"] == .integer(2))
  }

  /// What was too large to be remembered is named, as long as it stands in the way.
  @Test func whyALargeChangeCannotBeUndone() {
    let session = session("e(\"a\", \"b\").")
    #expect(session.undo().diagnostics.map(\.message) == ["there is nothing to undo"])
    session.changes.factLimit = 10
    let facts = (0..<20).map { "mark(\"m\($0)\")." }.joined(separator: "\n")
    #expect(session.perform(loading: [SourceText(name: "large.dl", text: facts)]).isLoaded)
    perform(session, "mark(\"last\").")
    #expect(session.undo().undone?.title == "mark(\"last\").")
    let message =
      "`load large.dl` cannot be undone: it changed 20 facts, and no more than 10 of a change are "
      + "remembered"
    #expect(session.undo().diagnostics.map(\.message) == [message])
    // So it is in a transaction, and when that has ended.
    session.begin()
    perform(session, (0..<20).map { "other(\"m\($0)\")." }.joined(separator: " "))
    #expect(session.undo().diagnostics.first?.message.contains("it changed 20 facts") ?? false)
    #expect(session.rollback().isEmpty)
    #expect(session.undo().diagnostics.map(\.message) == ["there is nothing to undo"])
    session.begin()
    let more = SourceText(name: "l.dl", text: facts + "a(\"b\").")
    #expect(session.perform(loading: [more]).isLoaded)
    #expect(session.delete("mark(x)").change != nil)
    #expect(session.commit().isEmpty)
    #expect(session.undo().diagnostics.first?.message.contains("cannot be undone") ?? false)
  }

  @Test func whatASourceSaidIsUndone() {
    let session = QuerySession()
    perform(session, ".source \"a.txt\"")
    perform(session, "mark(\"A\").")
    perform(session, ".source \"b.txt\"")
    #expect(session.currentDocument == "b.txt")
    #expect(session.undo().undone != nil)
    #expect(session.currentDocument == "a.txt")
    // Where somebody else has put an end to it, nothing is restored.
    session.currentDocument = nil
    #expect(session.undo().undone?.title == "mark(\"A\").")
    #expect(session.undo().undone != nil)
    #expect(session.currentDocument == nil)
  }

  @Test func numbersOfChangesOnlyAscend() {
    let empty = QuerySession()
    func record(_ log: inout ChangeLog) {
      log.record(
        SessionChange(title: "\(log.mark)", difference: GraphDifference()), before: empty.state,
        document: nil, kept: empty.graph.documentsKept, declarations: empty.graph.declarations)
    }
    var log = ChangeLog()
    record(&log)
    let mark = log.mark
    log.open.append(ChangeLog.OpenTransaction(state: empty.state, mark: mark))
    #expect(log.last == nil)
    record(&log)
    #expect(log.last?.change.title == "1")
    log.forgetAll()
    log.forget(since: mark)
    #expect(log.last == nil)
    // The change that could not be kept has a number, too.
    record(&log)
    #expect(log.last?.change.title == "3")
    log.open = []
    log.forget(since: mark)
    #expect(log.last == nil)
  }
}
