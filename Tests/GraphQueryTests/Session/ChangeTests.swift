import GraphCore
import GraphQuery
import TestSupport
import Testing

/// Changes of a session: that they can be taken back, refused and watched.
@Suite struct ChangeTests {
  private func session(_ text: String) -> QuerySession {
    let session = QuerySession()
    session.load([SourceText(name: "t.dl", text: text)])
    return session
  }

  @discardableResult
  private func perform(_ session: QuerySession, _ text: String) -> [Diagnostic] {
    var problems: [Diagnostic] = []
    _ = session.perform(statement: SourceText(name: "<input>", text: text)) { problems += $0 }
    return problems.filter { $0.severity == .error }
  }

  /// The facts of a graph in an order of their own.
  private func facts(_ session: QuerySession) throws -> [String] {
    var output = ByteOutput()
    try FactsFormat().write(session.graph, to: &output)
    let text = String(decoding: output.bytes, as: UTF8.self)
    return text.split(separator: "\n").map(String.init).sorted()
  }

  static let base = """
    .source "d.txt"
    company("A", founded: 1990) @ 1. company("B") @ 2, 4. zone("Z"). alias("AA", "A").
    in_zone("A", "Z", since: 2000) @ 3. in_zone("A", "Z", since: 2001). in_zone("B", "Z").
    supplies("A", "B", what: "x", amount: 3.0) @ 5. supplies("B", "A").
    """

  @Test func everyKindOfChangeIsUndone() throws {
    let changes: [(QuerySession) -> Bool] = [
      { self.perform($0, "company(\"C\", founded: 3). in_zone(\"C\", \"Z\").").isEmpty },
      { self.perform($0, "supplies(\"A\", \"B\", amount: 2.5) @ 9.").isEmpty },
      { self.perform($0, "alias(\"Q\", \"B\").").isEmpty },
      { self.perform($0, "supplies(\"A\", \"B\", what: \"x\", amount: 3.0) @ 8.").isEmpty },
      { self.perform($0, "company(\"A\") @ 8-9.").isEmpty },
      { $0.delete("in_zone(\"A\", z)").change != nil },
      { $0.delete("alias(\"AA\", x)").change != nil },
      { $0.delete("in_zone(\"A\", z, since: 2001)").change != nil },
      { $0.delete("company(\"B\")").change != nil },
      { $0.delete("node(\"A\")").change != nil },
      { $0.delete("node(x), company(x)").change != nil },
      { $0.set("company(\"A\", founded: 1991)").change != nil },
      { $0.set("node(x, note: \"n\") :- company(x)").change != nil },
      { $0.unset("company(\"A\", founded: _)").change != nil },
      { $0.mergeNode("B", into: "A").change != nil },
      { $0.mergeNode("A", into: "B").change != nil },
      { $0.renameNode("A", to: "AA").change != nil },
      { $0.renameNode("A", to: "新").change != nil },
      { self.perform($0, ".node company(founded: number)").isEmpty },
      { self.perform($0, ".node company(founded: float)").isEmpty },
      { self.perform($0, ".node company(founded: symbol) company(\"A\") @ 8.").isEmpty },
      { self.perform($0, ".node zone()").isEmpty },
      { self.perform($0, ".edge in_zone(company, zone, since: float)").isEmpty },
      { self.perform($0, ".edge in_zone(_, _, since: symbol)").isEmpty },
      { self.perform($0, ".edge supplies(_, _, what: symbol, amount: float)").isEmpty },
      {
        self.perform($0, ".edge owns(company, company, share: float) owns(\"A\", \"B\").").isEmpty
      },
      { self.perform($0, ".index node(founded)").isEmpty },
      { self.perform($0, ".unique node(founded)").isEmpty },
      { self.perform($0, ".index text").isEmpty },
    ]
    for (index, change) in changes.enumerated() {
      let session = session(Self.base)
      let before = try facts(session)
      #expect(change(session), "change \(index)")
      #expect(try facts(session) != before, "change \(index)")
      #expect(session.undo().undone != nil)
      let after = try facts(session)
      #expect(after == before, "change \(index): \(Set(after).symmetricDifference(before))")
      #expect(session.graph.checkInvariants().isEmpty)
    }
  }

