import GraphCore

/// Terms and aggregates.
extension Lowering {
  /// An expression with the slot of its type. `expecting` is the slot it will be united with, which
  /// only improves nothing but messages here; `isNode` says that a text names a node.
  mutating func lowerExpression(
    _ expression: Expression, _ builder: inout RuleBuilder, expecting: TypeSlot? = nil,
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
    case .unary(.minus, .integer(let bits, false, _), _):
      let slot = solver.fresh()
      _ = solver.require(slot, .numeric)
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

  private mutating func constant(_ value: CoreConstant, _ type: ColumnType)
    -> (CoreExpression, TypeSlot)
  {
    let slot = solver.fresh(type)
    return (.constant(value, slot), slot)
  }

  private mutating func lowerParameter(_ name: Identifier, isNode: Bool, place: NodePlace?)
    -> (CoreExpression, TypeSlot)
  {
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
      diagnostics.append(TypeReader.unknown(type, among: environment.types.names))
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
    if name.text == "range" {
      diagnostics.append(
        Diagnostic(
          .unknownFunctor, "`range` gives many values, so it stands alone at a side of `=`",
          at: span, help: "write `x = range(...)` and use `x`"))
    } else {
      let nearest = NameSuggestions.nearest(
        to: name.text, among: Functor.named.keys.sorted(), limit: 1)
      diagnostics.append(
        Diagnostic(
          .unknownFunctor, "unknown functor `\(name.text)`", at: name.span,
          help: nearest.first.map { "did you mean `\($0)`?" }
            ?? "a relation cannot stand inside an argument; bind its value in a condition of its own"
        ))
    }
    let slot = solver.fresh()
    return (.constant(.integer(0), slot), slot)
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
      let before = diagnostics.count
      for (slot, argument) in zip(slots, arguments) {
        unify(slot, operands, at: argument.span) { expected, found in
          "`\(name)` works on values of one type, not on \(expected) and \(found)"
        }
      }
      if !solver.require(operands, typeClass), diagnostics.count == before {
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
        unify(slot, solver.fresh(expected), at: arguments[index].span) { expected, found in
          "argument \(index + 1) of `\(name)` is \(expected), not \(found)"
        }
      }
    case .conversion(let type):
      operands = slots[0]
      result = solver.fresh(type)
    }
    return (.call(functor, lowered, result: result, operands: operands, span), result)
  }

  // MARK: Aggregates

  /// The slot of what an aggregate over values of `slot` gives.
  mutating func aggregateResult(
    _ function: AggregateFunction?, of slot: TypeSlot, at span: SourceSpan
  ) -> TypeSlot {
    guard let function else { return slot }
    switch function {
    case .count: return solver.fresh(.number)
    case .mean, .sum:
      if !solver.require(slot, .numeric) {
        diagnostics.append(
          Diagnostic(
            .invalidAggregate,
            "`\(function.rawValue)` works on numbers, not on \(solver.describe(slot))", at: span,
            help: "convert the value with `to_number(...)` or `to_float(...)`"))
      }
      return function == .sum ? slot : solver.fresh(.float)
    case .min, .max: return slot
    }
  }

