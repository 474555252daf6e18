import GraphCore

/// A record or branch that a variable must be equal to, until it is known which side has its value.
struct RecordPattern {
  var target: Int
  /// The tag of the branch; absent for a record.
  var tag: Int?
  /// The fields' terms and types; no term for a wildcard.
  var fields: [(term: CoreExpression?, slot: TypeSlot)]
  var span: SourceSpan
}

/// A record whose type is not known yet, with the types that its fields have so far; `nil` has none.
struct OpenRecord {
  var slot: TypeSlot
  var fields: [TypeSlot]?
  var span: SourceSpan
}

/// Records and algebraic values: built by functors, taken apart as patterns.
extension Lowering {
  /// Whether an expression is a record or a branch, which may be taken apart.
  func isPattern(_ expression: Expression) -> Bool {
    switch expression {
    case .record, .branch: true
    case .parameter(let name): environment.types.branches[name.text] != nil
    case .variable, .wildcard, .text, .integer, .float, .boolean, .null, .counter, .iteration,
      .unary, .binary, .call, .userFunctor, .cast, .aggregate:
      false
    }
  }

  // MARK: Building

  mutating func lowerRecord(
    _ elements: [Expression], _ span: SourceSpan, _ builder: inout RuleBuilder
  ) -> (CoreExpression, TypeSlot) {
    var terms: [CoreExpression] = []
    var slots: [TypeSlot] = []
    for element in elements {
      let (term, slot) = lowerExpression(element, &builder)
      terms.append(term)
      slots.append(slot)
    }
    let slot = recordSlot(slots, span)
    return (.call(.pack, terms, result: slot, operands: slot, span), slot)
  }

  mutating func lowerBranch(
    _ name: Identifier, _ arguments: [Expression], _ span: SourceSpan, _ builder: inout RuleBuilder
  ) -> (CoreExpression, TypeSlot) {
    guard let branch = branch(name, argumentCount: arguments.count, span) else {
      let slot = solver.fresh()
      for argument in arguments { _ = lowerExpression(argument, &builder) }
      return (.constant(.integer(0), slot), slot)
    }
    let slot = solver.fresh(branch.type)
    if branch.isEnumeration { return (.constant(.term(UInt32(branch.tag)), slot), slot) }
    let number = solver.fresh(.number)
    var terms: [CoreExpression] = [.constant(.integer(UInt64(branch.tag)), number)]
    for (argument, field) in zip(arguments, branch.fields) {
      let (term, found) = lowerExpression(argument, &builder)
      unifyField(found, field, of: "$\(name.text)", at: argument.span)
      terms.append(term)
    }
    return (.call(.pack, terms, result: slot, operands: slot, span), slot)
  }

  mutating func lowerNil(_ span: SourceSpan) -> (CoreExpression, TypeSlot) {
    let slot = solver.fresh()
    _ = solver.requireRecord(slot)
    openRecords.append(OpenRecord(slot: slot, fields: nil, span: span))
    return (.constant(.term(0), slot), slot)
  }

  private struct BranchUse {
    var type: ColumnType
    var tag: Int
    var fields: [RecordTypes.Field]
    var isEnumeration: Bool
  }

  private mutating func branch(_ name: Identifier, argumentCount: Int, _ span: SourceSpan)
    -> BranchUse?
  {
    guard let place = environment.types.branches[name.text],
      case .record(let number) = environment.types[place.type].columnType,
      case .variants(let branches) = recordTypes.shape(number), place.tag < branches.count
    else {
      let nearest = NameSuggestions.best(
        for: name.text, among: environment.types.branches.keys, after: diagnostics.count)
      diagnostics.append(
        Diagnostic(
          .unknownBranch, "no type has a branch `$\(name.text)`", at: name.span,
          help: nearest.map { "did you mean `$\($0)`?" }
            ?? "declare it with `.type T = \(name.text) { … }`"))
      return nil
    }
    let fields = branches[place.tag].fields
    guard fields.count == argumentCount else {
      diagnostics.append(
        .wrongArity(
          "the branch `$\(name.text)`", fields.count, "field", found: argumentCount, at: span,
          declaration: place.span,
          help: "write `$\(name.text)(\(fields.map(\.name).joined(separator: ", ")))`"))
      return nil
    }
    return BranchUse(
      type: .record(number), tag: place.tag, fields: fields,
      isEnumeration: recordTypes.isEnumeration(number))
  }

