@_spi(Columns) import GraphCore

/// A compiled pattern that whole texts are matched against, scalar by scalar.
///
/// Matching follows all ways through the pattern at once (Thompson, "Regular expression search
/// algorithm", 1968), so that its time is the length of the text times at most the size of the
/// pattern. The sets of places met on the way are kept and given numbers. What scalars the pattern tells apart
/// divides all of them into few classes, so that a known text costs one table look-up a scalar, in any script.
/// Patterns of plain texts are not followed at all, and of others the longest plain text is looked for first.
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
    /// Whether it has come to the `.*` that the pattern ends with.
    var isSettled: Bool
  }

  /// What the table of transitions holds in place of a state.
  private static let unknown: Int32 = -1
  private static let dead: Int32 = -2
  /// From there on down the rows of settled states, from 0 up.
  private static let settled: Int32 = -3

  /// The same without steps, where there is nothing but texts in it.
  private let plain: PlainPattern?
  /// A text that is in every one that matches; empty where none is known that would tell enough.
  private let required: [UInt8]
  /// For so many batches that text is not looked for, as hardly any text was without it.
  private var batchesUnsought = 0
  private var steps: [Step] = []
  private var sets: [ScalarSet] = []
  private var hasAssertions = false
  /// The step that waits for any scalar but line ends, where nothing comes behind it but that again.
  private var lastStep: Int32?
  private var states: [State] = []
  private var stateNumbers: [[Int32]: Int32] = [:]
  /// Where the row of the state after each class of scalars begins: every state has a row.
  private let transitions = Column<Int32>()
  private var classes = ScalarClasses([])
  /// When each step was last reached, to reach it once only.
  private var marks: [Int] = []
  private var mark = 0

  /// How many places the states hold in all.
  private var placeCount = 0

  /// Shorter texts tell too little.
  private static let shortestRequired = 3
  private static let longestUnsought = 31
  private static let largestProgram = 200_000
  /// The most transitions and places that are kept, four bytes each.
  private static let mostKept = 1 << 20

  /// About how many bytes the pattern and its states take. O(1).
  var byteCount: Int {
    (plain?.byteCount ?? 0) + required.count
      + steps.count * (MemoryLayout<Step>.stride + MemoryLayout<Int>.stride) + sets.count * 64
      + (transitions.count + placeCount) * 4 + states.count * 96
  }

  /// Reads and compiles a pattern; throws what is wrong with it, or that it is too large.
  package init(_ text: String) throws(PatternError) {
    let node = try PatternParser.parse(text).withoutOuterAnchors
    plain = PlainPattern(node)
    let longest = node.requiredTexts.max { $0.utf8.count < $1.utf8.count } ?? ""
    required = longest.utf8.count < Self.shortestRequired ? [] : Array(longest.utf8)
    try compile(node)
    // Before it there is the way out of the loop, behind it the way back.
    if node.endsWithAnything { lastStep = Int32(steps.count - 2) }
    steps.append(.accept)
    marks = Array(repeating: 0, count: steps.count)
    classes = ScalarClasses(sets)
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
      for _ in 0..<least {
        let before = steps.count
        try compile(inner)
        // What adds nothing once never does, and would be repeated without end.
        if steps.count == before { break }
      }
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

  /// Whether the whole of a text, given as UTF-8, matches. O(bytes), and for each state that is met
  /// first, or at each character where the pattern has `^`, `$`, `\b` or `\B`, O(size of the
  /// pattern).
  package func matches(_ text: Span<UInt8>) -> Bool {
    if let plain { return plain.matches(text) }
    let required = required
    if !required.isEmpty, !TextSearch.contains(text, required.span) { return false }
    return follow(text)
  }

  /// Writes for each of some texts whether it matches: 1 or 0. As `matches` for each.
  func mark(_ texts: Words<TextView>, in marks: Words<UInt8>) {
    if let plain {
      for i in 0..<texts.count { marks[i] = texts[i].withBytes { plain.matches($0) } ? 1 : 0 }
      return
    }
    if required.isEmpty || batchesUnsought > 0 {
      batchesUnsought = max(batchesUnsought - 1, 0)
      for i in 0..<texts.count { marks[i] = texts[i].withBytes { follow($0) } ? 1 : 0 }
      return
    }
    let required = required
    TextSearch.mark(texts, holding: required.span, in: marks)
    var found = 0
    for i in 0..<texts.count where marks[i] != 0 {
      found &+= 1
      marks[i] = texts[i].withBytes { follow($0) } ? 1 : 0
    }
    if found > texts.count / 8 * 7 { batchesUnsought = Self.longestUnsought }
  }

  /// Matches step by step.
  private func follow(_ text: Span<UInt8>) -> Bool {
    if hasAssertions { return matchesSlowly(text) }
    // What the loop reads of the pattern are words, not objects.
    let ascii = classes.ascii
    var table = transitions.words
    var row = 0
    var position = 0
    var isRestUnknown = true
    while position < text.count {
      let byte = text[position]
      let number: Int
      if byte < 0x80 {
        number = Int(ascii[Int(byte)])
        position &+= 1
      } else {
        let (scalar, length) = Self.scalar(text, position)
        number = classes.of(scalar)
        position += length
      }
      var next = table[row &+ number]
      if next < 0 {
        if next == Self.unknown {
          next = advance(row / classes.count, number)
          table = transitions.words
        }
        if next == Self.dead { return false }
        if next <= Self.settled {
          if isRestUnknown {
            if !TextBytes.holdLineEnd(text.extracting(position..<text.count)) { return true }
            isRestUnknown = false
          }
          next = Self.settled - next
        }
      }
      row = Int(next)
    }
    return states[row / classes.count].accepts
  }

  private func startStates() {
    states.removeAll()
    stateNumbers.removeAll()
    placeCount = 0
    transitions.truncate(to: 0)
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
    let isSettled = lastStep.map { places.contains($0) } ?? false
    states.append(State(places: places, accepts: accepts, isSettled: isSettled))
    placeCount += places.count
    let start = transitions.count
    transitions.grow(by: classes.count)
    for number in 0..<classes.count { transitions[start + number] = Self.unknown }
    let number = Int32(states.count - 1)
    stateNumbers[places] = number
    return number
  }

  /// Where the row of the state after a scalar of a class begins, as the table has it.
  private func advance(_ state: Int, _ number: Int) -> Int32 {
    let places = after(states[state].places, classes.first(of: number)) { _ in false }
    let place = state * classes.count + number
    if places.isEmpty {
      transitions[place] = Self.dead
      return Self.dead
    }
    let size = transitions.count + classes.count + placeCount + places.count
    if size > Self.mostKept && states.count > 1 {
      // Starting over keeps memory bounded; the place in the text is kept by the set itself.
      startStates()
      return row(of: self.number(of: places))
    }
    let next = row(of: self.number(of: places))
    transitions[place] = next
    return next
  }

  private func row(of state: Int32) -> Int32 {
    let row = state * Int32(classes.count)
    return states[Int(state)].isSettled ? Self.settled - row : row
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
