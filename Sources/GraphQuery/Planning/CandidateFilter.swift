import GraphCore

/// Conditions on numbers right behind a join, as instructions over columns of candidates: rows that an index leads to, beside
/// a row of the batch, before anything of them is copied.
///
/// ```
///   near(i, j) :- at(i, x, k), at(j, u, k), i < j, (x - u) * (x - u) < 9.
///                              └ the candidates of a row (i, x, k)
///
///   slots  0 x, the same for all     1 u, from the relation     2, 3 computed     4 nine
///          subtract 0 1 → 2     multiply 2 2 → 3     less 3 4
/// ```
///
/// Everything here is total: candidates that an earlier condition has excluded are computed along with the others.
struct CandidateFilter {
  enum Operation: UInt8 {
    // Whole numbers; what differs for those without sign has a name of its own.
    case add, subtract, multiply, negate, absolute
    case and, or, exclusiveOr, not
    case shiftLeft, shiftRight, shiftRightUnsigned
    case least, greatest, leastUnsigned, greatestUnsigned
    // Doubles, not yet in canonical form.
    case addFloats, subtractFloats, multiplyFloats, divideFloats, negateFloat, absoluteFloat
    // Conditions.
    case equal, notEqual
    case less, lessOrEqual, lessUnsigned, lessOrEqualUnsigned, lessFloat, lessOrEqualFloat
    case equalFloats, notEqualFloats

    var isCondition: Bool { rawValue >= Operation.equal.rawValue }
  }

  struct Instruction: BitwiseCopyable {
    let operation: Operation
    /// Slots; a condition has no target.
    let left: Int
    let right: Int
    let target: Int
  }

  /// One for each step, in their order.
  private(set) var instructions: [Instruction] = []
  /// The slots of registers of the batch and of constants: the same for all candidates of a row.
  private(set) var shared: [(slot: Int, source: RulePlan.Source)] = []
  /// The slots of columns of the candidates.
  private(set) var columns: [(slot: Int, column: Int)] = []
  private(set) var slotCount = 0
  /// The step behind those that are covered.
  private(set) var end: Int
  /// The steps among them whose values are needed later: they are computed again for the rows that are left.
  private(set) var repeated: [Int] = []

  private var slots: [RulePlan.Source: Int] = [:]

  /// Nothing where no condition on numbers follows. O(steps).
  /// - Parameters:
  ///   - outputs: the registers that the step at `position` has from columns of the candidates
  ///   - live: per step the registers that later steps read
  init?(
    _ steps: [RulePlan.Step], behind position: Int, of outputs: [(column: Int, register: Int)],
    _ live: [[Int]]
  ) {
    end = position + 1
    // What the last condition does not need is no part of it.
    var last: Self?
    search: for (index, step) in steps.enumerated().dropFirst(position + 1) {
      switch step {
      case .compute(let computation):
        guard add(computation, outputs) else { break search }
      case .compare(let relation, let type, let left, let right):
        guard add(relation, type, left, right, outputs) else { break search }
        end = index + 1
        last = self
      default: break search
      }
    }
    guard var last else { return nil }
    last.findRepeated(steps, behind: position, live[last.end - 1])
    self = last
  }

  private mutating func findRepeated(
    _ steps: [RulePlan.Step], behind position: Int, _ live: [Int]
  ) {
    var needed = Set(live)
    for index in (position + 1..<end).reversed() {
      guard case .compute(let computation) = steps[index],
        needed.contains(computation.register)
      else { continue }
      repeated.append(index)
      for case .register(let register) in computation.operands { needed.insert(register) }
    }
    repeated.reverse()
  }

  // MARK: Instructions

  private mutating func newSlot() -> Int {
    slotCount += 1
    return slotCount - 1
  }

  private mutating func slot(
    _ source: RulePlan.Source, _ outputs: [(column: Int, register: Int)]
  ) -> Int {
    if let known = slots[source] { return known }
    let slot = newSlot()
    slots[source] = slot
    if case .register(let register) = source,
      let output = outputs.first(where: { $0.register == register })
    {
      columns.append((slot, output.column))
    } else {
      shared.append((slot, source))
    }
    return slot
  }

