import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

/// Sessions on a graph in a file.
@Suite struct DatabaseTests {
  private func withDatabase(_ body: (String) throws -> Void) throws {
    try withTemporaryFolder("database") { try body("\($0)/x.graph") }
  }

  @discardableResult
  private func perform(_ session: QuerySession, _ text: String) -> [Diagnostic] {
    var problems: [Diagnostic] = []
    _ = session.perform(statement: SourceText(name: "<input>", text: text)) { problems += $0 }
    return problems.filter { $0.severity == .error }
  }

  private func rows(_ session: QuerySession, _ query: String) throws -> [String] {
    let answer = try session.query(query)
    return (0..<answer.rowCount).map { row in
      answer.columns.indices.map { answer.text(row: row, column: $0) }.joined(separator: " ")
    }
  }

  @Test func statementsAreThereAgain() throws {
    try withDatabase { path in
      let session = try QuerySession.open(path)
      perform(session, "company(\"A\", founded: 1990) @ 3. supplies(\"A\", \"B\", amount: 1.5).")
      perform(session, ".edge supplies(company, _, amount: float)")
      #expect(perform(session, "supplies(\"B\", \"A\").").map(\.code) == [.schemaViolation])
      #expect(session.set("company(\"A\", founded: 1991)").change != nil)
      perform(session, "supplies(\"A\", \"C\"). supplies(\"A\", \"D\").")
      #expect(session.delete("supplies(\"A\", \"D\")").change != nil)
      let digest = session.graph.digest
      // What is durable does not wait for the end.
      let reader = try QuerySession.open(path, readOnly: true)
      #expect(reader.graph.digest == digest)
      #expect(perform(reader, "company(\"X\").").map(\.code) == [.invalidDirective])
      perform(session, "company(\"E\").")
      #expect(reader.graph.digest == digest)
      #expect(session.undo().undone != nil)
      try session.close()
      let again = try QuerySession.open(path)
      #expect(again.graph.digest == digest)
      #expect(try rows(again, "?- supplies(x, y).") == ["A B", "A C"])
      #expect(try GraphStore.verify(path).isEmpty)
      try again.close()
    }
  }

  /// What a session asks itself, for a constraint or a deletion, is no answer either where the file was damaged.
  @Test func noAnswerRestsOnDamage() throws {
    try withDatabase { path in
      let session = try QuerySession.open(path)
      let edges = (0..<400).map { "e(\"\($0 * 7 % 400)\", \"\($0 * 11 % 400)\")." }
      session.load([SourceText(name: "t.dl", text: edges.joined(separator: " "))])
      try session.close()
      let whole = try Files.read(path)
      var damaged = 0
      for place in stride(from: 12_288, to: whole.count, by: (whole.count - 12_288) / 24) {
        var bytes = whole
        bytes[place] ^= 0x55
        // What would take the place of a database is refused.
        Files.remove(path)
        try Files.write(bytes, to: path)
        guard let again = try? QuerySession.open(path, readOnly: true) else { continue }
        let body = try #require(again.parseBody("e(x, y), e(y, z)").body)
        let answer = again.evaluate(Query(head: nil, body: body, span: body.span))
        if again.damage() == nil {
          #expect(answer?.rowCount == 400, "\(place)")
        } else {
          damaged += 1
          #expect(answer == nil, "\(place)")
        }
      }
      #expect(damaged > 0)
    }
  }

  /// The least and greatest values of each type are values as others are: as properties of nodes and edges, indexed or
  /// not, and in relations that are kept, before the file is sealed and after.
  @Test(arguments: [
    "9223372036854775807", "-9223372036854775808", "18446744073709551615u", "0u",
    "1.7976931348623157e308", "-1.7976931348623157e308", "5e-324", "-1", "4294967295", "4294967296",
  ])
  func extremeValues(_ extreme: String) throws {
    try withDatabase { path in
      let other = extreme.hasSuffix("u") ? "7u" : extreme.contains("e") ? "7.5" : "7"
      let type = extreme.hasSuffix("u") ? "unsigned" : extreme.contains("e") ? "float" : "number"
      let session = try QuerySession.open(path)
      perform(session, ".index node(p)")
      perform(session, ".decl kept(x: number, v: \(type))")
      var text = ""
      for row in 0..<300 {
        let value = row % 100 == 41 ? extreme : other
        text += "c(\"\(row)\", p: \(value)). t(\"\(row)\", \"x\", q: \(value)). "
        text += "kept(\(row), \(value)). "
      }
      #expect(perform(session, text).isEmpty)
      #expect(session.keep(relations: ["kept"]).diagnostics.isEmpty)
      func check(_ session: QuerySession) throws {
        let expected = ["141", "241", "41"]
        #expect(try rows(session, "?(x) :- c(x, p: \(extreme)).") == expected)
        #expect(try rows(session, "?(x) :- t(x, _, q: \(extreme)).") == expected)
        #expect(try rows(session, "?(n: count) :- t(_, _, q: \(other)).") == ["297"])
        #expect(try rows(session, "?(n: count) :- kept(_, \(extreme)).") == ["3"])
        #expect(try rows(session, "?(n: count) :- kept(_, \(other)).") == ["297"])
      }
      try check(session)
      try session.store?.compact()
      try check(session)
      try session.close()
      #expect(try GraphStore.verify(path).isEmpty)
      let again = try QuerySession.open(path)
      try check(again)
      #expect(perform(again, "c(\"300\", p: \(other)).").isEmpty)
      try again.close()
      #expect(try GraphStore.verify(path).isEmpty)
    }
  }

