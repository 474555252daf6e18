@_spi(Columns) import GraphCore

/// A pattern that is texts with anything between them: `PROMO.*`, `.*special.*requests.*`, `[Cc]at|dog`.
///
/// Its texts are looked for in their order, each where it comes first, which takes a fraction of following the
/// pattern scalar by scalar. `.` is no line end, so where something may stand between them the whole text has none.
struct PlainPattern {
  private struct Piece: BitwiseCopyable {
    let start: Int
    let count: Int

    var bytes: Range<Int> { start..<start + count }
  }

  /// One of the alternatives: pieces from `first` to before `end`.
  private struct Way: BitwiseCopyable {
    let first: Int
    let end: Int
    /// Whether anything may stand before the first piece, and behind the last.
    let isOpenBefore: Bool
    let isOpenBehind: Bool
    /// Whether anything may stand anywhere.
    let hasGaps: Bool
  }

  private enum Element {
    case scalar(Unicode.Scalar)
    case gap
  }

  private var bytes: [UInt8] = []
  private var pieces: [Piece] = []
  private var ways: [Way] = []

  /// Each alternative takes a search of its own.
  private static let mostWays = 8
  /// Sets of more scalars are not written out.
  private static let largestSet = 4

  /// The same as a tree; nothing where it asks for more.
  init?(_ node: PatternNode) {
    guard let ways = Self.ways(through: node), !ways.isEmpty else { return nil }
    for way in ways where !add(way) { return nil }
  }

  /// About how many bytes it takes. O(1).
  var byteCount: Int { bytes.count + pieces.count * 16 + ways.count * 24 }

  // MARK: Reading

  private static func ways(through node: PatternNode) -> [[Element]]? {
    switch node {
    case .empty: return [[]]
    case .set(let set):
      let scalars = set.scalars(atMost: largestSet)
      return scalars?.map { [.scalar($0)] }
    case .sequence(let parts):
      var result: [[Element]] = [[]]
      for part in parts {
        guard let next = ways(through: part), result.count * next.count <= mostWays else {
          return nil
        }
        result = result.flatMap { way in next.map { way + $0 } }
      }
      return result
    case .alternatives(let parts):
      var result: [[Element]] = []
      for part in parts {
        guard let next = ways(through: part), result.count + next.count <= mostWays else {
          return nil
        }
        result += next
      }
      return result
    case .repetition(.set(ScalarSet.lineEnds.inverted), least: 0, most: nil): return [[.gap]]
    case .repetition, .start, .end, .wordBoundary, .noWordBoundary: return nil
    }
  }

  /// Takes an alternative; not where its texts hold line ends that gaps must not.
  private mutating func add(_ way: [Element]) -> Bool {
    let first = pieces.count
    var text = String.UnicodeScalarView()
    var hasGaps = false
    var isOpen = false
    func isEnd(_ scalar: Unicode.Scalar) -> Bool { ScalarSet.lineEnds.contains(scalar.value) }
    var isOpenBefore = false
    for element in way {
      switch element {
      case .scalar(let scalar): text.append(scalar)
      case .gap:
        if text.isEmpty, pieces.count == first { isOpenBefore = true }
        if !text.isEmpty { addPiece(&text) }
        hasGaps = true
      }
      if case .gap = element { isOpen = true } else { isOpen = false }
    }
    // The empty text is a piece where there is no other.
    if !text.isEmpty || pieces.count == first { addPiece(&text) }
    ways.append(
      Way(
        first: first, end: pieces.count, isOpenBefore: isOpenBefore, isOpenBehind: isOpen,
        hasGaps: hasGaps))
    return !hasGaps
      || !way.contains { if case .scalar(let scalar) = $0 { isEnd(scalar) } else { false } }
  }

  private mutating func addPiece(_ text: inout String.UnicodeScalarView) {
    let start = bytes.count
    bytes += String(text).utf8
    pieces.append(Piece(start: start, count: bytes.count - start))
    text = String.UnicodeScalarView()
  }

  // MARK: Matching

  /// Whether the whole of a text matches. O(text × alternatives) in all but odd cases, see `TextSearch.contains`.
  func matches(_ text: Span<UInt8>) -> Bool {
    for number in ways.indices where matches(text, ways[number]) { return true }
    return false
  }

  private func matches(_ text: Span<UInt8>, _ way: Way) -> Bool {
    let (bytes, pieces) = (bytes.span, pieces.span)
    var (number, last) = (way.first, way.end)
    var (place, end) = (0, text.count)
    if !way.isOpenBefore {
      let part = bytes.extracting(pieces[number].bytes)
      guard TextSearch.holds(text, part, at: 0) else { return false }
      place = part.count
      number += 1
      if number == last && !way.isOpenBehind { return place == end }
    }
    if !way.isOpenBehind {
      last -= 1
      let part = bytes.extracting(pieces[last].bytes)
      end -= part.count
      guard end >= place, TextSearch.holds(text, part, at: end) else { return false }
    }
    while number < last {
      let part = bytes.extracting(pieces[number].bytes)
      guard let found = TextSearch.firstPlace(of: part, in: text.extracting(place..<end)) else {
        return false
      }
      place += found + part.count
      number += 1
    }
    return !way.hasGaps || !TextBytes.holdLineEnd(text)
  }
}

extension ScalarSet {
  /// The scalars of a set that has few; nothing where it has more, or such as stand in no text.
  fileprivate func scalars(atMost most: Int) -> [Unicode.Scalar]? {
    var result: [Unicode.Scalar] = []
    for range in ranges {
      guard result.count + range.count <= most else { return nil }
      for value in range {
        guard let scalar = Unicode.Scalar(value) else { return nil }
        result.append(scalar)
      }
    }
    return result
  }
}
