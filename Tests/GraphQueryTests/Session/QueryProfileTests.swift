import GraphCore
import GraphQuery
import Testing

/// Plans and profiles of queries: rows of conditions, how they are found, and what is advised.
@Suite struct QueryProfileTests {
  /// 2,000 people of three towns, the first town having nearly all; 40 shops, a shop in each town but
  /// the last.
  private static let towns = {
    var text = ".decl lives(person: number, town: symbol)\n.decl shop(name: number, town: symbol)\n"
    for person in 0..<2000 {
      let town = person < 1998 ? "太原" : person == 1998 ? "大同" : "阳泉"
      text += "lives(\(person), \"\(town)\"). "
    }
    for shop in 0..<40 { text += "shop(\(shop), \"\(shop == 0 ? "大同" : "太原")\"). " }
    return text
  }()

  private func session(_ text: String) -> QuerySession {
    let session = QuerySession()
    #expect(session.load([SourceText(name: "t.dl", text: text)]).isLoaded)
    return session
  }

  private func profile(_ session: QuerySession, _ query: String) throws -> QueryProfile {
    let (profile, diagnostics) = session.profile(SourceText(name: "q", text: query))
    #expect(diagnostics.isEmpty)
    return try #require(profile)
  }

  @Test func countsTheRowsBehindEachCondition() throws {
    let session = session(
      "a(\"1\", \"x\"). a(\"2\", \"x\"). a(\"3\", \"y\"). b(\"x\", \"p\"). b(\"x\", \"q\"). c(\"p\")."
    )
    let profile = try profile(session, "?(s, m) :- a(s, t), b(t, m), c(m).")
    let rule = try #require(profile.rules.last)
    #expect(rule.text == "?(s, m) :- a(s, t), b(t, m), c(m).")
    #expect(rule.place == "q:1")
    #expect(rule.conditions.map(\.text) == ["c(m)", "b(t, m)", "a(s, t)"])
    #expect(rule.conditions.map(\.access) == ["scan", "index (target)", "index (target)"])
    #expect(rule.conditions.map(\.rows) == [1, 1, 2])
    #expect(rule.derivedRows == 2)
    #expect(rule.newRows == 2)
    #expect(profile.advice.isEmpty)
  }

  @Test func aPlanExpectsAndDoesNotRun() throws {
    let session = session(Self.towns + "customer(p, s) :- lives(p, t), shop(s, t).")
    let (plan, diagnostics) = session.plan(
      SourceText(name: "q", text: "?- customer(p, s), lives(p, \"大同\")."))
    #expect(diagnostics.isEmpty)
    let profile = try #require(plan)
    #expect(profile.duration == nil)
    #expect(profile.rules.map(\.runCount) == [1, 1])
    // What the query rests on is computed, so that its size is known.
    #expect(profile.rules[0].newRows == 1998 * 39 + 1)
    #expect(profile.rules[1].newRows == 0)
    #expect(profile.rules[1].conditions.allSatisfy { $0.rows == 0 })
    #expect(profile.rules[1].conditions.contains { $0.expectedRows >= 1 })
  }

  /// A column that holds what is computed from a row has no name; the computation says what it is.
  @Test func aComputedColumnIsShownByItsComputation() throws {
    let facts = (0..<400).map { "at(\($0), \($0 * 7 % 400))." }.joined(separator: " ")
    let session = session(
      """
      .decl at(i: number, x: number)
      \(facts)
      .decl near(i: number, j: number)
      near(i, j) :- at(i, x), at(j, y), x / 10 = y / 10.
      .output near
      """)
    var profile: QueryProfile?
    #expect(session.runProgram { profile = $0 }.result != nil)
    let accesses = try #require(profile).rules.flatMap(\.conditions).map(\.access)
    #expect(accesses.contains("index (x / 10)") || accesses.contains("index (y / 10)"))
    #expect(!accesses.contains { $0.contains("_") })
  }

  @Test func rowsOfARecursionAreSummedOverItsRounds() throws {
    let edges = (0..<10).map { "edge_(\($0), \($0 + 1), 0)." }.joined(separator: " ")
    let session = session(
      ".decl edge_(x: number, y: number, z: number)\n" + edges
        + " r(x, y, z) :- edge_(x, y, z). r(x, w, z) :- r(x, y, z), edge_(y, w, z).")
    let profile = try profile(session, "?- r(0, y, z).")
    let rounds = try #require(profile.rules.first { $0.recursiveCondition != nil })
    #expect(rounds.recursiveCondition == "r(x, y, z)")
    #expect(rounds.newRows + 10 == 55 || rounds.newRows + 1 == 10)
    #expect(rounds.runCount > 5)
    #expect(rounds.conditions.last?.rows == rounds.derivedRows)
  }

