/// A set of a rule's variables: a bit for each.
struct VariableSet: ExpressibleByArrayLiteral {
  /// The first 64, which are all that most rules have.
  private var low: UInt64 = 0
  private var high: [UInt64] = []

  init() {}

  init(arrayLiteral elements: Int...) {
    for element in elements { insert(element) }
  }

  var isEmpty: Bool { low == 0 && high.allSatisfy { $0 == 0 } }

  var count: Int { high.reduce(low.nonzeroBitCount) { $0 + $1.nonzeroBitCount } }

  func subtracting(_ other: VariableSet) -> VariableSet {
    var result = self
    result.low &= ~other.low
    for word in high.indices where word < other.high.count {
      result.high[word] &= ~other.high[word]
    }
    return result
  }

  func intersects(_ other: VariableSet) -> Bool {
    low & other.low != 0 || zip(high, other.high).contains { $0 & $1 != 0 }
  }

  func isSubset(of other: VariableSet) -> Bool {
    low & ~other.low == 0
      && high.indices.allSatisfy { high[$0] & ~($0 < other.high.count ? other.high[$0] : 0) == 0 }
  }

  func contains(_ variable: Int) -> Bool {
    if variable < 64 { return low & (1 << UInt64(variable)) != 0 }
    let word = variable / 64 - 1
    return word < high.count && high[word] & (1 << UInt64(variable % 64)) != 0
  }

  /// Adds a variable; true if it is new.
  @discardableResult
  mutating func insert(_ variable: Int) -> Bool {
    if contains(variable) { return false }
    if variable < 64 {
      low |= 1 << UInt64(variable)
    } else {
      let word = variable / 64 - 1
      while high.count <= word { high.append(0) }
      high[word] |= 1 << UInt64(variable % 64)
    }
    return true
  }

  mutating func remove(_ variable: Int) {
    if variable < 64 {
      low &= ~(1 << UInt64(variable))
    } else if variable / 64 - 1 < high.count {
      high[variable / 64 - 1] &= ~(1 << UInt64(variable % 64))
    }
  }

  mutating func formUnion(_ other: VariableSet) {
    low |= other.low
    while high.count < other.high.count { high.append(0) }
    for word in other.high.indices { high[word] |= other.high[word] }
  }

  func union(_ other: VariableSet) -> VariableSet {
    var result = self
    result.formUnion(other)
    return result
  }

  /// The variables in the order of their numbers.
  var sorted: [Int] {
    var result: [Int] = []
    func add(_ bits: UInt64, _ first: Int) {
      var rest = bits
      while rest != 0 {
        result.append(first + rest.trailingZeroBitCount)
        rest &= rest - 1
      }
    }
    add(low, 0)
    for (word, bits) in high.enumerated() { add(bits, 64 * (word + 1)) }
    return result
  }
}
