@_spi(Columns) import GraphCore

/// The functors over batches: one loop per functor and type, no decision per row.
struct Builtins {
  let terms: TermSpace
  private let texts: TextMaker
  /// The round of the recursion that is being evaluated.
  var iteration: UInt64 = 0

  init(terms: TermSpace) {
    self.terms = terms
    texts = TextMaker(terms)
  }

  /// Computes `functor` for `count` rows. Operands are columns of the batch.
  func compute(
    _ functor: Functor, _ type: ColumnType, _ operands: [Words<UInt64>], count: Int,
    into output: Words<UInt64>, at span: SourceSpan, counter: inout UInt64
  ) throws(EngineFailure) {
    switch functor {
    case .add where type == .symbol:
      try texts.concatenate(operands, count: count, into: output, at: span)
    case .add, .subtract, .multiply, .divide, .remainder, .power, .negate, .absolute:
      switch type {
      case .float: try floatArithmetic(functor, operands, count, output, span)
      case .unsigned: try unsignedArithmetic(functor, operands, count, output, span)
      case .number, .symbol, .boolean, .record:
        try signedArithmetic(functor, operands, count, output, span)
      }
    case .least, .greatest: pick(functor, type, operands, count, output)
    case .bitwiseNot, .bitwiseAnd, .bitwiseOr, .bitwiseXor, .shiftLeft, .shiftRight,
      .shiftRightUnsigned, .logicalNot, .logicalAnd, .logicalOr, .logicalXor:
      bits(functor, type, operands, count, output)
    case .concatenate: try texts.concatenate(operands, count: count, into: output, at: span)
    case .length: texts.lengths(of: operands[0], count: count, into: output)
    case .substring:
      texts.substring(
        operands[0], from: operands[1], length: operands[2], count: count, into: output)
    case .ordinal: for i in 0..<count { output[i] = operands[0][i] }
    case .toNumber: try convertToNumber(type, operands[0], count, output, span)
    case .toUnsigned: try convertToUnsigned(type, operands[0], count, output, span)
    case .toFloat: try convertToFloat(type, operands[0], count, output, span)
    case .toText:
      if type == .symbol {
        for i in 0..<count { output[i] = operands[0][i] }
      } else {
        try texts.texts(of: operands[0], type, count: count, into: output, at: span)
      }
    case .pack: pack(operands, count, output)
    case .field:
      terms.fields(operands[1], ofRecords: operands[0], count: count, into: output)
    case .reinterpret: for i in 0..<count { output[i] = operands[0][i] }
    case .iteration: for i in 0..<count { output[i] = iteration }
    case .counter:
      for i in 0..<count {
        output[i] = counter
        counter &+= 1
      }
    }
  }