  /// Undoing a declaration frees the columns that it bound: what could be stated before it can be
  /// stated again.
  @Test func undoneTypesBindNothing() throws {
    let session = session(Self.base)
    #expect(perform(session, ".node company(founded: number)").isEmpty)
    #expect(!perform(session, "company(\"B\", founded: 1.5).").isEmpty)
    #expect(session.undo().undone != nil)
    #expect(perform(session, "company(\"B\", founded: 1.5).").isEmpty)
    #expect(session.undo().undone != nil)
    #expect(perform(session, ".edge in_zone(_, _, since: number, until: symbol)").isEmpty)
    #expect(!perform(session, "in_zone(\"B\", \"Z\", since: 1.5).").isEmpty)
    #expect(perform(session, "in_zone(\"B\", \"Z\", until: \"x\").").isEmpty)
    #expect(session.undo().undone != nil)
    #expect(session.undo().undone != nil)
    #expect(perform(session, "in_zone(\"B\", \"Z\", since: 1.5).").isEmpty)
    #expect(perform(session, "in_zone(\"B\", \"Z\", until: 7).").isEmpty)
    #expect(session.graph.checkInvariants().isEmpty)
  }

  /// A signed and an unsigned number are two values, also where they are written alike.
  @Test func numbersThatBecameUnsignedAreUndone() throws {
    let session = session(Self.base)
    let before = try facts(session)
    #expect(perform(session, "company(\"B\", founded: 9223372036854775808).").isEmpty)
    #expect(session.graph.node("A")?["founded"] == .unsigned(1990))
    #expect(session.undo().undone != nil)
    #expect(try facts(session) == before)
  }

  @Test func randomChangesAreUndoneInTurn() throws {
    var random = SeededGenerator(seed: 20_240_517)
    for _ in 0..<20 {
      let session = session(Self.base)
      var states = [try facts(session)]
      for _ in 0..<12 {
        let names = ["A", "B", "C", "D", "AA"]
        func name() -> String { names[Int.random(in: 0..<names.count, using: &random)] }
        let count = Int.random(in: 0..<13, using: &random)
        let undoable: Bool
        switch count {
        case 0: undoable = perform(session, "company(\"\(name())\").").isEmpty
        case 1, 2:
          undoable =
            perform(session, "supplies(\"\(name())\", \"\(name())\", amount: \(count).5).").isEmpty
        case 3: undoable = session.delete("supplies(\"\(name())\", x)").change != nil
        case 4: undoable = session.delete("node(\"\(name())\")").change != nil
        case 5: undoable = session.set("node(\"\(name())\", founded: \(count))").change != nil
        case 6: undoable = session.mergeNode(name(), into: name()).change != nil
        case 7: undoable = session.unset("node(\"\(name())\", founded: _)").change != nil
        case 8:
          let types = ["number", "float", "symbol", "unsigned"]
          let type = types[Int.random(in: 0..<types.count, using: &random)]
          undoable = perform(session, ".node company(founded: \(type))").isEmpty
        case 9:
          let type = Bool.random(using: &random) ? "number" : "float"
          undoable = perform(session, ".edge in_zone(_, zone, since: \(type))").isEmpty
        case 10:
          let word = Bool.random(using: &random) ? ".index" : ".unique"
          undoable = perform(session, "\(word) node(founded)").isEmpty
        case 11: undoable = session.unindex("node(founded)").change != nil
        default: undoable = session.delete("company(\"\(name())\")").change != nil
        }
        if undoable { states.append(try facts(session)) }
      }
      while states.count > 1 {
        states.removeLast()
        #expect(session.undo().undone != nil)
        #expect(try facts(session) == states.last)
      }
    }
  }