  private mutating func unifyField(
    _ found: TypeSlot, _ field: RecordTypes.Field, of name: String, at span: SourceSpan
  ) {
    unify(found, solver.fresh(field.type), at: span) { expected, found in
      "field `\(field.name)` of `\(name)` is \(expected), not \(found)"
    }
  }

  // MARK: Types of records

  /// A slot for a record with such fields; which record type it is may turn out later.
  mutating func recordSlot(_ fields: [TypeSlot], _ span: SourceSpan) -> TypeSlot {
    let slot = solver.fresh()
    _ = solver.requireRecord(slot)
    openRecords.append(OpenRecord(slot: slot, fields: fields, span: span))
    return slot
  }

  /// Gives the fields of records their types where the type of the record is known by now.
  mutating func settleRecords() {
    var changed = true
    while changed && !openRecords.isEmpty {
      changed = false
      var remaining: [OpenRecord] = []
      for record in openRecords {
        guard let known = solver.known(record.slot) else {
          remaining.append(record)
          continue
        }
        changed = true
        settle(record, as: known)
      }
      openRecords = remaining
    }
    uniteOpenRecords()
  }

  private mutating func settle(_ record: OpenRecord, as type: ColumnType) {
    guard case .record(let number) = type else { return }
    let name = recordTypes.name(number)
    guard case .record(let fields) = recordTypes.shape(number) else {
      diagnostics.append(
        Diagnostic(
          .typeMismatch,
          "a value of `\(name)` is expected, but this is "
            + (record.fields == nil ? "`nil`, a record" : "a record"), at: record.span,
          help: "write one of its branches, as in `$Branch(x)`"))
      return
    }
    guard let found = record.fields else { return }
    guard fields.count == found.count else {
      diagnostics.append(
        .wrongArity(
          "a record of type `\(name)`", fields.count, "field", found: found.count, at: record.span))
      return
    }
    for (found, field) in zip(found, fields) {
      unifyField(found, field, of: name, at: record.span)
    }
  }

  /// Makes the fields of records agree that are one value but of a type that has no name.
  private mutating func uniteOpenRecords() {
    for (index, record) in openRecords.enumerated() {
      guard let fields = record.fields else { continue }
      for other in openRecords[..<index] where solver.isSame(record.slot, other.slot) {
        guard let others = other.fields else { continue }
        guard fields.count == others.count else {
          diagnostics.append(
            Diagnostic(
              .wrongArity,
              "a record of \(Wording.counted(fields.count, "field")) is compared with one of \(others.count)",
              at: record.span,
              labels: [.init(span: other.span, text: "the other one")]))
          continue
        }
        for (field, expected) in zip(fields, others) {
          unify(field, expected, at: record.span) { expected, found in
            "a field is \(expected) in one record and \(found) in the other"
          }
        }
        break
      }
    }
  }

  /// Gives records that no declaration names a type for one of their own, by which their values are shown and
  /// ordered. Inner records come first in the list.
  mutating func typeOpenRecords() {
    for record in openRecords where solver.known(record.slot) == nil {
      guard let fields = record.fields else { continue }
      let types = fields.map { solver.type(of: $0) }
      _ = solver.unite(record.slot, solver.fresh(.record(recordTypes.unnamed(of: types))))
    }
  }

  // MARK: Taking apart

  /// A variable that equals the record or branch, with the slot of its type.
  mutating func lowerPattern(_ expression: Expression, _ builder: inout RuleBuilder) -> (
    variable: Int, slot: TypeSlot
  )? {
    let target = builder.hiddenVariable(expression.span, &solver)
    let slot = builder.variables[target].slot
    guard bindPattern(expression, to: target, &builder) else { return nil }
    return (target, slot)
  }

  /// Makes a variable equal to a record or branch; false after a report.
  mutating func bindPattern(
    _ expression: Expression, to target: Int, _ builder: inout RuleBuilder
  ) -> Bool {
    let slot = builder.variables[target].slot
    switch expression {
    case .record(let elements, let span):
      var fields: [(term: CoreExpression?, slot: TypeSlot)] = []
      for element in elements { fields.append(lowerField(element, &builder)) }
      unify(recordSlot(fields.map(\.slot), span), slot, at: span) { expected, found in
        "a record stands where \(expected) is expected"
      }
      settleRecords()
      builder.patterns.append(
        RecordPattern(target: target, tag: nil, fields: fields, span: span))
      return true
    case .branch(let name, let arguments, let span):
      return bindBranch(name, arguments, span, to: target, &builder)
    case .parameter(let name):
      return bindBranch(name, [], name.span, to: target, &builder)
    default: return false
    }
  }

