import GraphCore

/// Terms and aggregates.
extension Lowering {
  /// An expression with the slot of its type. `isNode` says that a text names a node, `place` which.
  mutating func lowerExpression(
    _ expression: Expression, _ builder: inout RuleBuilder,
    isNode: Bool = false, place: NodePlace? = nil
  ) -> (CoreExpression, TypeSlot) {
    switch expression {
    case .variable(let name):
      let index = builder.variable(name, &solver)
      return (.variable(index), builder.variables[index].slot)
    case .wildcard(let span):
      let index = builder.hiddenVariable(span, &solver)
      return (.variable(index), builder.variables[index].slot)
    case .text(let text, let span):
      givenTexts?.keep(at: span)
      let id =
        isNode
        ? node(named: text, at: span, in: place ?? .any) : environment.catalog.intern(text)
      return constant(.term(id), .symbol)
    case .integer(let bits, let isUnsigned, _):
      if isUnsigned { return constant(.integer(bits), .unsigned) }
      let slot = solver.fresh()
      _ = solver.require(slot, .numeric)
      return (.constant(.integer(bits), slot), slot)
    case .float(let value, _): return constant(.float(value), .float)
    case .boolean(let value, _): return constant(.boolean(value), .boolean)
    case .parameter(let name) where isPattern(expression):
      return lowerBranch(name, [], name.span, &builder)
    case .parameter(let name): return lowerParameter(name, isNode: isNode, place: place)
    case .counter(let span): return call(.counter, [], &builder, span, "$")
    case .unary(.minus, .integer(let bits, false, _), let span):
      let slot = solver.fresh()
      _ = solver.require(slot, .numeric)
      if bits > 0 { negativeLiterals.append((slot, span)) }
      return (.constant(.integer(0 &- bits), slot), slot)
    case .unary(.minus, .float(let value, _), _): return constant(.float(-value), .float)
    case .unary(let operation, let operand, let span):
      return call(Functor(operation), [operand], &builder, span, operation.rawValue)
    case .binary(let operation, let left, let right, let span):
      return call(Functor(operation), [left, right], &builder, span, operation.rawValue)
    case .call(let name, let arguments, let span):
      return lowerCall(name, arguments, &builder, span)
    case .aggregate(let aggregate): return lowerAggregate(aggregate, &builder)
    case .null(let span): return lowerNil(span)
    case .record(let elements, let span): return lowerRecord(elements, span, &builder)
    case .branch(let name, let arguments, let span):
      return lowerBranch(name, arguments, span, &builder)
    case .iteration(let span):
      return call(.iteration, [], &builder, span, "recursive_iteration_cnt")
    case .cast(let value, let type, let span): return lowerCast(value, type, span, &builder)
    case .userFunctor(let name, _, _):
      diagnostics.append(
        Diagnostic(
          .unknownFunctor, "`@\(name.text)` is a user-defined functor, which graphsh does not load",
          at: name.span, help: "compute the value by rules or by the built-in functors"))
      return constant(.integer(0), .number)
    }
  }

  mutating func constant(_ value: CoreConstant, _ type: ColumnType)
    -> (CoreExpression, TypeSlot)
  {
    let slot = solver.fresh(type)
    return (.constant(value, slot), slot)
  }

  private mutating func lowerParameter(_ name: Identifier, isNode: Bool, place: NodePlace?)
    -> (CoreExpression, TypeSlot)
  {
    givenTexts?.keep(parameter: name.text)
    guard let value = environment.parameters[name.text] else {
      let nearest = NameSuggestions.nearest(
        to: name.text, among: environment.parameters.keys.sorted(), limit: 1)
      diagnostics.append(
        Diagnostic(
          .unknownParameter, "the parameter `$\(name.text)` has no value", at: name.span,
          help: nearest.first.map { "did you mean `$\($0)`?" }
            ?? "give it one with `--param \(name.text)=VALUE`"))
      let slot = solver.fresh()
      return (.constant(.integer(0), slot), slot)
    }
    switch value {
    case .text(let text):
      let id =
        isNode
        ? node(named: text, at: name.span, in: place ?? .any) : environment.catalog.intern(text)
      return constant(.term(id), .symbol)
    case .integer(let number):
      let slot = solver.fresh()
      _ = solver.require(slot, .numeric)
      return (.constant(.integer(UInt64(bitPattern: number)), slot), slot)
    case .unsigned(let number): return constant(.integer(number), .unsigned)
    case .float(let number): return constant(.float(number), .float)
    case .boolean(let truth): return constant(.boolean(truth), .boolean)
    }
  }

  /// `as(value, type)`: the same word, taken for a value of another type.
  private mutating func lowerCast(
    _ value: Expression, _ type: Identifier, _ span: SourceSpan, _ builder: inout RuleBuilder
  ) -> (CoreExpression, TypeSlot) {
    let (term, slot) = lowerExpression(value, &builder)
    guard let target = environment.types.columnType(named: type.text) else {
      diagnostics.append(
        TypeReader.unknown(type, among: environment.types.names, after: diagnostics.count))
      return (term, slot)
    }
    let result = solver.fresh(target)
    switch (value, target) {
    case (.integer, .symbol), (.integer, .record), (.float, .symbol), (.float, .record),
      (.integer, .boolean), (.float, .boolean):
      diagnostics.append(
        Diagnostic(
          .typeMismatch, "a number cannot be written as a `\(type.text)`", at: value.span,
          help: target == .symbol ? "convert it with `to_string(…)`" : "write the value itself"))
      return (term, result)
    default: break
    }
    if solver.unite(result, slot) { return (term, slot) }
    return (.call(.reinterpret, [term], result: result, operands: slot, span), result)
  }

