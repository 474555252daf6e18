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

  /// A recursion of a row a round is evaluated under a profile as it is without.
  @Test func roundsOfAFewRowsAreToldTogether() throws {
    let session = session(".decl n(x: number)\nn(0). n(x + 1) :- n(x), x < 5000.\n")
    let profile = try profile(session, "?(c: count) :- n(x).")
    let rounds = try #require(profile.rules.first { $0.smallRoundCount != nil })
    let count = try #require(rounds.smallRoundCount)
    #expect(count > 4000)
    let batches = profile.rules.filter { $0.recursiveCondition != nil }
    let all = rounds.newRows + batches.reduce(0) { $0 + $1.newRows }
    #expect(all == 5000)
    #expect(rounds.text == "n(x+1) :- n(x), x < 5000." || rounds.text.contains("n(x + 1)"))
  }

  /// Pairs that are only copied are told apart in batches; what composes them is evaluated row by row.
  @Test func copiesAloneAreNoProducts() throws {
    let copies = ".decl e(a: number, b: number)\ne(1, 2). e(2, 3). e(y, x) :- e(x, y).\n"
    for (rules, isByRows) in [(copies, false), (copies + "e(x, z) :- e(x, y), e(y, z).", true)] {
      let profile = try profile(session(rules), "?(c: count) :- e(x, y).")
      let recursive = profile.rules.filter { $0.text.hasPrefix("e(") }
      #expect(!recursive.isEmpty)
      #expect(recursive.allSatisfy { $0.conditions.isEmpty == isByRows }, "\(rules)")
    }
  }

  @Test func aPlanExpectsAndDoesNotRun() throws {
    let session = session(Self.towns + "customer(p, s) :- lives(p, t), shop(s, t).")
    let (plan, diagnostics) = session.plan(
      SourceText(name: "q", text: "?- customer(p, s), lives(p, \"大同\")."))
    #expect(diagnostics.isEmpty)
    let profile = try #require(plan)
    #expect(profile.duration == nil)
    let query = try #require(profile.rules.last)
    // What the query asks for of the customers is computed, so that its size is known.
    #expect(profile.rules.count > 1)
    #expect(profile.rules.dropLast().allSatisfy { (1...2).contains($0.newRows) })
    #expect(query.text.hasPrefix("?(p, s) :- customer found(p, s), "))
    #expect(query.newRows == 0)
    #expect(query.conditions.allSatisfy { $0.rows == 0 })
    #expect(query.conditions.contains { $0.expectedRows >= 1 })
    session.optimizations.remove(.demand)
    let whole = try #require(
      session.plan(SourceText(name: "q", text: "?- customer(p, s).")).profile)
    #expect(whole.rules[0].newRows == 1998 * 39 + 1)
    #expect(whole.rules[0].text == "customer(p, s) :- lives(p, t), shop(s, t).")
    #expect(whole.notes.isEmpty)
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
    #expect(rounds.recursiveCondition == "r found(y, z)")
    #expect(rounds.text == "r found(w, z) :- r found(y, z), edge_(y, w, z).")
    #expect(profile.notes == ["`r found`: the rows of `r` that are asked for"])
    #expect(rounds.newRows == 9)
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

  /// The pairs that are not near are never made.
  @Test func whatLiesBetweenBoundsIsNotLookedAtLate() throws {
    let session = session(
      ".decl h(i: number, t: number)\nh(i, i * 7) :- i = range(0, 3000).\n")
    let near = try profile(session, "?(n: count) :- h(i, t), h(j, u), abs(t - u) < 15.")
    let conditions = try #require(near.rules.last).conditions
    #expect(conditions.contains { $0.access.hasPrefix("range") && $0.rows < 20_000 })
    #expect(near.advice == [])
    let less = try profile(session, "?(n: count) :- h(i, t), h(j, u), t * t < u.")
    #expect(less.advice.contains { $0.contains("share no variable") })
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

  /// Rules that passes have changed are shown in the form in which they are evaluated, with what their relations are.
  @Test func rulesAreShownAsTheyAreEvaluated() throws {
    let session = session(
      """
      .decl e(a: number, b: number)
      e(0, 1). e(1, 2). e(2, 3). e(7, 8).
      path(x, y) :- e(x, y).
      path(x, z) :- e(x, y), path(y, z).
      big(x, n) :- e(x, _), n = sum y : { path(x, y) }, n > 2.
      """)
    func rules(_ query: String) throws -> [String] { try profile(session, query).rules.map(\.text) }
    #expect(
      try rules("?- path(0, 3).") == [
        "path here(0).", "path here(y) :- e(x, y), path here(x).",
        "path found(y) :- path here(x), e(x, y).", "?() :- path found(3).",
      ])
    #expect(
      try rules("?- big(1, n).").suffix(3) == [
        "sum 1 found(y) :- path found(y).",
        "big found(n) :- e(1, _), sum 1 found(_2), n = _2, n > 2.", "?(n) :- big found(n).",
      ])
    #expect(
      try profile(session, "?- big(1, n).").notes.suffix(2) == [
        "`sum 1 found`: the rows of `sum y : { path(x, y) }` that are asked for",
        "`big found`: the rows of `big` that are asked for",
      ])
    #expect(
      try rules("?- e(a, b), e(c, d), b / 2 = c / 2, a != d.").first
        == "e computed(a, b, _4) :- e(a, b), _4 = b / 2.")
    #expect(
      try rules("?(n) :- n = count : { path(_, _) }, e(a, b), e(b, _).").suffix(2) == [
        "? part() :- e(_, b), e(b, _).",
        "?(n) :- _1 = count : { path(_, _) }, n = _1, ? part().",
      ])
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
    let written = Set(try profile(session, "?- d(a, x, w).").rules.map { $0.text.prefix(9) })
    #expect(written == ["d(a, b, w", "d(a, c, v", "?- d(a, x"])
    session.optimizations.remove(.lattices)
    let plain = try profile(session, "?- d(a, x, w).").rules.map { $0.text.prefix(9) }
    #expect(plain.contains("d(a, b, v"))
  }

  @Test func aSubsumptionByTwoColumnsIsComparedRoundByRound() throws {
    let session = session(
      """
      .decl e(a: number, b: number, v: number, w: number)
      .decl d(b: number, v: number, w: number)
      e(1, 2, 3, 1). e(2, 3, 4, 1). e(1, 3, 9, 1).
      d(1, 0, 0).
      d(c, v + x, w + y) :- d(b, v, w), e(b, c, x, y).
      d(b, v, w) <= d(b, x, y) :- x <= v, y <= w.
      """)
    let rules = try profile(session, "?- d(b, v, w).").rules
    let compared = try #require(rules.first { $0.comparedRoundCount != nil })
    #expect(compared.text.hasPrefix("d(b, v, w) <= d(b, x, y)"))
    #expect(compared.comparedRoundCount == 3 && compared.conditions.isEmpty)
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
