import GraphCore

/// Path expressions become rules over auxiliary relations, one per distinct expression, so that
/// everything the engine can do for recursion serves them too.
extension Lowering {
  /// A binary relation, read forwards or backwards.
  struct PathRelation {
    var id: RelationID
    var isReversed: Bool

    var reversed: PathRelation { PathRelation(id: id, isReversed: !isReversed) }
  }

  mutating func lowerPath(_ atom: PathAtom, _ builder: inout RuleBuilder) {
    let values = atom.arguments + atom.named.map(\.value)
    guard atom.arguments.count == 2 else {
      diagnostics.append(
        Diagnostic(
          .invalidPath,
          "a path has 2 arguments, its ends, but \(atom.arguments.count) "
            + "\(atom.arguments.count == 1 ? "is" : "are") given", at: atom.span))
      return bindForRecovery(values, at: atom.span, &builder)
    }
    var hops: Expression?
    for named in atom.named {
      guard named.name.text == "hops", hops == nil else {
        diagnostics.append(
          Diagnostic(
            .invalidPath, "a path knows no argument `\(named.name.text)`", at: named.name.span,
            help: "only `hops: n`, its fewest steps; ask for properties by an edge of its own"))
        return bindForRecovery(values, at: atom.span, &builder)
      }
      hops = named.value
    }
    // Distances are followed from the end that is known.
    let isBackwards = !atom.arguments[0].isKnown && atom.arguments[1].isKnown
    guard
      let path = hops == nil
        ? pathRelation(atom.path, unit: builder.unit)
        : isBackwards
          ? hopsRelation(atom.path.inverted, unit: builder.unit, span: atom.span)?.reversed
          : hopsRelation(atom.path, unit: builder.unit, span: atom.span)
    else { return bindForRecovery(values, at: atom.span, &builder) }

    var arguments: [CoreAtom.Argument] = []
    var known: CoreAtom.Argument?
    let isNode = nodeColumns.holdsNodes(atom.path, unit: builder.unit)
    for (end, expression) in atom.arguments.enumerated() {
      let column = path.isReversed ? 1 - end : end
      if let value = lowerArgument(
        expression, column: column, of: path.id, named: "path", place: isNode ? .any : nil,
        &builder)
      {
        arguments.append(argument(column, value))
        if case .constant = value, known == nil { known = arguments.last }
      }
    }
    if let hops,
      let value = lowerArgument(
        hops, column: 2, of: path.id, named: "hops", place: nil, &builder)
    {
      arguments.append(argument(2, value))
    }
    guard let known, atom.path.admitsNoStep else {
      return builder.literals.append(
        .atom(CoreAtom(relation: path.id, arguments: arguments, span: atom.span)))
    }
    let ends = endsRelation(of: path.id, from: known, atom)
    let rest = arguments.filter { $0.column != known.column }.map {
      argument($0.column == 2 ? 1 : 0, $0.value)
    }
    builder.literals.append(
      .atom(CoreAtom(relation: ends, arguments: rest, span: atom.span)))
  }

  /// Where the paths end that begin, or begin that end, at a constant, with their steps where these are asked for.
  ///
  /// No step leads from the constant to itself, even where no edge touches it. That is said of this path only: the
  /// relation of the path belongs to all atoms that speak of it.
  private mutating func endsRelation(
    of path: RelationID, from known: CoreAtom.Argument, _ atom: PathAtom
  ) -> RelationID {
    guard case .constant(let constant, let slot) = known.value else { return path }
    let key = "ends \(path.index) \(known.column) \(constant)"
    if let id = existingRelation(key: key) { return id }
    let columns = program[path].columns
    let others = [1 - known.column] + Array(2..<columns.count)
    let id = add(
      CoreRelation(
        name: program[path].name, origin: .derived, columns: others.map { columns[$0] },
        span: atom.span, isAuxiliary: true), key: key)
    var builder = RuleBuilder(unit: 0)
    let values = others.map { builder.hiddenVariable(atom.span, &solver, like: columns[$0].slot) }
    builder.literals.append(
      .atom(
        CoreAtom(
          relation: path,
          arguments: [known] + zip(others, values).map { argument($0, .variable($1)) },
          span: atom.span)))
    emit(builder, head: id, terms: values.map { .variable($0) }, span: atom.span)
    var terms: [CoreExpression] = [.constant(constant, slot)]
    if columns.count == 3 {
      terms.append(.constant(.integer(UInt64(atom.path.fewestSteps)), columns[2].slot))
    }
    emit(RuleBuilder(unit: 0), head: id, terms: terms, span: atom.span)
    return id
  }

