@_spi(Columns) import GraphCore

/// A search for a value among words that ascend, one half at a time: of several that are gone on with in turns, each has its
/// word when its turn comes, where one alone would wait for it.
///
/// ```swift
/// var (a, b) = (SteppedSearch(for: 3, from: 0), SteppedSearch(for: 7, from: 0))
/// var rest = words.count
/// while rest > 1 {
///   let half = rest &>> 1
///   a.pass(half, of: words)
///   b.pass(half, of: words)
///   rest &-= half
/// }
/// // a.hasFound(in: words), b.hasFound(in: words)
/// ```
struct SteppedSearch {
  /// So many go on in turns: as many as have their places in registers.
  static let count = 4

  /// The value is here, or nowhere.
  private(set) var place: Int
  let value: UInt32

  init(for value: UInt32, from start: Int) {
    place = start
    self.value = value
  }

  /// Goes past so many words where the next one is not above the value.
  @inline(__always)
  mutating func pass(_ half: Int, of words: Words<UInt32>) {
    place &+= half & ~value.onesIfBelow(words[place &+ half])
  }

  @inline(__always)
  func hasFound(in words: Words<UInt32>) -> Bool { words[place] == value }
}