  private mutating func bindBranch(
    _ name: Identifier, _ arguments: [Expression], _ span: SourceSpan, to target: Int,
    _ builder: inout RuleBuilder
  ) -> Bool {
    guard let branch = branch(name, argumentCount: arguments.count, span) else { return false }
    let slot = builder.variables[target].slot
    unify(solver.fresh(branch.type), slot, at: span) { expected, found in
      "`$\(name.text)` is \(found), but \(expected) is expected"
    }
    if branch.isEnumeration {
      builder.literals.append(
        .comparison(
          .equal, .variable(target), .constant(.term(UInt32(branch.tag)), slot), span))
      return true
    }
    var fields: [(term: CoreExpression?, slot: TypeSlot)] = []
    for (argument, field) in zip(arguments, branch.fields) {
      let lowered = lowerField(argument, &builder)
      unifyField(lowered.slot, field, of: "$\(name.text)", at: argument.span)
      fields.append(lowered)
    }
    builder.patterns.append(
      RecordPattern(target: target, tag: branch.tag, fields: fields, span: span))
    return true
  }

  private mutating func lowerField(_ expression: Expression, _ builder: inout RuleBuilder) -> (
    term: CoreExpression?, slot: TypeSlot
  ) {
    if case .wildcard(let span) = expression {
      guard builder.countsWildcards else { return (nil, solver.fresh()) }
      let variable = builder.hiddenVariable(span, &solver)
      return (.variable(variable), builder.variables[variable].slot)
    }
    if isPattern(expression) {
      guard let (variable, slot) = lowerPattern(expression, &builder) else {
        return (nil, solver.fresh())
      }
      return (.variable(variable), slot)
    }
    let (term, slot) = lowerExpression(expression, &builder)
    return (term, slot)
  }

  // MARK: Direction

  /// Decides for each pattern which side has its value: a record that is bound is taken apart, one
  /// whose fields are bound is built. With `isFinal` what is left is taken apart all the same, so
  /// that its variables are reported.
  mutating func settlePatterns(_ builder: inout RuleBuilder, isFinal: Bool) {
    while !builder.patterns.isEmpty {
      let bound = builder.groundedVariables()
      var remaining: [RecordPattern] = []
      for pattern in builder.patterns {
        if bound.contains(pattern.target) {
          takeApart(pattern, &builder)
        } else if pattern.fields.allSatisfy({ field in
          field.term.map { Groundedness.isBound($0, bound) } ?? false
        }) {
          build(pattern, &builder)
        } else {
          remaining.append(pattern)
        }
      }
      let isStuck = remaining.count == builder.patterns.count
      builder.patterns = remaining
      if isStuck { break }
    }
    guard isFinal else { return }
    for pattern in builder.patterns { takeApart(pattern, &builder) }
    builder.patterns = []
  }

  private mutating func takeApart(_ pattern: RecordPattern, _ builder: inout RuleBuilder) {
    let slot = builder.variables[pattern.target].slot
    let target = CoreExpression.variable(pattern.target)
    let number = solver.fresh(.number)
    func field(_ position: Int, _ slot: TypeSlot) -> CoreExpression {
      .call(
        .field, [target, .constant(.integer(UInt64(position)), number)], result: slot,
        operands: number, pattern.span)
    }
    if let tag = pattern.tag {
      builder.literals.append(
        .comparison(
          .equal, field(0, number), .constant(.integer(UInt64(tag)), number), pattern.span))
    } else {
      builder.literals.append(
        .comparison(.notEqual, target, .constant(.term(0), slot), pattern.span))
    }
    let first = pattern.tag == nil ? 0 : 1
    for (position, part) in pattern.fields.enumerated() {
      guard let term = part.term else { continue }
      builder.literals.append(
        .comparison(.equal, term, field(first + position, part.slot), pattern.span))
    }
  }

  private mutating func build(_ pattern: RecordPattern, _ builder: inout RuleBuilder) {
    let slot = builder.variables[pattern.target].slot
    var terms = pattern.fields.compactMap(\.term)
    if let tag = pattern.tag {
      terms.insert(.constant(.integer(UInt64(tag)), solver.fresh(.number)), at: 0)
    }
    builder.literals.append(
      .comparison(
        .equal, .variable(pattern.target),
        .call(.pack, terms, result: slot, operands: slot, pattern.span), pattern.span))
  }
}