  // MARK: Relations of paths

  mutating func pathRelation(_ path: PathExpression, unit: Int) -> PathRelation? {
    switch path {
    case .step(let name): return stepRelation(name, unit: unit)
    case .inverse(let inner, _): return pathRelation(inner, unit: unit)?.reversed
    case .alternative(let parts):
      var relations: [PathRelation] = []
      for part in parts {
        guard let relation = pathRelation(part, unit: unit) else { return nil }
        relations.append(relation)
      }
      return derived("path \(unit) \(path.key)", path) { lowering, id, span in
        for relation in relations {
          lowering.emitStep(into: id, [.relation(relation)], span)
        }
      } like: {
        relations
      }
    case .repetition(let inner, let least, let most, _):
      // The parser has said that such a path is never found.
      if let most, most < least { return nil }
      guard let step = pathRelation(inner, unit: unit) else { return nil }
      return derived("path \(unit) \(path.key)", path) { lowering, id, span in
        lowering.emitRepetition(of: step, least: least, most: most, into: id, span)
      } like: {
        [step]
      }
    }
  }

  private mutating func stepRelation(_ name: Identifier, unit: Int) -> PathRelation? {
    if case .builtin(.edge)? = environment.resolve(name.text, positional: 2, unit: unit) {
      return anyEdge(name.span)
    }
    guard let resolved = resolve(name, positional: 2, unit: unit) else { return nil }
    if case .builtin = resolved {
      diagnostics.append(
        Diagnostic(
          .invalidPath, "`\(name.text)` is no edge type, so a path cannot follow it", at: name.span,
          help:
            "follow an edge type, `edge` for edges of every type, or a relation of two arguments"
        ))
      return nil
    }
    let id = relation(for: resolved)
    guard program[id].columns.count == 2 else {
      diagnostics.append(
        Diagnostic(
          .invalidPath,
          "a path follows relations of 2 arguments; `\(name.text)` has "
            + "\(program[id].columns.count)", at: name.span))
      return nil
    }
    unify(program[id].columns[1].slot, program[id].columns[0].slot, at: name.span) {
      first, second in
      "a path needs both ends of `\(name.text)` to be of one type, not \(first) and \(second)"
    }
    return PathRelation(id: id, isReversed: false)
  }

  /// `edge` in a path is an edge of whatever type.
  private mutating func anyEdge(_ span: SourceSpan) -> PathRelation {
    let key = "any edge"
    if let id = existingRelation(key: key) { return PathRelation(id: id, isReversed: false) }
    let all = relation(for: .builtin(.edge))
    var relation = symbols("edge", .derived, ["from", "to"])
    relation.isAuxiliary = true
    let id = add(relation, key: key)
    var builder = RuleBuilder(unit: 0)
    let ends = (0..<2).map { column in
      let variable = builder.hiddenVariable(span, &solver, like: program[id].columns[column].slot)
      return variable
    }
    builder.literals.append(
      .atom(
        CoreAtom(
          relation: all,
          arguments: [argument(1, .variable(ends[0])), argument(2, .variable(ends[1]))],
          span: span)))
    emit(builder, head: id, terms: ends.map { .variable($0) }, span: span)
    return PathRelation(id: id, isReversed: false)
  }