  @Test func conditionsThatShareNoVariableAreNamed() throws {
    let session = session(Self.towns)
    let query = "?(n: count) :- lives(p, \"大同\"), shop(s, t)."
    #expect(
      try profile(session, query).advice == [
        "`lives(p, \"大同\")` and `shop(s, t)` share no variable: each row of the one meets each row "
          + "of the other. Is a condition missing that ties them together?"
      ])
    // An equation ties them together, or two comparisons; one comparison of size does not.
    let equal = "?(n: count) :- lives(p, \"大同\"), shop(s, t), s = p + 0."
    #expect(try profile(session, equal).advice == [])
    let near = "?(n: count) :- lives(p, \"大同\"), shop(s, t), s > p, s <= p + 5."
    #expect(try profile(session, near).advice == [])
    let less = "?(n: count) :- lives(p, \"大同\"), shop(s, t), s < p."
    #expect(try profile(session, less).advice.count == 1)
  }

  @Test func workDoneAgainAndAgainIsNamed() throws {
    let session = session(Self.towns + "common(t) :- lives(p, t), lives(q, t), p <= q.")
    let profile = try profile(session, "?- common(t).")
    let sentence = try #require(profile.advice.first { $0.contains("of which") })
    #expect(sentence.hasPrefix("the rule at t.dl:3 derives 1,"))
    #expect(sentence.contains("`p`, `q`"))
  }

  @Test func whatNobodyExpectedIsNamed() throws {
    // A thousand keys of one row each, and one of a hundred thousand.
    var text = ".decl start(x: number)\n.decl wide(x: number, y: number, z: number)\nstart(0). "
    for key in 1...1000 { text += "wide(\(key), 0, 0). " }
    text += "wide(0, y, z) :- y = range(0, 400), z = range(0, 250)."
    let session = session(text)
    let profile = try profile(session, "?(n: count) :- start(x), wide(x, y, z).")
    let found = try #require(profile.rules.last?.conditions.last)
    #expect(found.rows == 100_000)
    if found.expectedRows < 1000 {
      #expect(profile.advice.contains { $0.hasPrefix("`wide(x, y, z)` brings 100,000 rows where") })
    }
    let few = try self.profile(self.session(Self.towns), "?- shop(0, t), lives(p, t), shop(s, t).")
    #expect(few.rules.last?.derivedRows == 1)
    #expect(few.advice == [], "a difference of a few rows is not worth a word")
  }

  @Test func aSubsumptionByBestValuesIsNoRuleOfItsOwn() throws {
    let session = session(
      """
      .decl e(a: number, b: number, w: number)
      .decl d(a: number, b: number, w: number)
      e(1, 2, 3). e(2, 3, 4). e(1, 3, 9).
      d(a, b, w) :- e(a, b, w).
      d(a, c, v + w) :- d(a, b, v), e(b, c, w).
      d(a, b, v) <= d(a, b, w) :- w < v.
      """)
    let written = Set(try profile(session, "?- d(1, x, w).").rules.map { $0.text.prefix(9) })
    #expect(written == ["d(a, b, w", "d(a, c, v", "?- d(1, x"])
    session.optimizations.remove(.lattices)
    let plain = try profile(session, "?- d(1, x, w).").rules.map { $0.text.prefix(9) }
    #expect(plain.contains("d(a, b, v"))
  }

  @Test func columnsThatGoTogetherAreNoMultiplication() throws {
    var text = ".decl stay(guest: number, from: number, to: number)\n"
    for guest in 0..<40_000 { text += "stay(\(guest), \(guest), \(guest + 3)). " }
    let session = session(
      text + ".decl known(guest: number, from: number)\nknown(g, f) :- stay(g, f, _).")
    let found = try profile(session, "?(t) :- known(g, f), stay(g, f, t).")
    #expect(found.advice.contains { $0.contains("go together") })
    #expect(!found.advice.contains { $0.contains("very many") })
  }

  @Test func mistakesAreReportedInPlaceOfAProfile() {
    let session = session(Self.towns)
    let (profile, diagnostics) = session.profile(SourceText(name: "q", text: "?- lifes(p, t)."))
    #expect(profile == nil)
    #expect(diagnostics.count == 1)
    let (nothing, several) = session.plan(SourceText(name: "q", text: "lives(1, \"x\")."))
    #expect(nothing == nil)
    #expect(several.first?.message == "one query is expected")
  }

  @Test func whatIsStoppedShowsWhatWasDone() throws {
    let session = session(Self.towns)
    session.limits = QueryLimits(timeout: 0.05)
    let (profile, diagnostics) = session.profile(
      SourceText(
        name: "q", text: "?(n: count) :- lives(a, x), lives(b, y), lives(c, z), a < b, b < c."))
    #expect(diagnostics.contains { $0.severity == .error })
    let rule = try #require(profile?.rules.last)
    #expect(rule.conditions.contains { $0.rows > 1000 })
  }
}
