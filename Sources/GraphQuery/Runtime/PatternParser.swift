/// Why a pattern cannot be read.
package struct PatternError: Error, Sendable {
  package var message: String
}

/// A set of Unicode scalars as sorted, separate ranges.
struct ScalarSet: Equatable {
  private(set) var ranges: [ClosedRange<UInt32>] = []

  init(_ ranges: [ClosedRange<UInt32>]) {
    for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if let last = self.ranges.last, range.lowerBound <= last.upperBound &+ 1 {
        self.ranges[self.ranges.count - 1] =
          last.lowerBound...max(last.upperBound, range.upperBound)
      } else {
        self.ranges.append(range)
      }
    }
  }

  static let highest: UInt32 = 0x10FFFF

  var inverted: ScalarSet {
    var result: [ClosedRange<UInt32>] = []
    var next: UInt32 = 0
    for range in ranges {
      if range.lowerBound > next { result.append(next...range.lowerBound - 1) }
      next = range.upperBound + 1
    }
    if next <= Self.highest { result.append(next...Self.highest) }
    return ScalarSet(result)
  }

  func contains(_ scalar: UInt32) -> Bool {
    var (low, high) = (0, ranges.count)
    while low < high {
      let middle = (low + high) / 2
      if ranges[middle].upperBound < scalar { low = middle + 1 } else { high = middle }
    }
    return low < ranges.count && ranges[low].lowerBound <= scalar
  }

  private static func range(_ first: Unicode.Scalar, _ last: Unicode.Scalar) -> ClosedRange<UInt32>
  { first.value...last.value }

  static let digits = ScalarSet([range("0", "9")])
  static let words = ScalarSet([range("0", "9"), range("A", "Z"), range("_", "_"), range("a", "z")])
  static let spaces = ScalarSet([
    9...13, 0x20...0x20, 0xA0...0xA0, 0x1680...0x1680, 0x2000...0x200A, 0x2028...0x2029,
    0x202F...0x202F, 0x205F...0x205F, 0x3000...0x3000, 0xFEFF...0xFEFF,
  ])
  static let lineEnds = ScalarSet([10...10, 13...13, 0x2028...0x2029])

  /// The classes of `[[:name:]]`.
  static let named: [String: ScalarSet] = [
    "alnum": ScalarSet([range("0", "9"), range("A", "Z"), range("a", "z")]),
    "alpha": ScalarSet([range("A", "Z"), range("a", "z")]),
    "blank": ScalarSet([9...9, 0x20...0x20]), "cntrl": ScalarSet([0...31, 127...127]),
    "digit": digits, "graph": ScalarSet([33...126]), "lower": ScalarSet([range("a", "z")]),
    "print": ScalarSet([32...126]),
    "punct": ScalarSet([33...47, 58...64, 91...96, 123...126]),
    "space": ScalarSet([9...13, 0x20...0x20]), "upper": ScalarSet([range("A", "Z")]),
    "xdigit": ScalarSet([range("0", "9"), range("A", "F"), range("a", "f")]),
    "d": digits, "s": spaces, "w": words,
  ]
}

/// A pattern as a tree.
indirect enum PatternNode {
  case empty
  case set(ScalarSet)
  case sequence([PatternNode])
  case alternatives([PatternNode])
  case repetition(PatternNode, least: Int, most: Int?)
  case start, end, wordBoundary, noWordBoundary
}

/// Reads patterns in the syntax of ECMAScript, as far as a matcher without memory can follow it:
/// references back and looking ahead are refused.
struct PatternParser {
  private let scalars: [Unicode.Scalar]
  private var position = 0
  private var depth = 0

  private static let deepestNesting = 200
  private static let largestCount = 10_000

  static func parse(_ text: String) throws(PatternError) -> PatternNode {
    var parser = PatternParser(scalars: Array(text.unicodeScalars))
    let node = try parser.alternatives()
    if parser.position < parser.scalars.count {
      throw PatternError(message: "`)` closes nothing")
    }
    return node
  }

  private init(scalars: [Unicode.Scalar]) { self.scalars = scalars }

  private var next: Unicode.Scalar? {
    position < scalars.count ? scalars[position] : nil
  }

  private mutating func accept(_ scalar: Unicode.Scalar) -> Bool {
    guard next == scalar else { return false }
    position += 1
    return true
  }

  private mutating func alternatives() throws(PatternError) -> PatternNode {
    depth += 1
    defer { depth -= 1 }
    if depth > Self.deepestNesting { throw PatternError(message: "groups are nested too deep") }
    var parts = [try sequence()]
    while accept("|") { parts.append(try sequence()) }
    return parts.count == 1 ? parts[0] : .alternatives(parts)
  }

  private mutating func sequence() throws(PatternError) -> PatternNode {
    var parts: [PatternNode] = []
    while let scalar = next, scalar != "|", scalar != ")" {
      let (node, isAssertion) = try atom(scalar)
      parts.append(isAssertion ? node : try quantified(node))
    }
    return parts.count == 1 ? parts[0] : parts.isEmpty ? .empty : .sequence(parts)
  }

  private mutating func atom(_ scalar: Unicode.Scalar) throws(PatternError) -> (PatternNode, Bool) {
    position += 1
    switch scalar {
    case "^": return (.start, true)
    case "$": return (.end, true)
    case ".": return (.set(ScalarSet.lineEnds.inverted), false)
    case "[": return (.set(try characterClass()), false)
    case "(": return (try group(), false)
    case "*", "+", "?", "{":
      throw PatternError(message: "`\(scalar)` has nothing before it to repeat")
    case "\\": return try escape()
    default: return (.set(ScalarSet([scalar.value...scalar.value])), false)
    }
  }