  /// The relation for a path, made by `fill` on first use; all columns have the type of `like`.
  private mutating func derived(
    _ key: String, _ path: PathExpression,
    fill: (inout Lowering, RelationID, SourceSpan) -> Void, like: () -> [PathRelation]
  ) -> PathRelation {
    if let id = existingRelation(key: key) { return PathRelation(id: id, isReversed: false) }
    let slot = solver.fresh()
    for relation in like() {
      unify(program[relation.id].columns[0].slot, slot, at: path.span) { first, second in
        "the parts of a path join values of one type, not \(first) and \(second)"
      }
    }
    var relation = CoreRelation(
      name: path.name, origin: .derived,
      columns: ["from", "to"].map { CoreRelation.Column(name: $0, slot: slot) },
      isAuxiliary: true)
    relation.span = path.span
    let id = add(relation, key: key)
    fill(&self, id, path.span)
    return PathRelation(id: id, isReversed: false)
  }

  /// `into(x, y) :- the parts in a row.` Parts join end to end.
  private enum Part {
    case relation(PathRelation)
    case same(RelationID)
  }

  private mutating func emitStep(into id: RelationID, _ parts: [Part], _ span: SourceSpan) {
    var builder = RuleBuilder(unit: 0)
    let slot = program[id].columns[0].slot
    var nodes: [Int] = []
    for _ in 0...parts.count {
      let variable = builder.hiddenVariable(span, &solver, like: slot)
      nodes.append(variable)
    }
    for (index, part) in parts.enumerated() {
      let relation: PathRelation =
        switch part {
        case .relation(let relation): relation
        case .same(let id): PathRelation(id: id, isReversed: false)
        }
      let ends = [nodes[index], nodes[index + 1]]
      builder.literals.append(
        .atom(
          CoreAtom(
            relation: relation.id,
            arguments: [
              argument(0, .variable(ends[relation.isReversed ? 1 : 0])),
              argument(1, .variable(ends[relation.isReversed ? 0 : 1])),
            ], span: span)))
    }
    emit(
      builder, head: id, terms: [.variable(nodes[0]), .variable(nodes[parts.count])], span: span)
  }

  /// Every node that a relation touches, with itself.
  private mutating func emitReflexive(
    of step: PathRelation, into id: RelationID, hops: Bool, _ span: SourceSpan
  ) {
    for column in 0..<2 {
      var builder = RuleBuilder(unit: 0)
      let node = builder.hiddenVariable(span, &solver, like: program[id].columns[0].slot)
      builder.literals.append(
        .atom(
          CoreAtom(relation: step.id, arguments: [argument(column, .variable(node))], span: span)))
      var terms: [CoreExpression] = [.variable(node), .variable(node)]
      if hops { terms.append(.constant(.integer(0), program[id].columns[2].slot)) }
      emit(builder, head: id, terms: terms, span: span)
    }
  }

  private mutating func emitRepetition(
    of step: PathRelation, least: Int, most: Int?, into id: RelationID, _ span: SourceSpan
  ) {
    if least == 0 { emitReflexive(of: step, into: id, hops: false, span) }
    guard let most else {
      // At least `least` steps: that many in a row, then any number more.
      emitStep(into: id, [.relation(power(of: step, max(least, 1), span))], span)
      emitStep(into: id, [.same(id), .relation(step)], span)
      return
    }
    guard most > 0 else { return }
    if most == max(least, 1) {
      emitStep(into: id, [.relation(power(of: step, most, span))], span)
    } else {
      emitProjection(of: fewest(of: step, from: max(least, 1), to: most, span), into: id, span)
    }
  }

