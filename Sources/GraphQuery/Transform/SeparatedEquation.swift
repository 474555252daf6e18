import GraphCore

/// An equation of which one side is computed from the variables of one condition alone, and the other from none of them.
///
/// ```
///   t - u = i - j     of at(j, u):   u - j = t - i
///   a * a + b * b = c * c     of x(b):   b * b = c * c - a * a
/// ```
///
/// Sums and differences of whole numbers wrap around, so that terms may change sides. Everything else is left as it is written.
struct SeparatedEquation {
  /// What is computed from the condition: not a variable and a constant, as then the equation is solved for it (`SolvedEquation`).
  let own: CoreExpression
  let other: CoreExpression
  /// The type of both sides.
  let slot: TypeSlot
  /// Where the own side is written, or the whole equation where its terms stand on both sides.
  let span: SourceSpan

  /// Nothing where a term needs variables of both kinds, or one side would have none. O(operands).
  init?(
    _ left: CoreExpression, _ right: CoreExpression, _ span: SourceSpan, of variables: Set<Int>,
    in program: CoreProgram
  ) {
    for (own, other) in [(right, left), (left, right)] {
      guard case .call(_, _, let slot, _, let written) = own,
        own.isComputed(from: variables), other.isComputed(fromOthersThan: variables),
        !own.isVariable(in: program)
      else { continue }
      (self.own, self.other, self.slot, self.span) = (own, other, slot, written)
      return
    }
    guard let sum = [left, right].compactMap({ $0.wholeNumberSum(in: program) }).first else {
      return nil
    }
    var terms: [Term] = []
    left.appendTerms(isNegative: false, to: &terms, in: program)
    right.appendTerms(isNegative: true, to: &terms, in: program)
    var own = terms.filter { $0.value.isComputed(from: variables) }
    var other = terms.filter { !$0.value.isComputed(from: variables) }
    // own + other = 0, of which one side is to be negative.
    if own.first?.isNegative == true { own.negate() } else { other.negate() }
    let constants: (Term) -> Bool = { $0.value.variables.isEmpty }
    guard let first = own.first, own.count > 1 || first.value.hasCall,
      other.allSatisfy({ constants($0) || $0.value.isComputed(fromOthersThan: variables) }),
      !other.allSatisfy(constants)
    else { return nil }
    self.own = Term.sum(own, sum, span)
    self.other = Term.sum(other, sum, span)
    slot = sum
    if own.count == 1, case .call(_, _, _, _, let written) = first.value {
      self.span = written
    } else {
      self.span = span
    }
  }

  /// What is added, or taken away.
  fileprivate struct Term {
    let value: CoreExpression
    var isNegative: Bool

    /// The sum of some terms, one or more.
    static func sum(_ terms: [Term], _ slot: TypeSlot, _ span: SourceSpan) -> CoreExpression {
      func call(_ functor: Functor, _ operands: [CoreExpression]) -> CoreExpression {
        .call(functor, operands, result: slot, operands: slot, span)
      }
      let start = terms.firstIndex { !$0.isNegative }
      var result = terms[start ?? 0].value
      if start == nil { result = call(.negate, [result]) }
      for (index, term) in terms.enumerated() where index != start ?? 0 {
        result = call(term.isNegative ? .subtract : .add, [result, term.value])
      }
      return result
    }
  }
}

extension [SeparatedEquation.Term] {
  fileprivate mutating func negate() {
    for index in indices { self[index].isNegative.toggle() }
  }
}

extension CoreExpression {
  var variables: Set<Int> {
    var result: Set<Int> = []
    forEachVariable { result.insert($0) }
    return result
  }

  fileprivate func isComputed(from known: Set<Int>) -> Bool {
    let variables = variables
    return !variables.isEmpty && variables.isSubset(of: known)
  }

  fileprivate func isComputed(fromOthersThan known: Set<Int>) -> Bool {
    let variables = variables
    return !variables.isEmpty && variables.isDisjoint(with: known)
  }

  /// The type of a sum or a difference of whole numbers; nothing for anything else.
  fileprivate func wholeNumberSum(in program: CoreProgram) -> TypeSlot? {
    guard case .call(let functor, _, let result, let slot, _) = self,
      functor == .add || functor == .subtract || functor == .negate,
      program.type(slot) == .number || program.type(slot) == .unsigned
    else { return nil }
    return result
  }

  /// Whether the expression is a variable, to which constants may be added.
  fileprivate func isVariable(in program: CoreProgram) -> Bool {
    var terms: [SeparatedEquation.Term] = []
    appendTerms(isNegative: false, to: &terms, in: program)
    let variable = terms.filter { !$0.value.variables.isEmpty }
    return variable.count == 1 && !variable[0].value.hasCall
  }

  fileprivate func appendTerms(
    isNegative: Bool, to terms: inout [SeparatedEquation.Term], in program: CoreProgram
  ) {
    guard wholeNumberSum(in: program) != nil, case .call(let functor, let operands, _, _, _) = self
    else { return terms.append(.init(value: self, isNegative: isNegative)) }
    for (index, operand) in operands.enumerated() {
      let isTaken = functor == .negate || functor == .subtract && index > 0
      operand.appendTerms(isNegative: isNegative != isTaken, to: &terms, in: program)
    }
  }
}
