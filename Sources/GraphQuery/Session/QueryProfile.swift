import GraphCore

/// How a query was or would be evaluated: its rules in the order of evaluation, each with its
/// conditions in theirs, what was expected of them and what came.
public struct QueryProfile: Sendable {
  /// A condition of a rule, or a few that are looked at together.
  public struct Condition: Sendable {
    /// As it is written.
    public var text: String
    /// How its rows are found: `scan`, `index (to)`, `index (x / 10)`, `stored index (city)`, `range (from)`, `places (from)`, `member`; empty
    /// for a computation or a filter. Behind it `until found` where one way through was enough, and
    /// `each once` where rows were left out that had come before in what is read of them.
    public var access: String
    /// How many rows were expected behind it.
    public var expectedRows: Double
    /// How many there were.
    public var rows: Int
    /// The time that was spent at the condition itself, not behind it.
    public var duration: Duration
  }

  /// A rule as it was evaluated; in a recursion once for each condition that reads the delta.
  public struct Rule: Sendable {
    /// As it is written, in one line; where it is evaluated in another form, in that.
    public var text: String
    /// `file:line`.
    public var place: String
    /// The condition that reads only what the last round added, in a recursion.
    public var recursiveCondition: String?
    /// How often the rule was evaluated.
    public var runCount: Int
    public var conditions: [Condition]
    /// Rows that it derived, and how many of them were new.
    public var derivedRows: Int
    public var newRows: Int
    public var duration: Duration
    /// The recursion of the rule was evaluated row by row, all its rules at once: there is no order of
    /// conditions, and rows and duration are those of the recursion.
    public var isByRows = false
    /// The aggregate that goes through the same rows, in whose pass the rule was evaluated: rows and duration are there.
    public var togetherWith: String?
    /// How many rounds of a few rows these were, where only such were evaluated so.
    public var smallRoundCount: Int?
    /// In how many rounds new rows were compared with those that stay, for a subsumption.
    public var comparedRoundCount: Int?
  }

  public var rules: [Rule]
  /// What the relations are that no program names, a sentence each.
  public var notes: [String]
  /// What would make the query faster, a sentence each.
  public var advice: [String]
  /// The whole of the evaluation; nothing where it was only planned.
  public var duration: Duration?
}

/// Puts what the engine took down into the words of the program.
struct ProfileReport {
  let program: CoreProgram
  let sources: SourceMap
  let graph: Graph
  let text: CoreText

  /// The report on the evaluation of a program that passes have made of another.
  init(
    _ program: CoreProgram, from source: CoreProgram, _ sources: SourceMap, _ graph: Graph,
    _ terms: TermSpace
  ) {
    self.program = program
    self.sources = sources
    self.graph = graph
    text = CoreText(program, from: source, sources, terms)
  }

  func profile(_ evaluation: EvaluationProfile, duration: Duration?) -> QueryProfile {
    var profile = QueryProfile(rules: [], notes: [], advice: [], duration: duration)
    profile.notes = text.notes(
      onPartsIn: evaluation.entries.flatMap { entry in
        switch entry {
        case .version(let index): [evaluation.versions[index].rule]
        case .recursion(let index): evaluation.recursions[index].rules
        }
      })
    profile.rules = evaluation.entries.compactMap { entry in
      switch entry {
      case .version(let index): rule(evaluation.versions[index])
      case .recursion(let index): rule(evaluation.recursions[index])
      }
    }
    profile.advice = ProfileAdvice(report: self).advice(on: evaluation.versions)
    return profile
  }