  private mutating func lowerCall(
    _ name: Identifier, _ arguments: [Expression], _ builder: inout RuleBuilder, _ span: SourceSpan
  ) -> (CoreExpression, TypeSlot) {
    if let functor = Functor.named[name.text] {
      return call(functor, arguments, &builder, span, name.text)
    }
    if name.text == Self.range {
      let variable = builder.hiddenVariable(span, &solver)
      lowerRange(arguments, into: variable, span, &builder)
      return (.variable(variable), builder.variables[variable].slot)
    }
    let nearest = NameSuggestions.best(
      for: name.text, among: Functor.named.keys, after: diagnostics.count)
    diagnostics.append(
      Diagnostic(
        .unknownFunctor, "unknown functor `\(name.text)`", at: name.span,
        help: AggregateFunction.meant(by: name.text).map {
          "the aggregate is called `\($0.rawValue)`"
        } ?? nearest.map { "did you mean `\($0)`?" }
          ?? (environment.relationNames.contains(name.text)
            ? "a relation cannot stand inside an argument; bind its value in a condition of its own"
            : Self.functorHelp)))
    let slot = solver.fresh()
    return (.constant(.integer(0), slot), slot)
  }

  /// What stands in arguments, for who looks for more.
  static let functorHelp =
    "the functions are " + Functor.named.keys.sorted().map { "`\($0)`" }.joined(separator: ", ")

  /// The functor that gives many values: wherever it stands, a condition of its own binds a variable
  /// to each.
  static let range = "range"

  mutating func lowerRange(
    _ arguments: [Expression], into variable: Int, _ span: SourceSpan, _ builder: inout RuleBuilder
  ) {
    guard arguments.count == 2 || arguments.count == 3 else {
      diagnostics.append(
        Diagnostic(
          .wrongArity,
          "`range` has 2 or 3 arguments, but \(arguments.count) "
            + "\(arguments.count == 1 ? "is" : "are") given", at: span,
          help: "write `range(from, to)` or `range(from, to, step)`"))
      bindForRecovery([variable], at: span, &builder)
      return
    }
    let slot = builder.variables[variable].slot
    var bounds: [CoreExpression] = []
    for argument in arguments {
      let (expression, found) = lowerExpression(argument, &builder)
      unify(found, slot, at: argument.span) { expected, found in
        "the bounds of a range are of one type, not \(expected) and \(found)"
      }
      bounds.append(expression)
    }
    if !solver.require(slot, .numeric), !solver.isDisputed(slot) {
      solver.dispute(slot)
      diagnostics.append(
        Diagnostic(
          .typeMismatch, "a range holds numbers, not \(solver.describe(slot))", at: span))
    }
    builder.literals.append(
      .range(variable, bounds[0], bounds[1], bounds.count == 3 ? bounds[2] : nil, span))
  }

  private mutating func call(
    _ functor: Functor, _ arguments: [Expression], _ builder: inout RuleBuilder,
    _ span: SourceSpan, _ name: String
  ) -> (CoreExpression, TypeSlot) {
    guard functor.arity.contains(arguments.count) else {
      let least = functor.arity.lowerBound
      let expected = functor.arity.count == 1 ? "\(least)" : "at least \(least)"
      diagnostics.append(
        Diagnostic(
          .wrongArity,
          "`\(name)` has \(expected) \(expected == "1" ? "argument" : "arguments"), "
            + "but \(arguments.count) \(arguments.count == 1 ? "is" : "are") given", at: span))
      let slot = solver.fresh()
      return (.constant(.integer(0), slot), slot)
    }
    var lowered: [CoreExpression] = []
    var slots: [TypeSlot] = []
    for argument in arguments {
      let (expression, slot) = lowerExpression(argument, &builder)
      lowered.append(expression)
      slots.append(slot)
    }
    let operands: TypeSlot
    let result: TypeSlot
    switch functor.signature {
    case .uniform(let typeClass):
      operands = solver.fresh()
      result = operands
      for (slot, argument) in zip(slots, arguments) {
        let isUniform = unify(
          slot, operands, at: argument.span, help: Self.floatHelp
        ) { expected, found in
          "`\(name)` works on values of one type, not on \(expected) and \(found)"
        }
        // The result has a type only if the arguments have one.
        if !isUniform { solver.dispute(slot) }
        if solver.isDisputed(slot) { solver.dispute(operands) }
      }
      if !solver.require(operands, typeClass), !solver.isDisputed(operands) {
        solver.dispute(operands)
        diagnostics.append(
          Diagnostic(
            .typeMismatch,
            "`\(name)` works on \(typeClass == .integer ? "integers" : "numbers"), not on "
              + solver.describe(operands), at: span,
            help: functor == .add && solver.known(operands) == .symbol
              ? "join texts with `cat(a, b)`" : nil))
      }
    case .fixed(let types, let type):
      operands = solver.fresh(types.first ?? type)
      result = solver.fresh(type)
      for (index, slot) in slots.enumerated() {
        let expected = types[min(index, types.count - 1)]
        let fits = unify(slot, solver.fresh(expected), at: arguments[index].span) {
          expected, found in
          "argument \(index + 1) of `\(name)` is \(expected), not \(found)"
        }
        if !fits { solver.dispute(slot) }
      }
    case .conversion(let type):
      operands = slots[0]
      result = solver.fresh(type)
    }
    return (.call(functor, lowered, result: result, operands: operands, span), result)
  }
}
