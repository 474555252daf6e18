@_spi(Columns) import GraphCore

/// Values of a lattice as numbers without sign whose order is that of goodness, the best first.
struct ValueCoding {
  private let isFloat: Bool
  /// What turns an integer into a number in the order of values.
  private let flip: UInt64
  /// All ones where greater values are better.
  private let mask: UInt64
  /// Texts and records are numbered in their order; they can only be copied.
  private let ranks: [UInt64: UInt64]
  private let ranked: [UInt64]

  private static let sign: UInt64 = 1 << 63

  /// Nothing for values that have an order but no arithmetic, unless they are only copied, and where a
  /// value would have the code that stands for none.
  init?(_ relation: Relation, isCopying: Bool, terms: TermSpace) {
    guard let type = relation.types.last, let lattice = relation.lattice else { return nil }
    mask = lattice == .min ? 0 : .max
    isFloat = type == .float
    flip = type == .number ? Self.sign : 0
    switch type {
    case .number, .unsigned, .float:
      ranks = [:]
      ranked = []
    case .symbol, .boolean, .record:
      guard isCopying else { return nil }
      var distinct: Set<UInt64> = []
      let view = relation.view(relation.arity - 1)
      for row in 0..<relation.rowCount { distinct.insert(view[row]) }
      let order = WordOrder(type, terms)
      ranked = distinct.sorted { order.precedes($0, $1) }
      ranks = Dictionary(uniqueKeysWithValues: ranked.enumerated().map { ($1, UInt64($0)) })
    }
    let view = relation.view(relation.arity - 1)
    for row in 0..<relation.rowCount where code(view[row]) == .max { return nil }
  }

  @inline(__always)
  private func ordered(_ word: UInt64) -> UInt64 {
    isFloat
      ? word ^ (UInt64(bitPattern: Int64(bitPattern: word) >> 63) | Self.sign) : word ^ flip
  }

  @inline(__always)
  func code(_ word: UInt64) -> UInt64 {
    if !ranked.isEmpty { return (ranks[word] ?? 0) ^ mask }
    return ordered(word) ^ mask
  }

  @inline(__always)
  func word(_ code: UInt64) -> UInt64 {
    let code = code ^ mask
    if !ranked.isEmpty { return ranked[Int(truncatingIfNeeded: code)] }
    if !isFloat { return code ^ flip }
    return code ^ (code & Self.sign == 0 ? .max : Self.sign)
  }

  /// The code of a value that is combined with an operand, given as a word.
  @inline(__always)
  func combine(_ operation: BestValueProgram.Operation, _ code: UInt64, _ operand: UInt64) -> UInt64
  {
    switch operation {
    case .copy: return code
    case .add:
      if !isFloat { return self.code(word(code) &+ operand) }
      return self.code(
        canonicalWord(Double(bitPattern: word(code)) + Double(bitPattern: operand)))
    case .subtract:
      if !isFloat { return self.code(word(code) &- operand) }
      return self.code(
        canonicalWord(Double(bitPattern: word(code)) - Double(bitPattern: operand)))
    case .least: return min(code ^ mask, ordered(operand)) ^ mask
    case .greatest: return max(code ^ mask, ordered(operand)) ^ mask
    }
  }

  /// Whether a value compares so with another, given as a word.
  func holds(_ relation: Comparison.Operator, _ code: UInt64, _ bound: UInt64) -> Bool {
    let (a, b) = (code ^ mask, ordered(bound))
    return switch relation {
    case .equal: a == b
    case .notEqual: a != b
    case .less: a < b
    case .lessOrEqual: a <= b
    case .greater: a > b
    case .greaterOrEqual: a >= b
    }
  }
}

/// The values that a recursion starts from, the best first.
struct SortedSeeds {
  let codes: Column<UInt64>
  let nodes: Column<UInt32>

  var count: Int { codes.count }

  /// O(rows · digits in which values differ), by several workers where there are many.
  init(
    _ relation: Relation, _ numbering: NodeNumbering, _ coding: ValueCoding, _ workers: Workers?
  ) {
    let rows = relation.rowCount
    let (codes, nodes) = (Column<UInt64>(unspecified: rows), Column<UInt32>(unspecified: rows))
    let ((keys, owner), values) = (numbering.numbers(relation, 0), relation.view(1))
    defer { keepAlive(owner) }
    var count = 0
    let (outputCodes, outputNodes) = (codes.words, nodes.words)
    for row in 0..<rows where !relation.isDead(row) {
      outputCodes[count] = coding.code(values[row])
      outputNodes[count] = UInt32(truncatingIfNeeded: keys[row])
      count += 1
    }
    codes.truncate(to: count)
    nodes.truncate(to: count)
    RadixSort.sort(codes, with: nodes, workers)
    self.codes = codes
    self.nodes = nodes
  }
}