  /// The walks of exactly `count` steps: by halves, so that a billion takes thirty products.
  private mutating func power(of step: PathRelation, _ count: Int, _ span: SourceSpan)
    -> PathRelation
  {
    if count <= 1 { return step }
    let key = "power \(step.id.index) \(step.isReversed) \(count)"
    if let id = existingRelation(key: key) { return PathRelation(id: id, isReversed: false) }
    let half = power(of: step, count / 2, span)
    let rest = power(of: step, count - count / 2, span)
    let slot = program[step.id].columns[0].slot
    let id = add(
      CoreRelation(
        name: "\(program[step.id].name){\(count)}", origin: .derived,
        columns: ["from", "to"].map { CoreRelation.Column(name: $0, slot: slot) }, span: span,
        isAuxiliary: true), key: key)
    emitStep(into: id, [.relation(half), .relation(rest)], span)
    return PathRelation(id: id, isReversed: false)
  }

  /// (x, y, n): the fewest steps of a walk from x to y that has at least `least` and at most `most`.
  ///
  /// Its first `least` steps are a walk of that length, and what follows is as short as can be, so a
  /// minimum that grows step by step finds it, and ends where the graph does.
  private mutating func fewest(
    of step: PathRelation, from least: Int, to most: Int?, _ span: SourceSpan
  ) -> RelationID {
    let key = "fewest \(step.id.index) \(step.isReversed) \(least) \(most ?? 0)"
    if let id = existingRelation(key: key) { return id }
    let node = solver.fresh()
    let steps = solver.fresh(.number)
    _ = solver.unite(node, program[step.id].columns[0].slot)
    let id = add(
      CoreRelation(
        name: "\(program[step.id].name) walks", origin: .derived,
        columns: [("from", node), ("to", node), ("steps", steps)].map {
          CoreRelation.Column(name: $0.0, slot: $0.1)
        }, lattice: .min, span: span, isAuxiliary: true), key: key)
    emitFewest(of: step, from: least, to: most, into: id, span)
    return id
  }

  /// `into(x, y) :- counted(x, y, _).`
  private mutating func emitProjection(
    of counted: RelationID, into id: RelationID, _ span: SourceSpan
  ) {
    var builder = RuleBuilder(unit: 0)
    let ends = (0..<2).map { column in
      let variable = builder.hiddenVariable(
        span, &solver, like: program[counted].columns[column].slot)
      return variable
    }
    builder.literals.append(
      .atom(
        CoreAtom(
          relation: counted,
          arguments: ends.enumerated().map { argument($0, .variable($1)) }, span: span)))
    emit(builder, head: id, terms: ends.map { .variable($0) }, span: span)
  }

  /// `into(x, y, 3) :- walks of 3 steps. into(x, z, n + 1) :- into(x, y, n), step(y, z), n < most.`
  private mutating func emitFewest(
    of step: PathRelation, from least: Int, to most: Int?, into id: RelationID, _ span: SourceSpan
  ) {
    let first = power(of: step, least, span)
    let nodeSlot = program[id].columns[0].slot
    let countSlot = program[id].columns[2].slot
    for isFirst in [true, false] {
      var builder = RuleBuilder(unit: 0)
      let nodes = (0..<3).map { _ in
        let variable = builder.hiddenVariable(span, &solver, like: nodeSlot)
        return variable
      }
      let from = isFirst ? nodes[0] : nodes[1]
      let ends = [from, nodes[2]]
      let part = isFirst ? first : step
      var count: CoreExpression = .constant(.integer(UInt64(least)), countSlot)
      if !isFirst {
        let before = builder.hiddenVariable(span, &solver, like: countSlot)
        builder.literals.append(
          .atom(
            CoreAtom(
              relation: id,
              arguments: [
                argument(0, .variable(nodes[0])), argument(1, .variable(nodes[1])),
                argument(2, .variable(before)),
              ], span: span)))
        if let most {
          builder.literals.append(
            .comparison(
              .less, .variable(before), .constant(.integer(UInt64(most)), countSlot), span))
        }
        count = .call(
          .add, [.variable(before), .constant(.integer(1), countSlot)], result: countSlot,
          operands: countSlot, span)
      }
      builder.literals.append(
        .atom(
          CoreAtom(
            relation: part.id,
            arguments: [
              argument(0, .variable(ends[part.isReversed ? 1 : 0])),
              argument(1, .variable(ends[part.isReversed ? 0 : 1])),
            ], span: span)))
      emit(
        builder, head: id, terms: [.variable(nodes[0]), .variable(nodes[2]), count], span: span)
    }
  }