  /// Signed numbers that an unsigned one has joined are unsigned, in the log and in the sealed file.
  @Test func columnsThatBecameUnsigned() throws {
    try withDatabase { path in
      let first = try QuerySession.open(path)
      perform(first, "c(\"a\", p: 5). t(\"a\", \"x\", q: 5).")
      let asked = "?(x) :- c(x, p: p), t(x, _, q: q), p = 5u, q = 5u."
      #expect(try rows(first, "?(n) :- c(_, p: p), n = p - 6.") == ["-1"])
      #expect(perform(first, "c(\"b\", p: 9223372036854775808).").isEmpty)
      #expect(perform(first, "t(\"b\", \"x\", q: 18446744073709551615).").isEmpty)
      #expect(try rows(first, asked) == ["a"])
      try first.close()
      for compacts in [false, true, false] {
        let session = try QuerySession.open(path)
        if compacts { try session.store?.compact() }
        #expect(try rows(session, asked) == ["a"])
        #expect(session.graph.node("b")?["p"] == .unsigned(1 << 63))
        let edges = session.graph.edges(ofType: "t")
        #expect(edges.map { $0["q"] } == [.unsigned(5), .unsigned(.max)])
        try session.close()
        #expect(try GraphStore.verify(path).isEmpty)
      }
    }
  }

