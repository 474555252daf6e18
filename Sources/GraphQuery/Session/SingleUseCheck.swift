import GraphCore

/// Finds variables that stand once in a rule of a program: such a one joins nothing, and is a slip for another name or
/// better written `_`.
///
/// `partner(x, z) :- supplies(x, y), located_in(y2, z).` is warned of `y` and of `y2`. A name that begins with `_` says that
/// this is meant. What is counted or added up depends on which variables have names, so of aggregates only `min` and
/// `max` are looked into. What a macro has made nobody has written.
struct SingleUseCheck {
  private let sources: SourceMap
  private(set) var diagnostics: [Diagnostic] = []

  init(sources: SourceMap) { self.sources = sources }

  mutating func check(_ statements: [Statement]) {
    for statement in statements {
      switch statement {
      case .clause(let clause): check(clause)
      case .component(let component): check(component.body)
      case .type, .relation, .functor, .lattice, .subsumption, .directive, .instantiation,
        .overriding, .pragma, .nodeSchema, .edgeSchema, .index, .source, .constraint, .query:
        break
      }
    }
  }

  private mutating func check(_ clause: Clause) {
    guard let body = clause.body,
      !clause.heads.contains(where: { $0.aggregates.contains { Self.countsRows($0.function) } })
    else { return }
    var uses: [String: (count: Int, first: SourceSpan)] = [:]
    func note(_ expression: Expression) -> Expression? {
      switch expression {
      case .variable(let name): uses[name.text, default: (0, name.span)].count += 1
      case .aggregate(let aggregate) where Self.countsRows(aggregate.function):
        // What stands in it is used there, however often.
        var names: Set<String> = []
        VariableNames.collect(expression, inAggregates: true, into: &names)
        for name in names { uses[name, default: (0, aggregate.span)].count += 2 }
        return expression
      default: break
      }
      return nil
    }
    _ = body.mapping(note)
    for head in clause.heads {
      for argument in head.atom.arguments + head.atom.named.map(\.value) {
        _ = argument.mapping(note)
      }
    }
    let single = uses.filter { $0.value.count == 1 && !$0.key.hasPrefix("_") }
    for (name, use) in single.sorted(by: { $0.value.first.lower < $1.value.first.lower })
    where sources.text(use.first) == name {
      diagnostics.append(
        Diagnostic(
          .singleUse, "the variable `\(name)` stands once in its rule", at: use.first,
          severity: .warning,
          help: "write `_` where any value is meant, or `_\(name)` to keep the name"))
    }
  }

  private static func countsRows(_ function: AggregateFunction) -> Bool {
    switch function {
    case .count, .sum, .mean: true
    case .min, .max: false
    }
  }
}