  private mutating func group() throws(PatternError) -> PatternNode {
    if accept("?") {
      guard accept(":") else {
        throw PatternError(message: "looking ahead with `(?` is not supported")
      }
    }
    let node = try alternatives()
    guard accept(")") else { throw PatternError(message: "a `(` is never closed") }
    return node
  }

  private mutating func quantified(_ node: PatternNode) throws(PatternError) -> PatternNode {
    let least: Int
    let most: Int?
    switch next {
    case "*": (least, most) = (0, nil)
    case "+": (least, most) = (1, nil)
    case "?": (least, most) = (0, 1)
    case "{":
      position += 1
      least = try count()
      if accept(",") {
        most = next == "}" ? nil : try count()
      } else {
        most = least
      }
      guard next == "}" else { throw PatternError(message: "a `{` is never closed") }
      if let most, most < least {
        throw PatternError(message: "`{\(least),\(most)}` counts backwards")
      }
    default: return node
    }
    position += 1
    // Whether short or long matches come first makes no difference to a whole match.
    _ = accept("?")
    if let next, next == "*" || next == "+" || next == "?" || next == "{" {
      throw PatternError(message: "`\(next)` has nothing before it to repeat")
    }
    return .repetition(node, least: least, most: most)
  }

  private mutating func count() throws(PatternError) -> Int {
    var value = 0
    let start = position
    while let digit = next, ("0"..."9").contains(digit) {
      value = value * 10 + Int(digit.value - 48)
      if value > Self.largestCount { throw PatternError(message: "a repetition is too long") }
      position += 1
    }
    if position == start { throw PatternError(message: "a number is expected after `{`") }
    return value
  }

  // MARK: Escapes

  private mutating func escape() throws(PatternError) -> (PatternNode, Bool) {
    switch next {
    case "b":
      position += 1
      return (.wordBoundary, true)
    case "B":
      position += 1
      return (.noWordBoundary, true)
    case let digit? where ("1"..."9").contains(digit):
      throw PatternError(message: "references back such as `\\\(digit)` are not supported")
    default: return (.set(try escapedSet()), false)
    }
  }

  private mutating func escapedSet() throws(PatternError) -> ScalarSet {
    guard let scalar = next else { throw PatternError(message: "the pattern ends with `\\`") }
    position += 1
    func one(_ value: UInt32) -> ScalarSet { ScalarSet([value...value]) }
    switch scalar {
    case "d": return .digits
    case "D": return ScalarSet.digits.inverted
    case "w": return .words
    case "W": return ScalarSet.words.inverted
    case "s": return .spaces
    case "S": return ScalarSet.spaces.inverted
    case "n": return one(10)
    case "r": return one(13)
    case "t": return one(9)
    case "f": return one(12)
    case "v": return one(11)
    case "0": return one(0)
    case "x": return one(try hexadecimal(2))
    case "u": return one(try hexadecimal(4))
    case "c":
      guard let letter = next, letter.isASCII, letter.properties.isAlphabetic else {
        throw PatternError(message: "a letter is expected after `\\c`")
      }
      position += 1
      return one(letter.value & 31)
    default:
      if scalar.isASCII && scalar.properties.isAlphabetic {
        throw PatternError(message: "`\\\(scalar)` means nothing")
      }
      return one(scalar.value)
    }
  }

  private mutating func hexadecimal(_ length: Int) throws(PatternError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<length {
      guard let digit = next.flatMap({ Character($0).hexDigitValue }) else {
        throw PatternError(message: "\(length) hexadecimal digits are expected")
      }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    return value
  }

  // MARK: Classes

  private mutating func characterClass() throws(PatternError) -> ScalarSet {
    let isNegated = accept("^")
    var ranges: [ClosedRange<UInt32>] = []
    while !accept("]") {
      guard next != nil else { throw PatternError(message: "a `[` is never closed") }
      let first = try classMember()
      guard next == "-", position + 1 < scalars.count, scalars[position + 1] != "]" else {
        ranges += first.ranges
        continue
      }
      position += 1
      let last = try classMember()
      guard let low = Self.single(first), let high = Self.single(last) else {
        throw PatternError(message: "a range has characters at both its ends")
      }
      if low > high { throw PatternError(message: "a range ends before it begins") }
      ranges.append(low...high)
    }
    let set = ScalarSet(ranges)
    return isNegated ? set.inverted : set
  }

  private static func single(_ set: ScalarSet) -> UInt32? {
    guard set.ranges.count == 1, set.ranges[0].count == 1 else { return nil }
    return set.ranges[0].lowerBound
  }

  private mutating func classMember() throws(PatternError) -> ScalarSet {
    guard let scalar = next else { throw PatternError(message: "a `[` is never closed") }
    position += 1
    if scalar == "\\" {
      if accept("b") { return ScalarSet([8...8]) }
      return try escapedSet()
    }
    guard scalar == "[", accept(":") else { return ScalarSet([scalar.value...scalar.value]) }
    var name = ""
    while let letter = next, letter != ":" {
      name.unicodeScalars.append(letter)
      position += 1
    }
    guard accept(":"), accept("]"), let set = ScalarSet.named[name] else {
      throw PatternError(message: "`[:\(name):]` is no class of characters")
    }
    return set
  }
}
