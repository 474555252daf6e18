import GraphCore

/// Finds names that stand for an edge of one type in one condition and of another type in another: the numbers that
/// tell edges apart do so within their type only, so that two of them may be equal.
struct EdgeNames {
  private let environment: Environment
  private let unit: Int
  private(set) var diagnostics: [Diagnostic] = []

  private typealias Known = [String: (type: UInt32, span: SourceSpan)]

  /// Looks at the conditions of one body. O(length of the body).
  init(in conditions: [Formula], unit: Int, _ environment: Environment) {
    self.environment = environment
    self.unit = unit
    check(conditions, [:])
  }

  /// What a part says for itself, a negated one or an aggregate, holds in that part.
  private mutating func check(_ conditions: [Formula], _ outer: Known) {
    var known = outer
    let conditions = conditions.flatMap(\.conjuncts)
    for case .atom(let atom) in conditions { check(atom, &known) }
    for condition in conditions {
      switch condition {
      case .negation(let inner, _): check([inner], known)
      case .disjunction(let parts): for part in parts { check([part], known) }
      case .atom, .path, .comparison, .textTest, .boolean, .conjunction: break
      }
      _ = VariableNames.hasAggregate(condition) { aggregate in
        check([aggregate.body], known)
        return false
      }
    }
  }

  private mutating func check(_ atom: Atom, _ known: inout Known) {
    guard let id = atom.named.first(where: { $0.name.text == "id" }),
      case .variable(let name) = id.value,
      case .edgeType(let type)? = environment.resolve(atom, unit: unit)
    else { return }
    guard let first = known[name.text], first.type != type else {
      if known[name.text] == nil { known[name.text] = (type, name.span) }
      return
    }
    let other = environment.catalog.text(first.type)
    diagnostics.append(
      Diagnostic(
        .typeMismatch,
        "`\(AggregateScoping.written(name.text))` is an edge of `\(other)`, and none of `\(atom.name.text)`",
        at: name.span,
        labels: [Diagnostic.Label(span: first.span, text: "an edge of `\(other)`")],
        help: "an edge has one type: give each of the two a name of its own"))
  }
}