  private func rule(_ version: EvaluationProfile.Version) -> QueryProfile.Rule? {
    let rule = program.rules[version.rule]
    // A rule that only takes over what another rule of the same text has found is nothing to see.
    if rule.body.allSatisfy({ $0.span == rule.span }), !rule.body.isEmpty, text.isAsWritten(rule) {
      return nil
    }
    return QueryProfile.Rule(
      text: text.of(rule), place: sources.place(rule.span),
      recursiveCondition: version.deltaLiteral.map { text.of(rule.body[$0], in: rule) },
      runCount: version.runCount,
      conditions: version.conditions.compactMap { condition($0, of: rule) },
      derivedRows: version.derived, newRows: version.added,
      duration: .nanoseconds(Int64(clamping: version.nanoseconds)),
      togetherWith: version.togetherWith.map { text.of(program.rules[$0]) })
  }

  private func rule(_ recursion: EvaluationProfile.Recursion) -> QueryProfile.Rule? {
    guard let first = recursion.rules.first else { return nil }
    let texts = recursion.rules.map { text.of(program.rules[$0]) }
    return QueryProfile.Rule(
      text: texts.joined(separator: " "), place: sources.place(program.rules[first].span),
      recursiveCondition: nil, runCount: 1, conditions: [], derivedRows: recursion.rows,
      newRows: recursion.rows, duration: .nanoseconds(Int64(clamping: recursion.nanoseconds)),
      isByRows: true, smallRoundCount: recursion.smallRounds,
      comparedRoundCount: recursion.comparedRounds)
  }

  private func condition(_ condition: EvaluationProfile.Condition, of rule: CoreRule)
    -> QueryProfile.Condition?
  {
    let literals = condition.literals.map { rule.body[$0] }.filter { !text.isIdle($0, in: rule) }
    if literals.isEmpty { return nil }
    let texts = literals.map { text.of($0, in: rule) }
    return QueryProfile.Condition(
      text: texts.joined(separator: ", "),
      access: access(condition, rule) + (isSearched(condition) ? ", until found" : "")
        + (condition.leavesOut ? ", each once" : ""),
      expectedRows: condition.expectedRows, rows: condition.rows,
      duration: .nanoseconds(Int64(clamping: condition.nanoseconds)))
  }

  /// Whether a condition brings rows only until there is a way through.
  private func isSearched(_ condition: EvaluationProfile.Condition) -> Bool {
    switch condition.access {
    case .scan, .index, .range: condition.endsEarly
    case .places, .counts, .membership, .none: false
    }
  }

  private func access(_ condition: EvaluationProfile.Condition, _ rule: CoreRule) -> String {
    let relation = condition.literals.lazy.compactMap { rule.body[$0].relation }.first
    if condition.access != .none, let relation, let index = storedIndex(of: relation) {
      return index
    }
    switch condition.access {
    case .none: return ""
    case .scan: return "scan"
    case .membership: return "member"
    case .counts: return "counts"
    case .index(let columns):
      return columns.isEmpty ? "scan" : "index" + names(columns, relation)
    case .range(let keys, let column): return ordered("range", keys, column, relation)
    case .places(let keys, let column): return ordered("places", keys, column, relation)
    }
  }

  private func ordered(_ word: String, _ keys: [Int], _ column: Int, _ relation: RelationID?)
    -> String
  {
    (keys.isEmpty ? "" : "index" + names(keys, relation) + ", ") + word + names([column], relation)
  }

  private func names(_ columns: [Int], _ relation: RelationID?) -> String {
    guard let relation else { return "" }
    let names = columns.map { place in
      let column = program[relation].columns[place]
      return column.computation.map(text.line) ?? column.name
    }
    return " (\(names.joined(separator: ", ")))"
  }

  /// What kept with the graph a relation's rows are read from, where these are not all it has.
  private func storedIndex(of relation: RelationID) -> String? {
    switch program[relation].origin {
    case .texts(holding: let part):
      return graph.isIndexed(part: part) ? "stored index (text)" : "scan (text)"
    case .nodeProperty(let key):
      guard graph.indexedProperty(TermID(raw: key)) != nil,
        program.fixedWords(of: relation.index) != nil
      else { return nil }
      return "stored index (\(graph.text(key)))"
    default: return nil
    }
  }
}
