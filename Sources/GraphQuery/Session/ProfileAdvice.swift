import GraphCore

/// What a profile suggests: conditions that multiply each other, rows that nobody expected, and work
/// that is done again and again.
struct ProfileAdvice {
  let report: ProfileReport
  /// Figures below this are never worth a word.
  private static let notable = 1000
  /// How far expected and actual rows may be apart.
  private static let surprising = 100.0
  /// How often the same row may be derived.
  private static let wasteful = 20

  init(report: ProfileReport) { self.report = report }

  /// A sentence for each finding, in the order of the rules; none is said twice.
  func advice(on versions: [EvaluationProfile.Version]) -> [String] {
    var sentences: [String] = []
    for version in versions {
      let rule = report.program.rules[version.rule]
      let isSummary = version.conditions.contains { condition in
        if case .places = condition.access { true } else { false }
      }
      let found =
        (isSummary || report.program[rule.head].part != nil ? [] : unrelated(in: rule))
        + surprises(in: version, of: rule)
        + repetitions(in: version, of: rule)
      for sentence in found where !sentences.contains(sentence) { sentences.append(sentence) }
    }
    return sentences
  }

  // MARK: Conditions that share no variable

  private func unrelated(in rule: CoreRule) -> [String] {
    // Texts differ where people wrote several conditions; parts of one path or aggregate are not theirs.
    var groups = Self.groups(of: rule)
    groups.removeAll { $0.isEmpty }
    guard groups.count > 1 else { return [] }
    let firsts = groups.map { report.text.of(rule.body[$0[0]], in: rule) }
    guard Set(firsts).count == firsts.count else { return [] }
    let names = firsts.map { "`\($0)`" }
    let list = names.dropLast().joined(separator: ", ") + " and \(names[names.count - 1])"
    return [
      "\(list) share no variable: each row of the one meets each row of the other. "
        + "Is a condition missing that ties them together?"
    ]
  }

  /// The conditions that bind visible variables, grouped by the variables that they have in common,
  /// directly, by way of an equation, of two comparisons, or of one that says how far apart two numbers are.
  static func groups(of rule: CoreRule) -> [[Int]] {
    var leader = Array(rule.variables.indices)
    func root(_ variable: Int) -> Int {
      var variable = variable
      while leader[variable] != variable { variable = leader[variable] }
      return variable
    }
    var binding: [(literal: Int, variable: Int)] = []
    for (index, literal) in rule.body.enumerated() {
      var variables: [Int] = []
      literal.forEachVariable { variables.append($0) }
      guard let first = variables.first else { continue }
      switch literal {
      case .atom, .aggregate, .range:
        if let seen = variables.first(where: { !rule.variables[$0].isHidden }) {
          binding.append((index, seen))
        }
      case .comparison(.equal, _, _, _): break
      case .comparison, .negated, .test, .never: continue
      }
      for other in variables.dropFirst() { leader[root(other)] = root(first) }
    }
    var compared: Set<Set<Int>> = []
    for case .comparison(let relation, let left, let right, _) in rule.body
    where relation != .equal && relation != .notEqual {
      var roots: Set<Int> = []
      left.forEachVariable { roots.insert(root($0)) }
      right.forEachVariable { roots.insert(root($0)) }
      // One comparison leaves half of all pairs, but for those of a distance.
      let isDistance = left.holdsDistance || right.holdsDistance
      if roots.count == 2, !compared.insert(roots).inserted || isDistance, let first = roots.first {
        for other in roots { leader[root(other)] = root(first) }
      }
    }
    var groups: [Int: [Int]] = [:]
    for (literal, variable) in binding { groups[root(variable), default: []].append(literal) }
    return groups.values.sorted { ($0.first ?? 0) < ($1.first ?? 0) }
  }

  // MARK: Rows that nobody expected

  private func surprises(in version: EvaluationProfile.Version, of rule: CoreRule) -> [String] {
    guard version.isRun else { return [] }
    var sentences: [String] = []
    var before = 1
    // What comes behind a surprise is off by as much: only what a condition adds itself counts.
    var drift = 1.0
    for condition in version.conditions {
      if condition.endsEarly || condition.leavesOut { break }
      let expected = max(condition.expectedRows, 1)
      let ratio = max(Double(condition.rows), 1) / expected
      defer { (before, drift) = (condition.rows, ratio) }
      let texts = condition.literals.map { "`\(report.text.of(rule.body[$0], in: rule))`" }
      let name = texts.joined(separator: ", ")
      let thought = Self.grouped(Int(min(expected, 1e15)))
      if condition.rows >= Self.notable, ratio / drift >= Self.surprising {
        // A row or two for each that was there: nothing is multiplied, it was only thought to be rarer.
        let reason =
          condition.rows < 8 * before
          ? "its columns go together, and the estimate takes each by itself."
          : "one of its values stands for very many. A further condition on its variables would help."
        sentences.append(
          "\(name) brings \(Self.grouped(condition.rows)) rows where \(thought) were expected: "
            + reason)
      } else if before >= Self.notable, ratio / drift <= 1 / Self.surprising,
        !condition.access.isBetweenBounds
      {
        sentences.append(
          "\(name) leaves \(Self.grouped(condition.rows)) of \(Self.grouped(before)) rows where "
            + "\(thought) were expected: what it asks for is rare, and looked at late.")
      }
    }
    return sentences
  }

  // MARK: Work that is done again and again

  private func repetitions(in version: EvaluationProfile.Version, of rule: CoreRule) -> [String] {
    guard case .derive = rule.effect, version.derived >= Self.notable,
      version.derived / max(version.added, 1) >= Self.wasteful
    else { return [] }
    var inHead: Set<Int> = []
    for term in rule.headTerms { term.forEachVariable { inHead.insert($0) } }
    let others = rule.variables.indices.filter {
      !inHead.contains($0) && !rule.variables[$0].isHidden
    }
    let rule = "the rule at \(report.sources.place(rule.span))"
    let counts =
      "\(rule) derives \(Self.grouped(version.derived)) rows, of which "
      + "\(Self.grouped(version.added)) are new"
    guard !others.isEmpty else { return [counts + "."] }
    let names = others.map { "`\(report.program.rules[version.rule].variables[$0].name)`" }
    return [
      counts + ": it finds the same row by way of many values of \(names.joined(separator: ", ")). "
        + "A rule of its own for the conditions around these would find each once."
    ]
  }

  private static func grouped(_ number: Int) -> String {
    let digits = String(number)
    var result = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.utf8.count - index) % 3 == 0 { result.append(",") }
      result.append(digit)
    }
    return result
  }
}
