/// The nearest known names to one that is not known.
///
/// ```swift
/// NameSuggestions.nearest(to: "suplies", among: ["supplies", "builds"])      // ["supplies"]
/// NameSuggestions.nearest(to: "祁县经开区", among: ["祁县经济开发区", "临汾"])  // ["祁县经济开发区"]
/// ```
///
/// Two measures decide. The edit distance over Unicode scalars finds slips of the finger: at most a
/// third of the name may differ. Shared characters find the names that are abbreviated, as Chinese
/// ones often are: those that occur in both names in the same order, as a share of the shorter.
public enum NameSuggestions {
  /// Of a text with thousands of unknown names, the first that are reported get a suggestion each;
  /// who reads them sees what went wrong.
  public static let mostOffered = 100

  /// The nearest name, where no more than `mostOffered` reports came before this one. Only then are
  /// the names collected. Complexity as of `nearest`.
  public static func best<Names: Sequence<String>>(
    for name: String, among names: @autoclosure () -> Names, after reports: Int
  ) -> String? {
    reports < mostOffered ? nearest(to: name, among: names(), limit: 1).first : nil
  }

  /// The best `limit` names, the nearest first, ties in code point order.
  ///
  /// - Complexity: O(names × length), and O(length²) for each name that has enough letters in common.
  public static func nearest(
    to name: String, among names: some Sequence<String>, limit: Int = 3
  ) -> [String] {
    let wanted = fold(name)
    guard !wanted.isEmpty, limit > 0 else { return [] }
    let sketch = Sketch(name)
    var best: [(score: Double, name: String)] = []
    for candidate in names {
      guard sketch.mayBeNear(Sketch(candidate)), let score = score(wanted, fold(candidate)) else {
        continue
      }
      let entry = (score, candidate)
      let place = best.firstIndex { isBefore(entry, $0) } ?? best.count
      guard place < limit else { continue }
      best.insert(entry, at: place)
      if best.count > limit { best.removeLast() }
    }
    return best.map(\.name)
  }

  /// Whether a name is most likely another one with a slip of the hand in it: one letter too many, too few or wrong, or
  /// two that have changed places; in a long name two such. Short names that differ so mean different things.
  public static func isSlip(_ name: String, of other: String) -> Bool {
    let longest = max(name.unicodeScalars.count, other.unicodeScalars.count)
    guard name != other, longest >= 4, Sketch(name).mayBeNear(Sketch(other)) else { return false }
    return editDistance(fold(name), fold(other)) <= (longest < 10 ? 1 : 2)
  }

  /// Which letters a name has, as one word, to tell without comparing that two names are far apart.
  private struct Sketch {
    private(set) var letters: UInt64 = 0
    private(set) var count = 0
    /// Whether a letter is one of those that say much by themselves, as Chinese ones do.
    private(set) var isWide = false

    init(_ name: String) {
      for scalar in name.unicodeScalars {
        let value = NameSuggestions.fold(scalar)
        letters |= 1 << (value < 0x80 ? UInt64(value & 63) : UInt64((value &* 0x9E37_79B1) >> 26))
        count += 1
        if value > 0x2E7F { isWide = true }
      }
    }

    /// Whether `score` may find a value. A letter that the other has not cost a change each, and is
    /// none of those in common.
    func mayBeNear(_ other: Sketch) -> Bool {
      let missing = (letters & ~other.letters).nonzeroBitCount
      let added = (other.letters & ~letters).nonzeroBitCount
      let (shorter, longer) = (min(count, other.count), max(count, other.count))
      let changes = max(missing, added, longer - shorter)
      if changes <= max(1, longer / 3) { return true }
      let (absent, length) = count <= other.count ? (missing, count) : (added, other.count)
      return isWide ? absent * 2 <= length : absent == 0
    }
  }

  /// How near two names are, from 0 to 1; `nil` where they are too far apart to suggest.
  static func score(_ left: [UInt32], _ right: [UInt32]) -> Double? {
    let shorter = min(left.count, right.count)
    let longer = max(left.count, right.count)
    guard shorter > 0, sharedCount(left, right) * 2 >= shorter else { return nil }
    let distance = editDistance(left, right)
    let allowed = max(1, longer / 3)
    let closeness = 1 - Double(distance) / Double(longer)
    if distance <= allowed && distance < longer { return closeness + 1 }
    // A Latin word says little by its letters; a Chinese name by its characters does.
    guard shorter >= 2, left.contains(where: { $0 > 0x2E7F }) else {
      return longer > 3 && contains(left, right) ? closeness : nil
    }
    let common = Double(commonCount(left, right)) / Double(shorter)
    return common >= 0.6 ? common * 0.9 + closeness * 0.1 : nil
  }

  private static func isBefore(
    _ left: (score: Double, name: String), _ right: (score: Double, name: String)
  ) -> Bool {
    if left.score != right.score { return left.score > right.score }
    return left.name.utf8.lexicographicallyPrecedes(right.name.utf8)
  }

