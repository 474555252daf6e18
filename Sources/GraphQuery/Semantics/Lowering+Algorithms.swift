import GraphCore

/// Graph algorithms become rules with an effect of their own, over the relation that their brackets hold: one
/// relation for each algorithm, path and setting, so that it is computed once however often it is used.
extension Lowering {
  mutating func lowerAlgorithm(_ atom: Atom, _ builder: inout RuleBuilder) {
    guard let call = algorithmCall(of: atom),
      let edges = pathRelation(atom.parameters[0], unit: builder.unit)
    else { return bindForRecovery(atom, &builder) }
    guard atom.arguments.count == 2 else {
      diagnostics.append(
        .wrongArity(
          "`\(atom.name.text)[…]`", 2, found: atom.arguments.count, at: atom.span,
          help: "a node and its \(call.algorithm.resultName)"))
      return bindForRecovery(atom, &builder)
    }
    let id = relation(of: call, over: edges, atom, unit: builder.unit)
    let isNode = nodeColumns.holdsNodes(atom.parameters[0], unit: builder.unit)
    var arguments: [CoreAtom.Argument] = []
    for (column, expression) in atom.arguments.enumerated() {
      let isNode = isNode && (column == 0 || call.algorithm.result == .group)
      if let value = lowerArgument(
        expression, column: column, of: id, named: "\(atom.name.text)[…]",
        place: isNode ? .any : nil, &builder)
      {
        arguments.append(argument(column, value))
      }
    }
    builder.literals.append(.atom(CoreAtom(relation: id, arguments: arguments, span: atom.span)))
  }

  /// The algorithm that an atom names, with its setting; nothing, and a report, where there is none.
  private mutating func algorithmCall(of atom: Atom) -> AlgorithmCall? {
    guard let algorithm = GraphAlgorithm(rawValue: atom.name.text) else {
      let names = GraphAlgorithm.allCases.map(\.rawValue)
      let nearest = NameSuggestions.nearest(to: atom.name.text, among: names, limit: 1).first
      diagnostics.append(
        Diagnostic(
          .unknownRelation, "unknown graph algorithm `\(atom.name.text)`", at: atom.name.span,
          help: nearest.map { "did you mean `\($0)`?" }
            ?? "there are \(names.map { "`\($0)`" }.joined(separator: ", "))"))
      return nil
    }
    guard atom.parameters.count == 1 else {
      diagnostics.append(
        Diagnostic(
          .invalidPath,
          "`\(atom.name.text)[…]` takes one relation, but \(atom.parameters.count) are given",
          at: atom.parameters[1].span, help: "write `a|b` for edges of either kind"))
      return nil
    }
    var call = AlgorithmCall(algorithm)
    for (number, named) in atom.named.enumerated() {
      guard number == 0, let setting = algorithm.setting, named.name.text == setting.name else {
        let known = algorithm.setting.map { "only `\($0.name): …`" } ?? "none"
        diagnostics.append(
          Diagnostic(
            .unknownArgument,
            "`\(atom.name.text)[…]` has no argument `\(named.name.text)`", at: named.name.span,
            help: number > 0 && algorithm.setting?.name == named.name.text
              ? "it is given twice" : "it has \(known)"))
        return nil
      }
      guard let value = named.value.writtenNumber, setting.isAllowed(value) else {
        diagnostics.append(
          Diagnostic(
            .typeMismatch, "`\(setting.name)` is a number \(setting.range)",
            at: named.value.span, help: "left out, it is \(setting.standard)"))
        return nil
      }
      call.setting = value
    }
    return call
  }

  /// The relation for an algorithm over a path, made on first use.
  private mutating func relation(
    of call: AlgorithmCall, over edges: PathRelation, _ atom: Atom, unit: Int
  ) -> RelationID {
    let setting = call.setting.map { " \($0)" } ?? ""
    let key = "algorithm \(call.algorithm) \(unit) \(atom.parameters[0].key)\(setting)"
    if let id = existingRelation(key: key) { return id }
    let node = program[edges.id].columns[0].slot
    let value: TypeSlot =
      switch call.algorithm.result {
      case .score: solver.fresh(.float)
      case .count: solver.fresh(.number)
      case .group: node
      }
    let id = add(
      CoreRelation(
        name: "\(call.algorithm.rawValue)[\(atom.parameters[0].key)]", origin: .derived,
        columns: [("node", node), (call.algorithm.resultName, value)].map {
          CoreRelation.Column(name: $0.0, slot: $0.1)
        }, span: atom.span), key: key)
    emitAlgorithm(call, over: edges, into: id, atom)
    return id
  }

  /// `into(x, y) :- edges(x, y).`, which the algorithm makes rows of its own of.
  private mutating func emitAlgorithm(
    _ call: AlgorithmCall, over edges: PathRelation, into id: RelationID, _ atom: Atom
  ) {
    var builder = RuleBuilder(unit: 0)
    // The graph as it is written is what the rule reads, and what a profile shows of it.
    let graph = atom.parameters[0].span
    let slot = program[edges.id].columns[0].slot
    let ends = (0..<2).map { _ in
      let variable = builder.hiddenVariable(graph, &solver, like: slot)
      return variable
    }
    builder.literals.append(
      .atom(
        CoreAtom(
          relation: edges.id,
          arguments: [
            argument(edges.isReversed ? 1 : 0, .variable(ends[0])),
            argument(edges.isReversed ? 0 : 1, .variable(ends[1])),
          ], span: graph)))
    emit(
      builder, head: id, terms: ends.map { .variable($0) }, effect: .algorithm(call),
      span: atom.span)
  }
}

extension Expression {
  /// The number that is written here, if it is one.
  fileprivate var writtenNumber: Double? {
    switch self {
    case .integer(let value, _, _): Double(value)
    case .float(let value, _): value
    default: nil
    }
  }
}
