import GraphCore

/// A compiled pattern that whole texts are matched against, scalar by scalar.
///
/// Matching follows all ways through the pattern at once (Thompson, "Regular expression search
/// algorithm", 1968), so that its time is the length of the text times at most the size of the
/// pattern. The sets of places met on the way are kept and given numbers; a text of ASCII then costs
/// one table look-up per byte.
package final class Pattern {
  private enum Step {
    case set(Int)
    case split(Int, Int)
    case jump(Int)
    case assertion(Assertion)
    case accept
  }

  private enum Assertion {
    case start, end, wordBoundary, noWordBoundary
  }

  private struct State {
    /// The steps that wait for a scalar, and those that accept, in order.
    var places: [Int32]
    var accepts: Bool
    /// The state after each ASCII scalar, -1 where it is not known yet.
    var next: [Int32]
  }

  private var steps: [Step] = []
  private var sets: [ScalarSet] = []
  private var hasAssertions = false
  private var states: [State] = []
  private var stateNumbers: [[Int32]: Int32] = [:]
  /// When each step was last reached, to reach it once only.
  private var marks: [Int] = []
  private var mark = 0

  private static let largestProgram = 200_000
  private static let mostStates = 4_000

  package init(_ text: String) throws(PatternError) {
    try compile(PatternParser.parse(text))
    steps.append(.accept)
    marks = Array(repeating: 0, count: steps.count)
    startStates()
  }

  // MARK: Compilation

  private func compile(_ node: PatternNode) throws(PatternError) {
    guard steps.count < Self.largestProgram else {
      throw PatternError(message: "the pattern is too large")
    }
    switch node {
    case .empty: break
    case .set(let set):
      sets.append(set)
      steps.append(.set(sets.count - 1))
    case .sequence(let parts): for part in parts { try compile(part) }
    case .alternatives(let parts):
      var jumps: [Int] = []
      for part in parts.dropLast() {
        let split = steps.count
        steps.append(.split(split + 1, 0))
        try compile(part)
        jumps.append(steps.count)
        steps.append(.jump(0))
        steps[split] = .split(split + 1, steps.count)
      }
      if let last = parts.last { try compile(last) }
      for jump in jumps { steps[jump] = .jump(steps.count) }
    case .repetition(let inner, let least, let most):
      for _ in 0..<least { try compile(inner) }
      guard let most else {
        let split = steps.count
        steps.append(.split(0, 0))
        try compile(inner)
        steps.append(.jump(split))
        steps[split] = .split(split + 1, steps.count)
        return
      }
      var splits: [Int] = []
      for _ in least..<max(most, least) {
        splits.append(steps.count)
        steps.append(.split(0, 0))
        try compile(inner)
      }
      for split in splits { steps[split] = .split(split + 1, steps.count) }
    case .start: assert(.start)
    case .end: assert(.end)
    case .wordBoundary: assert(.wordBoundary)
    case .noWordBoundary: assert(.noWordBoundary)
    }
  }

  private func assert(_ assertion: Assertion) {
    hasAssertions = true
    steps.append(.assertion(assertion))
  }

  // MARK: Matching

  /// Whether the whole of a text, given as UTF-8, matches.
  package func matches(_ text: Span<UInt8>) -> Bool {
    if hasAssertions { return matchesSlowly(text) }
    var state: Int32 = 0
    var position = 0
    while position < text.count {
      let byte = text[position]
      if byte < 0x80 {
        let known = states[Int(state)].next[Int(byte)]
        state = known >= 0 ? known : advance(state, UInt32(byte))
        position += 1
      } else {
        let (scalar, length) = Self.scalar(text, position)
        state = advance(state, scalar)
        position += length
      }
      if states[Int(state)].places.isEmpty { return false }
    }
    return states[Int(state)].accepts
  }

  private func startStates() {
    states.removeAll()
    stateNumbers.removeAll()
    mark += 1
    var places: [Int32] = []
    follow(0, &places) { _ in false }
    _ = number(of: places)
  }

  private func number(of unsorted: [Int32]) -> Int32 {
    let places = unsorted.sorted()
    if let known = stateNumbers[places] { return known }
    let accepts = places.contains { place in
      if case .accept = steps[Int(place)] { true } else { false }
    }
    states.append(
      State(places: places, accepts: accepts, next: Array(repeating: -1, count: 128)))
    let number = Int32(states.count - 1)
    stateNumbers[places] = number
    return number
  }

  private func advance(_ state: Int32, _ scalar: UInt32) -> Int32 {
    let places = after(states[Int(state)].places, scalar) { _ in false }
    if states.count >= Self.mostStates {
      // Starting over keeps memory bounded; the place in the text is kept by the set itself.
      startStates()
      return number(of: places)
    }
    let next = number(of: places)
    if scalar < 128 { states[Int(state)].next[Int(scalar)] = next }
    return next
  }

  /// The places after reading a scalar.
  private func after(
    _ places: [Int32], _ scalar: UInt32, _ holds: (Assertion) -> Bool
  ) -> [Int32] {
    mark += 1
    var result: [Int32] = []
    for place in places {
      if case .set(let set) = steps[Int(place)], sets[set].contains(scalar) {
        follow(Int(place) + 1, &result, holds)
      }
    }
    return result
  }

  /// Adds the places that are reached from a step without reading.
  private func follow(_ first: Int, _ places: inout [Int32], _ holds: (Assertion) -> Bool) {
    var stack = [first]
    while let step = stack.popLast() {
      if marks[step] == mark { continue }
      marks[step] = mark
      switch steps[step] {
      case .set, .accept: places.append(Int32(step))
      case .jump(let target): stack.append(target)
      case .split(let one, let other):
        stack.append(other)
        stack.append(one)
      case .assertion(let assertion): if holds(assertion) { stack.append(step + 1) }
      }
    }
  }

  /// With assertions the places depend on what is around, so that nothing is kept.
  private func matchesSlowly(_ text: Span<UInt8>) -> Bool {
    func isWord(_ position: Int) -> Bool {
      position >= 0 && position < text.count && ScalarSet.words.contains(UInt32(text[position]))
    }
    func holds(at position: Int) -> (Assertion) -> Bool {
      let isStart = position == 0
      let isEnd = position == text.count
      let isBoundary = isWord(position - 1) != isWord(position)
      return { assertion in
        switch assertion {
        case .start: isStart
        case .end: isEnd
        case .wordBoundary: isBoundary
        case .noWordBoundary: !isBoundary
        }
      }
    }
    mark += 1
    var places: [Int32] = []
    follow(0, &places, holds(at: 0))
    var position = 0
    while position < text.count && !places.isEmpty {
      let (scalar, length) = Self.scalar(text, position)
      position += length
      places = after(places, scalar, holds(at: position))
    }
    return position == text.count
      && places.contains { if case .accept = steps[Int($0)] { true } else { false } }
  }

  private static func scalar(_ text: Span<UInt8>, _ position: Int) -> (UInt32, Int) {
    let first = UInt32(text[position])
    let length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
    guard length > 1, position + length <= text.count else { return (first, 1) }
    var value = first & (0xFF >> UInt32(length + 1))
    for offset in 1..<length { value = value << 6 | UInt32(text[position + offset] & 0x3F) }
    return (value, length)
  }
}