  @Test func constraintsRefuseChanges() throws {
    let session = session(Self.base + "\n:- company(x), zone(x).\n:- supplies(x, x).")
    let before = try facts(session)
    #expect(perform(session, "zone(\"A\").").first?.code == .constraintViolated)
    #expect(
      perform(session, "supplies(\"A\", \"A\").").first?.notes == [
        "x = \"A\"", "supplies(\"A\", \"A\")",
      ])
    #expect(session.mergeNode("A", into: "B").change == nil)
    #expect(try facts(session) == before)
    // A constraint that the graph offends already is not taken.
    #expect(!perform(session, ":- company(x).").isEmpty)
    #expect(perform(session, "company(\"New\").").isEmpty)
  }

  /// Only constraints that read what has changed are evaluated: by whatever way a change reaches one,
  /// it must be found.
  @Test func constraintsAreReachedByEveryWay() throws {
    let rules = """

      .decl forbidden(x: symbol)
      link(x, y) :- supplies(x, y).
      :- company(x), zone(x).
      :- supplies(x, y), !company(x).
      :- company(x, founded: f), f < 1900.
      :- in_zone(x, z, since: s), s > 2100.
      :- forbidden(x), company(x).
      :- link(x, y), zone(y).
      :- node("bad").
      :- edge("hates", x, y).
      :- property(x, "secret", v).
      :- label(x, "evil").
      :- company(x, source: "bad.txt").
      :- supplies(x, y, lines: "66").
      :- supplies+(x, y), supplies(y, "End").
      """
    let offences: [(String, (QuerySession) -> Bool)] = [
      ("a label", { !self.perform($0, "zone(\"A\").").isEmpty }),
      ("a label that goes", { $0.delete("company(\"A\")").change == nil }),
      ("a property", { $0.set("company(\"A\", founded: 1800)").change == nil }),
      (
        "a property of an edge",
        { !self.perform($0, "in_zone(\"A\", \"Z\", since: 2200).").isEmpty }
      ),
      ("a declared fact", { !self.perform($0, "forbidden(\"A\").").isEmpty }),
      ("an edge through a rule", { !self.perform($0, "supplies(\"A\", \"Z\").").isEmpty }),
      ("another rule", { !self.perform($0, "link(x, y) :- in_zone(x, y).").isEmpty }),
      ("another name", { !self.perform($0, "alias(\"Z\", \"A\").").isEmpty }),
      ("a node", { !self.perform($0, "other(\"bad\").").isEmpty }),
      ("an edge type", { !self.perform($0, "hates(\"A\", \"B\").").isEmpty }),
      ("a key", { !self.perform($0, "node(\"A\", secret: 1).").isEmpty }),
      ("any label", { !self.perform($0, "evil(\"A\").").isEmpty }),
      ("a document", { !self.perform($0, ".source \"bad.txt\"\ncompany(\"A\") @ 1.").isEmpty }),
      ("a citation", { !self.perform($0, "supplies(\"B\", \"A\") @ 66.").isEmpty }),
      ("a path", { !self.perform($0, "supplies(\"A\", \"End\").").isEmpty }),
      ("a constraint", { !self.perform($0, ":- company(\"B\").").isEmpty }),
    ]
    for (what, isRefused) in offences {
      let session = session(Self.base + rules)
      let before = try facts(session)
      #expect(isRefused(session), "\(what)")
      #expect(try facts(session) == before, "\(what)")
      #expect(perform(session, "unrelated(\"A\", \"New\").").isEmpty, "\(what)")
      // The same in a transaction, whose end finds what its statements have done.
      session.begin()
      perform(session, "unrelated(\"B\", \"New\").")
      _ = isRefused(session)
      #expect(!session.commit().isEmpty, "\(what)")
    }
  }

  @Test func constraintsWaitForTheEndOfATransaction() throws {
    let session = session(Self.base + "\n:- company(x), zone(x).")
    session.begin()
    #expect(perform(session, "zone(\"A\").").isEmpty)
    let refusal = try #require(session.commit().first)
    #expect(refusal.code == .constraintViolated)
    #expect(
      refusal.help == "the transaction is still open: correct it and `.commit` again, or take "
        + "everything back with `.rollback`")
    #expect(session.openTransactionCount == 1)
    #expect(session.delete("company(\"A\")").change != nil)
    #expect(session.commit().isEmpty)
    #expect(try session.query("?- zone(\"A\").").holds)
  }

  @Test func rollbackTakesRulesAndFactsBack() throws {
    let session = session(Self.base + "\n.decl t(x: number)\nt(1).")
    let before = try facts(session)
    session.begin()
    perform(session, "t(2). rule(x) :- company(x). company(\"New\").")
    #expect(try session.query("?- rule(\"New\").").holds)
    #expect(session.rollback().isEmpty)
    #expect(try facts(session) == before)
    #expect(try session.query("?- t(x).").rowCount == 1)
    #expect(throws: Diagnostic.self) { _ = try session.query("?- rule(x).") }
    #expect(!session.rollback().isEmpty)
    #expect(!session.commit().isEmpty)
  }

  /// Facts of names that only their bytes tell apart are taken back one without the other.
  @Test func whatIsUndoneIsToldApartByItsBytes() throws {
    let session = session(
      "t(\"é\", \"x\"). t(\"a\", \"b\", é: 1). `é`(\"x\"). `é`(\"y\", \"z\"). n(\"p\", é: 1).")
    let before = try facts(session).map(ExactText.init)
    #expect(
      perform(
        session,
        "t(\"e\u{301}\", \"x\"). t(\"a\", \"b\", `e\u{301}`: 1). `e\u{301}`(\"x\"). `é`(\"z\"). "
          + "`e\u{301}`(\"y\", \"z\"). `é`(\"u\", \"z\"). node(\"p\", `e\u{301}`: 1). node(\"x\", é: 1)."
      ).isEmpty)
    #expect(session.undo().diagnostics.isEmpty)
    #expect(try facts(session).map(ExactText.init) == before)
  }

  @Test func loadingRefusesWhatOffendsAConstraint() {
    let session = session(Self.base)
    let result = session.perform(loading: [
      SourceText(name: "n.dl", text: ":- company(x), zone(x). zone(\"A\").")
    ])
    #expect(!result.isLoaded)
    #expect(result.diagnostics.first?.code == .constraintViolated)
    #expect(!session.graph.nodes(labelled: "zone").contains { $0.name == "A" })
  }

  /// What programs call is checked as what people type is; only nothing is kept to be undone.
  @Test func loadAndExecuteRefuseWhatOffendsAConstraint() throws {
    let session = session(
      Self.base + "\n.decl t(x: symbol)\n:- company(x), zone(x).\n:- t(\"no\").")
    let before = try facts(session)
    func run(_ text: String) -> (outcomes: [QuerySession.Outcome], codes: [DiagnosticCode]) {
      var codes: [DiagnosticCode] = []
      let outcomes = session.execute(statement: SourceText(name: "q", text: text)) {
        codes += $0.filter { $0.severity == .error }.map(\.code)
      }
      return (outcomes, codes)
    }
    #expect(run("zone(\"A\").").codes == [.constraintViolated])
    #expect(run("zone(\"A\"). ?- zone(x).").outcomes.count == 1)
    #expect(run("t(\"no\").").codes == [.constraintViolated])
    #expect(throws: Diagnostic.self) { try session.query("zone(\"A\"). ?- zone(x).") }
    let loaded = session.load([SourceText(name: "l.dl", text: "zone(\"B\"). zone(\"C\").")])
    #expect(!loaded.isLoaded && loaded.diagnostics.map(\.code) == [.constraintViolated])
    #expect(loaded.summary == WriteSummary())
    #expect(try facts(session) == before)
    #expect(try session.query("?- t(x).").rowCount == 0)

    let version = session.graph.version
    guard case .changed(let summary)? = run("zone(\"C\"). zone(\"D\").").outcomes.first else {
      Issue.record("nothing changed")
      return
    }
    #expect(summary.newLabels == 2 && summary.newNodes == 2 && summary.version == version + 1)
    let more = session.load([SourceText(name: "m.dl", text: "zone(\"E\").")])
    #expect(more.summary.newLabels == 1 && more.summary.version == version + 2)
    // They go on behind the back of what could be undone.
    #expect(perform(session, "zone(\"F\").").isEmpty)
    #expect(run("zone(\"G\").").codes.isEmpty)
    #expect(session.undo().undone == nil)
    #expect(perform(session, "?- zone(x).").isEmpty)
    #expect(throws: Diagnostic.self) { try session.query("?- last(x).") }
    #expect(session.graph.checkInvariants().isEmpty)
  }

  @Test func theLastAnswerIsARelation() throws {
    let session = session(Self.base)
    perform(session, "?(c, n) :- supplies(c, _), n = count : { supplies(c, _) }.")
    #expect(try session.lastRows("?- last(c, n), n > 0.") == 2)
    // The answer to a question about it is the next last answer.
    perform(session, "?- company(x).")
    #expect(try session.lastRows("?- last(x).") == 2)
    // A rule keeps it as it is.
    perform(session, "kept(x) :- last(x).")
    perform(session, "?- zone(z).")
    #expect(try session.lastRows("?- last(z).") == 1)
    #expect(try session.lastRows("?- kept(x).") == 2)
    // Where no rule speaks of it any more, it goes.
    #expect(session.forget(["kept"]).change != nil)
    perform(session, "other(x) :- last(x).")
    #expect(try session.lastRows("?- other(x).") == 2)
  }

  @Test func aNumberIsNoText() {
    let session = QuerySession()
    #expect(perform(session, "company(\"A\", code: \"5\", share: 2.0).").isEmpty)
    #expect(session.unset("company(\"A\", code: 5)").change?.difference.isEmpty == true)
    #expect(session.graph.node("A")?["code"] == "5")
    #expect(session.unset("company(\"A\", code: \"5\", share: 2)").change != nil)
    #expect(session.graph.node("A")?.properties.isEmpty == true)
  }

  @Test func edgesThatGoWithNodesCountOnce() {
    let session = QuerySession()
    #expect(perform(session, "e(\"A\", \"B\"). e(\"B\", \"B\"). e(\"C\", \"A\").").isEmpty)
    #expect(session.nodesToDelete("node(x), x != \"C\"").edgeCount == 3)
    #expect(session.nodesToDelete("node(\"B\")").edgeCount == 2)
  }

  @Test func deletionsThatCannotBe() {
    let session = session(Self.base + "\npartner(x) :- supplies(x, _). derived(x) :- partner(x).")
    for text in ["partner(x)", "derived(x)", "nosuch(x)", "label(x, y)", "in_zone(x", "1 = 1"] {
      let (change, diagnostics) = session.delete("\(text)")
      #expect(change == nil, "\(text)")
      #expect(diagnostics.contains { $0.severity == .error }, "\(text)")
    }
    #expect(session.delete("in_zone(\"nobody\", x)").change?.difference.isEmpty == true)
  }

  @Test func aConstraintNamesWhatOffendsItAndWhere() {
    let session = self.session(
      """
      .source "d.txt"
      company("A") @ 3. in_zone("A", "Z") @ 7-8.
      placed(x) :- in_zone(x, _).
      """)
    let problems = perform(session, ":- company(x), placed(x).")
    #expect(
      problems.first?.notes == [
        "x = \"A\"", "company(\"A\")  d.txt:3", "placed(\"A\")  rule at t.dl:3",
        "  in_zone(\"A\", \"Z\")  d.txt:7-8",
      ])
    #expect(perform(session, ":- placed(x), !company(x).").isEmpty)
    let later = perform(session, "in_zone(\"B\", \"Z\").")
    #expect(
      later.first?.notes == [
        "x = \"B\"", "placed(\"B\")  rule at t.dl:3", "  in_zone(\"B\", \"Z\")",
        "no company(\"B\")",
      ])
  }
}

extension QuerySession {
  fileprivate func lastRows(_ text: String) throws -> Int? {
    for case .answer(let answer, _) in perform(statement: SourceText(name: "q", text: text)) {
      return answer.rowCount
    }
    return nil
  }
}