  /// Texts of a sealed file, texts that came later, and texts that a question makes are in one order.
  @Test func rowsAreInTheOrderOfTheirTexts() throws {
    try withDatabase { path in
      let names = ["b", "晋钢", "a", "aa", "é", "富士康", "Z", "z", "中", "一"]
      let first = try QuerySession.open(path)
      for name in names.prefix(6) { perform(first, "supplies(\"\(name)\", \"\(name)2\").") }
      try first.store?.compact()
      try first.close()
      let session = try QuerySession.open(path)
      func check(_ known: [String]) throws {
        let pairs = known.map { ($0, $0 + "2") }.sorted {
          Array($0.0.utf8).lexicographicallyPrecedes(Array($1.0.utf8))
        }
        #expect(try rows(session, "?- supplies(x, y).") == pairs.map { "\($0) \($1)" })
        #expect(
          try rows(session, "?(x, y) :- supplies(x, y) order by x desc.")
            == pairs.reversed().map { "\($0) \($1)" })
        let texts = (known + known.map { $0 + "2" } + known.map { $0 + "!" })
          .sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
        #expect(
          try rows(
            session,
            "?(t) :- supplies(x, y), t = x; supplies(x, y), t = y; supplies(x, _), t = cat(x, \"!\")."
          )
            == texts)
      }
      try check(Array(names.prefix(6)))
      for name in names.dropFirst(6) { perform(session, "supplies(\"\(name)\", \"\(name)2\").") }
      try check(names)
      try session.close()
    }
  }

  @Test func transactionsAreOneCommit() throws {
    try withDatabase { path in
      let session = try QuerySession.open(path)
      perform(session, "company(\"A\").")
      let digest = session.graph.digest
      session.begin()
      perform(session, "company(\"B\").")
      perform(session, "supplies(\"A\", \"B\").")
      #expect(try QuerySession.open(path, readOnly: true).graph.digest == digest)
      #expect(session.commit().isEmpty)
      let both = session.graph.digest
      #expect(try QuerySession.open(path, readOnly: true).graph.digest == both)
      session.begin()
      perform(session, "company(\"C\").")
      try session.close()
      #expect(try QuerySession.open(path, readOnly: true).graph.digest == both)
    }
  }

  @Test func writesRollBack() throws {
    struct Refusal: Error {}
    try withDatabase { path in
      let session = try QuerySession.open(path)
      let count = try session.write { writer -> Int in
        writer.addLabel("company", to: "A")
        writer.addEdge("located_in", from: "A", to: "Z")
        return 2
      }
      #expect(count == 2)
      let digest = session.graph.digest
      #expect(throws: Refusal.self) {
        try session.write { writer in
          writer.addLabel("company", to: "B")
          throw Refusal()
        }
      }
      perform(session, ":- company(x), !located_in(x, _).")
      let refusal = #expect(throws: ChangeRefusal.self) {
        try session.write { $0.addLabel("company", to: "B") }
      }
      #expect(refusal?.description.contains("x = \"B\"") ?? false)
      #expect(throws: GraphWriteError.self) {
        try session.write { writer in
          writer.setProperty("founded", of: "A", to: 1)
          writer.setProperty("founded", of: "A", to: 2)
        }
      }
      #expect(session.graph.digest == digest)
      #expect(session.keep().change != nil)
      // Whoever writes past the session is held to the constraints as well.
      #expect(throws: GraphWriteError.self) {
        try session.graph.write { $0.addLabel("company", to: "B") }
      }
      try session.close()
      #expect(throws: GraphWriteError.self) {
        try GraphStore.open(path).write { $0.addLabel("company", to: "B") }
      }
    }
  }

  @Test func rulesAreKept() throws {
    try withDatabase { path in
      let session = try QuerySession.open(path)
      perform(session, "company(\"A\"). company(\"B\"). located_in(\"A\", \"Z\").")
      perform(session, "settled(x, z) :- company(x), located_in(x, z).")
      perform(session, ".decl limit_of(name: symbol, n: number)")
      perform(session, "limit_of(\"Z\", 3).")
      perform(session, "limit_of(\"Y\", 4).")
      perform(session, "over(z) :- limit_of(z, n), n < count : { settled(_, z) }.")
      perform(session, ":- over(_).")
      // A fact of what rules define makes an edge type of it, to which the rules add.
      perform(session, "pair(x, y) :- settled(x, y).")
      perform(session, "pair(\"P\", \"Q\").")
      #expect(session.keep(relations: ["limit_of"]).change != nil)
      perform(session, "limit_of(\"X\", 5).")
      try session.close()

      let again = try QuerySession.open(path)
      #expect(try rows(again, "?- settled(x, z).") == ["A Z"])
      #expect(try rows(again, "?- limit_of(z, n).") == ["X 5", "Y 4", "Z 3"])
      #expect(try rows(again, "?- pair(x, y).") == ["A Z", "P Q"])
      #expect(again.graph.edgeTypes == ["located_in", "pair"])
      perform(again, "limit_of(\"Z\", 0).")
      #expect(try rows(again, "?- limit_of(\"Z\", n).") == ["3"])
      // Keeping it again changes nothing.
      let documents = again.graph.documentNames.map { again.graph.document($0) }
      #expect(again.keep().change != nil)
      #expect(again.graph.documentNames.map { again.graph.document($0) } == documents)
      #expect(again.undo().undone != nil)
      perform(again, "late(x) :- settled(x, _).")
      #expect(again.keep().change != nil)
      #expect(again.undo().undone != nil)
      #expect(again.undo().undone != nil)
      try again.close()
      #expect(try rows(QuerySession.open(path, readOnly: true), "?- pair(x, y).").count == 2)
    }
  }

  /// Rules that speak of labels without facts stay, and ask for nothing that is there.
  @Test func namesMayGo() throws {
    try withDatabase { path in
      let session = try QuerySession.open(path)
      perform(session, "company(\"A\"). located_in(\"A\", \"Z\"). zone(\"Z\", area: 3).")
      perform(session, "settled(x) :- company(x), located_in(x, _).")
      perform(session, "large(z) :- zone(z, area: a), a > 2.")
      perform(session, ":- company(x), !located_in(x, _).")
      perform(session, ":- zone(z, area: a), a < 0.")
      #expect(session.keep().change != nil)
      let refused = session.delete("located_in(\"A\", \"Z\")")
      #expect(refused.diagnostics.map(\.code) == [.constraintViolated])
      #expect(session.delete("company(\"A\")").change != nil)
      #expect(session.delete("located_in(\"A\", \"Z\")").change != nil)
      #expect(session.unset("zone(\"Z\", area: _)").change != nil)
      try session.close()
      let again = try QuerySession.open(path)
      #expect(try rows(again, "?- settled(x).") == [])
      #expect(again.staleProblems.isEmpty)
      #expect(try rows(again, "?- large(z).") == [])
      #expect(perform(again, "company(\"B\").").map(\.code) == [.constraintViolated])
      #expect(perform(again, "other(x) :- company(x).").isEmpty)
      #expect(perform(again, "company(\"B\"). located_in(\"B\", \"Z\").").isEmpty)
      #expect(try rows(again, "?- other(x), settled(x).") == ["B"])
      #expect(perform(again, "zone(\"Y\", area: 7).").isEmpty)
      #expect(try rows(again, "?- large(z).") == ["Y"])
      try again.close()
    }
  }

  @Test func oneWritesManyRead() throws {
    try withDatabase { path in
      let session = try QuerySession.open(path)
      perform(session, "company(\"A\").")
      let failure = #expect(throws: StoreError.self) { try QuerySession.open(path) }
      #expect(failure?.code == .locked)
      let readers = try (0..<3).map { _ in try QuerySession.open(path, readOnly: true) }
      perform(session, "company(\"B\").")
      for reader in readers { #expect(try rows(reader, "?- company(x).") == ["A"]) }
      try session.close()
    }
  }
}