  /// The scalars of a name, capital ASCII letters made small.
  private static func fold(_ name: String) -> [UInt32] { name.unicodeScalars.map(fold) }

  private static func fold(_ scalar: Unicode.Scalar) -> UInt32 {
    0x41...0x5A ~= scalar.value ? scalar.value + 0x20 : scalar.value
  }

  /// How many scalars of the one occur in the other, each once.
  private static func sharedCount(_ left: [UInt32], _ right: [UInt32]) -> Int {
    var rest = right
    var count = 0
    for scalar in left {
      guard let place = rest.firstIndex(of: scalar) else { continue }
      rest.swapAt(place, rest.count - 1)
      rest.removeLast()
      count += 1
    }
    return count
  }

  private static func contains(_ left: [UInt32], _ right: [UInt32]) -> Bool {
    let (short, long) = left.count < right.count ? (left, right) : (right, left)
    guard short.count >= 3 else { return false }
    for start in 0...(long.count - short.count)
    where long[start..<(start + short.count)].elementsEqual(short) {
      return true
    }
    return false
  }

  /// Insertions, removals, replacements and swaps of neighbours that turn one into the other: the
  /// four slips of Damerau, "A technique for computer detection and correction of spelling errors"
  /// (1964), by the table of Wagner and Fischer, "The string-to-string correction problem" (1974).
  /// What has been swapped is not changed again. O(left × right).
  static func editDistance(_ left: [UInt32], _ right: [UInt32]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...right.count)
    for i in 0..<left.count {
      var row = [i + 1]
      for j in 0..<right.count {
        let change = last[j] + (left[i] == right[j] ? 0 : 1)
        var best = min(change, last[j + 1] + 1, row[j] + 1)
        if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] {
          best = min(best, beforeLast[j - 1] + 1)
        }
        row.append(best)
      }
      beforeLast = last
      last = row
    }
    return last[right.count]
  }

  /// The length of the longest common subsequence, by the same table. O(left × right).
  private static func commonCount(_ left: [UInt32], _ right: [UInt32]) -> Int {
    var last = [Int](repeating: 0, count: right.count + 1)
    for scalar in left {
      var diagonal = 0
      for place in 0..<right.count {
        let above = last[place + 1]
        last[place + 1] = scalar == right[place] ? diagonal + 1 : max(above, last[place])
        diagonal = above
      }
    }
    return last[right.count]
  }
}

extension Graph {
  /// The nearest names of nodes and aliases to a name that is neither. O(names × length²), but no
  /// longer than `seconds`: of a very large graph only the first names are looked at, unless texts are
  /// indexed and some of those that share the rarest pairs of characters are near.
  public func suggestions(for name: String, limit: Int = 3, seconds: Double = 1) -> [String] {
    if nodeTable.count >= Graph.manyNames, let candidates = namesSharingGrams(with: name) {
      let found = NameSuggestions.nearest(to: name, among: candidates, limit: limit)
      if !found.isEmpty { return found }
    }
    let deadline = MonotonicClock.moment(after: seconds)
    func isInTime(_ place: Int) -> Bool {
      place & 0xFFF != 0 || MonotonicClock.nanoseconds < deadline
    }
    let nodes = (0..<nodeTable.count).lazy.prefix(while: isInTime).map {
      self.dictionary.text(of: self.nodeTable.ids[$0])
    }
    let aliasIDs = aliasTable.distinctAliases
    let aliases = aliasIDs.indices.lazy.prefix(while: isInTime).map {
      self.dictionary.text(of: aliasIDs[$0])
    }
    let found = NameSuggestions.nearest(to: name, among: nodes, limit: limit)
    let others = NameSuggestions.nearest(to: name, among: aliases, limit: limit)
    return NameSuggestions.nearest(to: name, among: found + others, limit: limit)
  }

  /// From how many names on a look at all of them takes too long for a suggestion.
  private static let manyNames = 1 << 16
  /// How many groups of texts are looked at instead.
  private static let mostGroups = 2048

  /// The names in those groups of indexed texts that share the rarest grams with a name, and those that
  /// came since; `nil` where there is no index, or all of these grams are common.
  func namesSharingGrams(with name: String) -> [String]? {
    guard let index = textIndexInUse,
      let groups = index.groups(near: name.utf8Span.span, atMost: Graph.mostGroups)
    else { return nil }
    var names: [String] = []
    func add(_ ids: Range<Int>) {
      dictionary.forEach(in: ids) { id, text in
        if nodeTable.contains(id) || aliasTable.contains(id) {
          names.append(dictionary.text(of: id))
        }
        return true
      }
    }
    let size = PackedTextIndex.groupSize
    for group in groups { add(group * size..<min((group + 1) * size, index.textCount)) }
    if index.textCount < dictionary.count { add(index.textCount..<dictionary.count) }
    return names
  }
}
