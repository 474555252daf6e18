import GraphCore

extension Formula {
  /// The formula with expressions in place of variables, those inside aggregates too.
  func substituting(_ values: [String: Expression]) -> Formula {
    mapping { expression in
      if case .variable(let name) = expression { values[name.text] } else { nil }
    }
  }

  /// The formula with every expression replaced for which `replace` gives another, outermost first.
  func mapping(_ replace: (Expression) -> Expression?) -> Formula {
    switch self {
    case .atom(let atom): return .atom(atom.mapping(replace))
    case .path(var path):
      path.arguments = path.arguments.map { $0.mapping(replace) }
      path.named = path.named.map {
        Atom.NamedArgument(name: $0.name, value: $0.value.mapping(replace))
      }
      return .path(path)
    case .comparison(var comparison):
      comparison.left = comparison.left.mapping(replace)
      comparison.right = comparison.right.mapping(replace)
      return .comparison(comparison)
    case .textTest(var test):
      test.first = test.first.mapping(replace)
      test.second = test.second.mapping(replace)
      return .textTest(test)
    case .boolean: return self
    case .negation(let inner, let span): return .negation(inner.mapping(replace), span)
    case .conjunction(let parts): return .conjunction(parts.map { $0.mapping(replace) })
    case .disjunction(let parts): return .disjunction(parts.map { $0.mapping(replace) })
    }
  }

  /// The formula with every atom and path replaced by what `replace` makes of it, those in aggregates
  /// too.
  func mappingAtoms(
    _ replace: (Atom) -> Atom, paths: (PathExpression) -> PathExpression
  ) -> Formula {
    func inAggregates(_ expression: Expression) -> Expression? {
      guard case .aggregate(var aggregate) = expression else { return nil }
      aggregate.body = aggregate.body.mappingAtoms(replace, paths: paths)
      return .aggregate(aggregate)
    }
    switch self {
    case .atom(let atom):
      var replaced = replace(atom)
      replaced.parameters = replaced.parameters.map(paths)
      return .atom(replaced.mapping(inAggregates))
    case .path(var path):
      path.path = paths(path.path)
      return Formula.path(path).mapping(inAggregates)
    case .negation(let inner, let span):
      return .negation(inner.mappingAtoms(replace, paths: paths), span)
    case .conjunction(let parts):
      return .conjunction(parts.map { $0.mappingAtoms(replace, paths: paths) })
    case .disjunction(let parts):
      return .disjunction(parts.map { $0.mappingAtoms(replace, paths: paths) })
    case .comparison, .textTest, .boolean: return mapping(inAggregates)
    }
  }

  /// The formula with every relation renamed for which `replace` gives another name, in paths and
  /// aggregates too.
  func mappingRelations(_ replace: (Identifier) -> Identifier) -> Formula {
    mappingAtoms { atom in
      var copy = atom
      copy.name = replace(atom.name)
      return copy
    } paths: {
      $0.mappingSteps(replace)
    }
  }

  /// The names of an expression's variables outside aggregates.
  static func names(in expression: Expression) -> Set<String> {
    var names: Set<String> = []
    VariableNames.collect(expression, inAggregates: false, into: &names)
    return names
  }

  /// The names of the variables outside aggregates.
  var variableNames: Set<String> {
    var names: Set<String> = []
    VariableNames.collect(self, inAggregates: false, into: &names)
    return names
  }

  /// The names of all variables.
  var allVariableNames: Set<String> {
    var names: Set<String> = []
    VariableNames.collect(self, inAggregates: true, into: &names)
    return names
  }
}

extension PathExpression {
  /// The path with every relation that it follows renamed for which `replace` gives another name.
  func mappingSteps(_ replace: (Identifier) -> Identifier) -> PathExpression {
    switch self {
    case .step(let name): .step(replace(name))
    case .inverse(let inner, let span): .inverse(inner.mappingSteps(replace), span)
    case .alternative(let parts): .alternative(parts.map { $0.mappingSteps(replace) })
    case .repetition(let inner, let least, let most, let span):
      .repetition(inner.mappingSteps(replace), least: least, most: most, span)
    }
  }
}

extension Atom {
  func mapping(_ replace: (Expression) -> Expression?) -> Atom {
    var copy = self
    copy.arguments = arguments.map { $0.mapping(replace) }
    copy.named = named.map { NamedArgument(name: $0.name, value: $0.value.mapping(replace)) }
    return copy
  }
}

extension Expression {
  func mapping(_ replace: (Expression) -> Expression?) -> Expression {
    if let replaced = replace(self) { return replaced }
    func all(_ parts: [Expression]) -> [Expression] { parts.map { $0.mapping(replace) } }
    switch self {
    case .variable, .wildcard, .text, .integer, .float, .boolean, .null, .parameter, .counter,
      .iteration:
      return self
    case .record(let parts, let span): return .record(all(parts), span)
    case .branch(let name, let parts, let span): return .branch(name, all(parts), span)
    case .unary(let operation, let operand, let span):
      return .unary(operation, operand.mapping(replace), span)
    case .binary(let operation, let left, let right, let span):
      return .binary(operation, left.mapping(replace), right.mapping(replace), span)
    case .call(let name, let parts, let span): return .call(name, all(parts), span)
    case .userFunctor(let name, let parts, let span): return .userFunctor(name, all(parts), span)
    case .cast(let inner, let type, let span): return .cast(inner.mapping(replace), type, span)
    case .aggregate(var aggregate):
      aggregate.target = aggregate.target.map { $0.mapping(replace) }
      aggregate.body = aggregate.body.mapping(replace)
      return .aggregate(aggregate)
    }
  }

  /// The literal that stands for a value.
  init(_ value: Value, _ span: SourceSpan) {
    switch value {
    case .text(let text): self = .text(text, span)
    case .integer(let number):
      self = .integer(UInt64(bitPattern: number), isUnsigned: false, span)
    case .unsigned(let number): self = .integer(number, isUnsigned: true, span)
    case .float(let number): self = .float(number, span)
    case .boolean(let flag): self = .boolean(flag, span)
    }
  }

  /// The value of a literal.
  var constant: Value? {
    switch self {
    case .text(let text, _): .text(text)
    case .integer(let bits, isUnsigned: false, _): .integer(Int64(bitPattern: bits))
    case .integer(let bits, isUnsigned: true, _): .unsigned(bits)
    case .float(let number, _): .float(number)
    case .boolean(let flag, _): .boolean(flag)
    case .unary(.minus, let inner, _):
      switch inner.constant {
      case .integer(let number): .integer(0 &- number)
      case .float(let number): .float(-number)
      case .text, .unsigned, .boolean, nil: nil
      }
    case .variable, .wildcard, .null, .record, .branch, .parameter, .counter, .iteration, .unary,
      .binary, .call, .userFunctor, .cast, .aggregate:
      nil
    }
  }
}

extension Value {
  /// The value as it is written in the language; an unsigned number without its `u`, as in answers.
  var literal: String {
    if case .text(let text) = self { ASTPrinter.quotedText(text) } else { description }
  }
}
