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
    case .bitwiseNot: for i in 0..<count { output[i] = ~operands[0][i] }
    case .bitwiseAnd: for i in 0..<count { output[i] = operands[0][i] & operands[1][i] }
    case .bitwiseOr: for i in 0..<count { output[i] = operands[0][i] | operands[1][i] }
    case .bitwiseXor: for i in 0..<count { output[i] = operands[0][i] ^ operands[1][i] }
    case .shiftLeft: for i in 0..<count { output[i] = operands[0][i] << (operands[1][i] & 63) }
    case .shiftRight:
      if type == .unsigned {
        for i in 0..<count { output[i] = operands[0][i] >> (operands[1][i] & 63) }
      } else {
        for i in 0..<count {
          let shifted = Int64(bitPattern: operands[0][i]) >> Int64(operands[1][i] & 63)
          output[i] = UInt64(bitPattern: shifted)
        }
      }
    case .shiftRightUnsigned:
      for i in 0..<count { output[i] = operands[0][i] >> (operands[1][i] & 63) }
    case .logicalNot: for i in 0..<count { output[i] = operands[0][i] == 0 ? 1 : 0 }
    case .logicalAnd:
      for i in 0..<count { output[i] = operands[0][i] != 0 && operands[1][i] != 0 ? 1 : 0 }
    case .logicalOr:
      for i in 0..<count { output[i] = operands[0][i] != 0 || operands[1][i] != 0 ? 1 : 0 }
    case .logicalXor:
      for i in 0..<count { output[i] = (operands[0][i] != 0) != (operands[1][i] != 0) ? 1 : 0 }
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
    for i in 0..<count {
      let (x, y) = (Double(bitPattern: a[i]), Double(bitPattern: b[i]))
      let value: Double
      switch functor {
      case .add: value = x + y
      case .subtract: value = x - y
      case .multiply: value = x * y
      case .divide: value = x / y
      case .remainder: value = x.truncatingRemainder(dividingBy: y)
      case .power: value = CMath.power(x, y)
      case .negate: value = -x
      case .absolute: value = x.magnitude
      default: value = x
      }
      output[i] = canonicalWord(value)
    }
  }

  private func pick(
    _ functor: Functor, _ type: ColumnType, _ operands: [Words<UInt64>], _ count: Int,
    _ output: Words<UInt64>
  ) {
    let order = WordOrder(type, terms)
    for i in 0..<count {
      var best = operands[0][i]
      for operand in operands.dropFirst() {
        let candidate = operand[i]
        let isBetter =
          functor == .least ? order.precedes(candidate, best) : order.precedes(best, candidate)
        if isBetter { best = candidate }
      }
      output[i] = best
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