  private mutating func lowerAggregate(_ aggregate: Aggregate, _ builder: inout RuleBuilder)
    -> (CoreExpression, TypeSlot)
  {
    var inside: Set<String> = []
    VariableNames.collect(aggregate.body, inAggregates: false, into: &inside)
    var everywhere = inside
    VariableNames.collect(aggregate.body, inAggregates: true, into: &everywhere)
    if let target = aggregate.target {
      VariableNames.collect(target, inAggregates: true, into: &everywhere)
    }
    let shared = everywhere.intersection(builder.outerNames).sorted()
    let outer = shared.map { builder.variable(Identifier($0, aggregate.span), &solver) }
    let slots = outer.map { builder.variables[$0].slot }
    let failed = solver.fresh()
    guard
      let alternatives = alternatives(
        of: aggregate.body, unit: builder.unit, span: aggregate.span, inAggregate: true)
    else { return (.constant(.integer(0), failed), failed) }

    // What a nested aggregate may share: names of this body and those that come from outside.
    var visible = inside.union(shared)
    if let target = aggregate.target {
      VariableNames.collect(target, inAggregates: false, into: &visible)
    }
    var part = RuleBuilder(
      unit: builder.unit, outerNames: visible,
      context: alternatives.count == 1 ? alternatives[0] : [])
    part.countsWildcards = true
    part.ancestors = builder.surroundings
    if alternatives.count == 1 {
      for condition in alternatives[0] { lower(condition, &part) }
    } else {
      part.context = [aggregate.body]
      if let target = aggregate.target {
        part.context.append(
          .comparison(Comparison(relation: .equal, left: target, right: target, span: target.span)))
      }
      lowerAlternativesInAggregate(alternatives, inside: inside, aggregate.span, &part)
    }
    let target: CoreExpression
    let result: TypeSlot
    if let expression = aggregate.target {
      let (lowered, slot) = lowerExpression(expression, &part)
      target = lowered
      result = aggregateResult(aggregate.function, of: slot, at: expression.span)
    } else {
      (target, _) = constant(.integer(1), .number)
      result = solver.fresh(.number)
    }
    let keys = shared.map { part.variable(Identifier($0, aggregate.span), &solver) }
    for (key, slot) in zip(keys, slots) {
      unify(part.variables[key].slot, slot, at: aggregate.span) { expected, found in
        "`\(part.variables[key].name)` is \(expected) outside the aggregate and \(found) inside"
      }
    }
    finishBody(&part)
    addContext(
      of: builder.surroundings, to: &part, keys: keys, span: aggregate.span,
      wholeGroups: aggregate.function == .count || aggregate.function == .sum)
    let id = auxiliary(aggregate.function.rawValue, slots: slots + [result], span: aggregate.span)
    let value = builder.hiddenVariable(aggregate.span, &solver)
    _ = solver.unite(builder.variables[value].slot, result)
    var arguments = outer.enumerated().map { argument($0, .variable($1)) }
    arguments.append(argument(outer.count, .variable(value)))
    builder.literals.append(
      .aggregate(
        CoreAtom(relation: id, arguments: arguments, span: aggregate.span),
        isTotal: aggregate.function == .count || aggregate.function == .sum))
    if checkGrounded(&part, terms: keys.map { .variable($0) } + [target], head: nil) {
      emit(
        part, head: id, terms: keys.map { .variable($0) } + [target],
        effect: .aggregate(aggregate.function), span: aggregate.span)
    }
    return (.variable(value), result)
  }

  /// A disjunction inside an aggregate counts the distinct bindings of the variables that all of its
  /// alternatives have.
  private mutating func lowerAlternativesInAggregate(
    _ alternatives: [[Formula]], inside: Set<String>, _ span: SourceSpan,
    _ part: inout RuleBuilder
  ) {
    var common = inside
    for conditions in alternatives {
      var names: Set<String> = []
      for condition in conditions {
        VariableNames.collect(condition, inAggregates: false, into: &names)
      }
      common.formIntersection(names)
    }
    let shared = common.sorted()
    let variables = shared.map { part.variable(Identifier($0, span), &solver) }
    let slots = variables.map { part.variables[$0].slot }
    let id = auxiliary("alternatives", slots: slots, span: span)
    for conditions in alternatives {
      var rule = RuleBuilder(unit: part.unit, outerNames: part.outerNames, context: conditions)
      for condition in conditions { lower(condition, &rule) }
      let keys = shared.map { rule.variable(Identifier($0, span), &solver) }
      for (key, slot) in zip(keys, slots) {
        unify(rule.variables[key].slot, slot, at: span) { expected, found in
          "`\(rule.variables[key].name)` is \(expected) in one alternative and \(found) in another"
        }
      }
      finishBody(&rule)
      if checkGrounded(&rule, terms: keys.map { .variable($0) }, head: nil) {
        emit(rule, head: id, terms: keys.map { .variable($0) }, span: span)
      }
    }
    part.literals.append(
      .atom(
        CoreAtom(
          relation: id, arguments: variables.enumerated().map { argument($0, .variable($1)) },
          span: span)))
  }
}