  /// (x, y, n): the fewest steps of a path, as a minimum that recursion lowers.
  private mutating func hopsRelation(_ path: PathExpression, unit: Int, span: SourceSpan)
    -> PathRelation?
  {
    if case .inverse(let inner, _) = path {
      return hopsRelation(inner, unit: unit, span: span)?.reversed
    }
    let key = "hops \(unit) \(path.key)"
    if let id = existingRelation(key: key) { return PathRelation(id: id, isReversed: false) }
    var (inner, least, most): (PathExpression, Int, Int?) = (path, 1, 1)
    if case .repetition(let repeated, let low, let high, _) = path {
      (inner, least, most) = (repeated, low, high)
    }
    guard let step = pathRelation(inner, unit: unit) else { return nil }
    let node = solver.fresh()
    _ = solver.unite(node, program[step.id].columns[0].slot)
    let id = add(
      CoreRelation(
        name: path.name, origin: .derived,
        columns: [("from", node), ("to", node), ("hops", solver.fresh(.number))].map {
          CoreRelation.Column(name: $0.0, slot: $0.1)
        }, lattice: .min, span: span, isAuxiliary: true), key: key)
    if least == 0 { emitReflexive(of: step, into: id, hops: true, span) }
    if most != 0 { emitFewest(of: step, from: max(least, 1), to: most, into: id, span) }
    return PathRelation(id: id, isReversed: false)
  }
}

extension PathExpression {
  /// What the relation of the path is called.
  fileprivate var name: String {
    if case .alternative = self { "(\(ASTPrinter.text(self)))" } else { ASTPrinter.text(self) }
  }

  /// The path as it is written, in one canonical spelling.
  var key: String {
    switch self {
    case .step(let name): return name.text
    case .inverse(let inner, _): return "^\(inner.key)"
    case .alternative(let parts): return "(\(parts.map(\.key).joined(separator: "|")))"
    case .repetition(let inner, let least, let most, _):
      let suffix: String
      switch (least, most) {
      case (1, nil): suffix = "+"
      case (0, nil): suffix = "*"
      case (0, 1): suffix = "{0,1}"
      case (let least, nil): suffix = "{\(least),}"
      case (let least, let most?): suffix = least == most ? "{\(least)}" : "{\(least),\(most)}"
      }
      return "(\(inner.key))\(suffix)"
    }
  }

  /// The path that leads back, with the inverse inside of repetitions.
  var inverted: PathExpression {
    switch self {
    case .step: .inverse(self, span)
    case .inverse(let inner, _): inner
    case .alternative(let parts): .alternative(parts.map(\.inverted))
    case .repetition(let inner, let least, let most, let span):
      .repetition(inner.inverted, least: least, most: most, span)
    }
  }

  /// How many steps the shortest of the paths has, where one of what is repeated is a step.
  fileprivate var fewestSteps: Int {
    switch self {
    case .step, .alternative: 1
    case .inverse(let inner, _): inner.fewestSteps
    case .repetition(_, let least, _, _): least
    }
  }

  /// Whether the path relates a node to itself by taking no step.
  var admitsNoStep: Bool {
    switch self {
    case .step: false
    case .inverse(let inner, _): inner.admitsNoStep
    case .alternative(let parts): parts.contains(where: \.admitsNoStep)
    case .repetition(let inner, let least, _, _): least == 0 || inner.admitsNoStep
    }
  }
}

extension Expression {
  /// Whether the value is written down or given from outside.
  fileprivate var isKnown: Bool {
    if case .parameter = self { true } else { constant != nil }
  }
}