  @inline(__always)
  private func term(_ word: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: word) }

  private func divisionByZero(_ span: SourceSpan) -> EngineFailure {
    EngineFailure(
      .divisionByZero, "division by zero", at: span,
      help: "exclude it by a condition before, as in `b != 0, x = a / b`")
  }

  // MARK: Arithmetic

  private func signedArithmetic(
    _ functor: Functor, _ operands: [Words<UInt64>], _ count: Int, _ output: Words<UInt64>,
    _ span: SourceSpan
  ) throws(EngineFailure) {
    let a = operands[0]
    let b = operands.count > 1 ? operands[1] : a
    switch functor {
    case .add: for i in 0..<count { output[i] = a[i] &+ b[i] }
    case .subtract: for i in 0..<count { output[i] = a[i] &- b[i] }
    case .multiply: for i in 0..<count { output[i] = a[i] &* b[i] }
    case .negate: for i in 0..<count { output[i] = 0 &- a[i] }
    case .absolute:
      for i in 0..<count { output[i] = Int64(bitPattern: a[i]) < 0 ? 0 &- a[i] : a[i] }
    case .divide, .remainder:
      for i in 0..<count {
        let (x, y) = (Int64(bitPattern: a[i]), Int64(bitPattern: b[i]))
        if y == 0 { throw divisionByZero(span) }
        // The one quotient that does not fit wraps to itself.
        let (quotient, remainder) = y == -1 ? (0 &- x, 0) : (x / y, x % y)
        output[i] = UInt64(bitPattern: functor == .divide ? quotient : remainder)
      }
    case .power:
      for i in 0..<count {
        output[i] = UInt64(
          bitPattern: Self.power(Int64(bitPattern: a[i]), Int64(bitPattern: b[i])))
      }
    default: break
    }
  }

  private func unsignedArithmetic(
    _ functor: Functor, _ operands: [Words<UInt64>], _ count: Int, _ output: Words<UInt64>,
    _ span: SourceSpan
  ) throws(EngineFailure) {
    let a = operands[0]
    let b = operands.count > 1 ? operands[1] : a
    switch functor {
    case .divide, .remainder:
      for i in 0..<count {
        if b[i] == 0 { throw divisionByZero(span) }
        output[i] = functor == .divide ? a[i] / b[i] : a[i] % b[i]
      }
    case .absolute: for i in 0..<count { output[i] = a[i] }
    case .power:
      for i in 0..<count {
        var (base, exponent, result) = (a[i], b[i], UInt64(1))
        while exponent > 0 {
          if exponent & 1 == 1 { result = result &* base }
          base = base &* base
          exponent >>= 1
        }
        output[i] = result
      }
    default: try signedArithmetic(functor, operands, count, output, span)
    }
  }

  /// A negative exponent gives 0 but for bases 1 and -1, as truncation does.
  static func power(_ base: Int64, _ exponent: Int64) -> Int64 {
    if exponent < 0 {
      if base == 1 { return 1 }
      if base == -1 { return exponent & 1 == 0 ? 1 : -1 }
      return 0
    }
    var (base, exponent, result) = (base, exponent, Int64(1))
    while exponent > 0 {
      if exponent & 1 == 1 { result = result &* base }
      base = base &* base
      exponent >>= 1
    }
    return result
  }

  private func floatArithmetic(
    _ functor: Functor, _ operands: [Words<UInt64>], _ count: Int, _ output: Words<UInt64>,
    _ span: SourceSpan
  ) throws(EngineFailure) {
    let a = operands[0]
    let b = operands.count > 1 ? operands[1] : a
    @inline(__always)
    func forEach(_ compute: (Double, Double) -> Double) {
      for i in 0..<count {
        output[i] = canonicalWord(compute(Double(bitPattern: a[i]), Double(bitPattern: b[i])))
      }
    }
    switch functor {
    case .add: forEach { $0 + $1 }
    case .subtract: forEach { $0 - $1 }
    case .multiply: forEach { $0 * $1 }
    case .divide: forEach { $0 / $1 }
    case .remainder: forEach { $0.truncatingRemainder(dividingBy: $1) }
    case .power: forEach { CMath.power($0, $1) }
    case .negate: forEach { x, _ in -x }
    case .absolute: forEach { x, _ in x.magnitude }
    default: break
    }
  }

  /// The least or greatest of the operands.
  private func pick(
    _ functor: Functor, _ type: ColumnType, _ operands: [Words<UInt64>], _ count: Int,
    _ output: Words<UInt64>
  ) {
    let first = operands[0]
    if operands.count == 1 { for i in 0..<count { output[i] = first[i] } }
    for (number, other) in operands.enumerated().dropFirst() {
      pick(functor, type, number == 1 ? first : output, other, count, output)
    }
  }

  private func pick(
    _ functor: Functor, _ type: ColumnType, _ a: Words<UInt64>, _ b: Words<UInt64>, _ count: Int,
    _ output: Words<UInt64>
  ) {
    let isLeast = functor == .least
    @inline(__always)
    func forEach(_ key: (UInt64) -> UInt64) {
      for i in 0..<count {
        let (x, y) = (a[i], b[i])
        output[i] = (key(y) < key(x)) == isLeast ? y : x
      }
    }
    switch type {
    case .number: forEach { ColumnType.number.orderKey($0) }
    case .float: forEach { ColumnType.float.orderKey($0) }
    case .unsigned, .boolean: forEach { $0 }
    case .symbol, .record:
      let order = WordOrder(type, terms)
      for i in 0..<count {
        let (x, y) = (a[i], b[i])
        output[i] = (isLeast ? order.precedes(y, x) : order.precedes(x, y)) ? y : x
      }
    }
  }

  // MARK: Bits

  private func bits(
    _ functor: Functor, _ type: ColumnType, _ operands: [Words<UInt64>], _ count: Int,
    _ output: Words<UInt64>
  ) {
    let a = operands[0]
    let b = operands.count > 1 ? operands[1] : a
    @inline(__always)
    func forEach(_ compute: (UInt64, UInt64) -> UInt64) {
      for i in 0..<count { output[i] = compute(a[i], b[i]) }
    }
    switch functor {
    case .bitwiseNot: forEach { x, _ in ~x }
    case .bitwiseAnd: forEach { $0 & $1 }
    case .bitwiseOr: forEach { $0 | $1 }
    case .bitwiseXor: forEach { $0 ^ $1 }
    case .shiftLeft: forEach { $0 &<< $1 }
    case .shiftRight where type != .unsigned:
      forEach { UInt64(bitPattern: Int64(bitPattern: $0) &>> Int64(truncatingIfNeeded: $1)) }
    case .shiftRight, .shiftRightUnsigned: forEach { $0 &>> $1 }
    case .logicalNot: forEach { x, _ in x == 0 ? 1 : 0 }
    case .logicalAnd: forEach { $0 != 0 && $1 != 0 ? 1 : 0 }
    case .logicalOr: forEach { $0 != 0 || $1 != 0 ? 1 : 0 }
    case .logicalXor: forEach { ($0 != 0) != ($1 != 0) ? 1 : 0 }
    default: break
    }
  }

  // MARK: Records

  private func pack(_ operands: [Words<UInt64>], _ count: Int, _ output: Words<UInt64>) {
    let (columns, hashes) = (Column(operands), Column<UInt64>(unspecified: count))
    defer { keepAlive(columns, hashes) }
    terms.intern(records: columns.words, count: count, hashes: hashes.words, into: output)
  }

  // MARK: Conversions

  private func invalid(_ word: UInt64, _ target: String, _ span: SourceSpan) -> EngineFailure {
    EngineFailure(
      .invalidConversion, "\"\(terms.text(term(word)))\" is no \(target)", at: span,
      help: "test the text first, as in `match(\"-?[0-9]+\", s)`")
  }

  private func convertToNumber(
    _ type: ColumnType, _ operand: Words<UInt64>, _ count: Int, _ output: Words<UInt64>,
    _ span: SourceSpan
  ) throws(EngineFailure) {
    for i in 0..<count {
      switch type {
      case .symbol:
        guard let value = terms.withBytes(term(operand[i]), { NumberText.signed($0) }) else {
          throw invalid(operand[i], "number", span)
        }
        output[i] = UInt64(bitPattern: value)
      case .float: output[i] = UInt64(bitPattern: Self.clamped(Double(bitPattern: operand[i])))
      case .number, .unsigned, .boolean, .record: output[i] = operand[i]
      }
    }
  }

  private func convertToUnsigned(
    _ type: ColumnType, _ operand: Words<UInt64>, _ count: Int, _ output: Words<UInt64>,
    _ span: SourceSpan
  ) throws(EngineFailure) {
    for i in 0..<count {
      switch type {
      case .symbol:
        guard let value = terms.withBytes(term(operand[i]), { NumberText.unsigned($0) }) else {
          throw invalid(operand[i], "unsigned number", span)
        }
        output[i] = value
      case .float:
        let value = Double(bitPattern: operand[i])
        output[i] =
          value >= 18_446_744_073_709_551_616.0 ? .max : (value >= 1 ? UInt64(value) : 0)
      case .number, .unsigned, .boolean, .record: output[i] = operand[i]
      }
    }
  }

  private func convertToFloat(
    _ type: ColumnType, _ operand: Words<UInt64>, _ count: Int, _ output: Words<UInt64>,
    _ span: SourceSpan
  ) throws(EngineFailure) {
    for i in 0..<count {
      switch type {
      case .symbol:
        guard let value = Double(terms.text(term(operand[i]))) else {
          throw invalid(operand[i], "number", span)
        }
        output[i] = canonicalWord(value)
      case .float: output[i] = operand[i]
      case .number: output[i] = canonicalWord(Double(Int64(bitPattern: operand[i])))
      case .unsigned, .boolean, .record: output[i] = canonicalWord(Double(operand[i]))
      }
    }
  }

  /// The nearest integer toward zero that fits; NaN becomes 0.
  static func clamped(_ value: Double) -> Int64 {
    if value != value { return 0 }
    if value >= 9_223_372_036_854_775_808.0 { return .max }
    if value <= -9_223_372_036_854_775_808.0 { return .min }
    return Int64(value)
  }
}