  private mutating func add(
    _ computation: RulePlan.Computation, _ outputs: [(column: Int, register: Int)]
  ) -> Bool {
    guard let operation = Operation(computation.functor, computation.type),
      computation.operands.count <= 2
    else { return false }
    let operands = computation.operands.map { slot($0, outputs) }
    let target = newSlot()
    slots[.register(computation.register)] = target
    instructions.append(
      Instruction(
        operation: operation, left: operands[0], right: operands[operands.count - 1],
        target: target))
    return true
  }

  private mutating func add(
    _ relation: Comparison.Operator, _ type: ColumnType, _ left: RulePlan.Source,
    _ right: RulePlan.Source, _ outputs: [(column: Int, register: Int)]
  ) -> Bool {
    guard let operation = Operation(relation, type) else { return false }
    let isFlipped = relation == .greater || relation == .greaterOrEqual
    let (a, b) = (slot(left, outputs), slot(right, outputs))
    instructions.append(
      Instruction(
        operation: operation, left: isFlipped ? b : a, right: isFlipped ? a : b, target: -1))
    return true
  }
}

extension CandidateFilter.Operation {
  /// What computes a functor of one or two numbers, if it has a value for any.
  fileprivate init?(_ functor: Functor, _ type: ColumnType) {
    switch type {
    case .number, .unsigned: self.init(functor, isSigned: type == .number)
    case .float: self.init(ofFloats: functor)
    case .symbol, .boolean, .record: return nil
    }
  }

  private init?(_ functor: Functor, isSigned: Bool) {
    switch functor {
    case .add: self = .add
    case .subtract: self = .subtract
    case .multiply: self = .multiply
    case .negate: self = .negate
    case .absolute where isSigned: self = .absolute
    case .bitwiseNot: self = .not
    case .bitwiseAnd: self = .and
    case .bitwiseOr: self = .or
    case .bitwiseXor: self = .exclusiveOr
    case .shiftLeft: self = .shiftLeft
    case .shiftRight: self = isSigned ? .shiftRight : .shiftRightUnsigned
    case .shiftRightUnsigned: self = .shiftRightUnsigned
    case .least: self = isSigned ? .least : .leastUnsigned
    case .greatest: self = isSigned ? .greatest : .greatestUnsigned
    case .absolute, .divide, .remainder, .power, .logicalNot, .logicalAnd, .logicalOr, .logicalXor,
      .concatenate, .length, .substring, .ordinal, .toNumber, .toUnsigned, .toFloat, .toText,
      .pack, .field, .reinterpret, .counter, .iteration:
      return nil
    }
  }

  private init?(ofFloats functor: Functor) {
    switch functor {
    case .add: self = .addFloats
    case .subtract: self = .subtractFloats
    case .multiply: self = .multiplyFloats
    case .divide: self = .divideFloats
    case .negate: self = .negateFloat
    case .absolute: self = .absoluteFloat
    case .remainder, .power, .least, .greatest, .bitwiseNot, .bitwiseAnd, .bitwiseOr, .bitwiseXor,
      .shiftLeft, .shiftRight, .shiftRightUnsigned, .logicalNot, .logicalAnd, .logicalOr,
      .logicalXor, .concatenate, .length, .substring, .ordinal, .toNumber, .toUnsigned, .toFloat,
      .toText, .pack, .field, .reinterpret, .counter, .iteration:
      return nil
    }
  }

  /// What compares two words of a type: with its sides changed where the operator is one of the greater.
  fileprivate init?(_ relation: Comparison.Operator, _ type: ColumnType) {
    switch (relation, type) {
    case (.equal, .float): self = .equalFloats
    case (.notEqual, .float): self = .notEqualFloats
    case (.equal, _): self = .equal
    case (.notEqual, _): self = .notEqual
    case (.less, .number), (.greater, .number): self = .less
    case (.lessOrEqual, .number), (.greaterOrEqual, .number): self = .lessOrEqual
    case (.less, .float), (.greater, .float): self = .lessFloat
    case (.lessOrEqual, .float), (.greaterOrEqual, .float): self = .lessOrEqualFloat
    case (.less, .unsigned), (.greater, .unsigned), (.less, .boolean), (.greater, .boolean):
      self = .lessUnsigned
    case (.lessOrEqual, .unsigned), (.greaterOrEqual, .unsigned), (.lessOrEqual, .boolean),
      (.greaterOrEqual, .boolean):
      self = .lessOrEqualUnsigned
    default: return nil
    }
  }
}
