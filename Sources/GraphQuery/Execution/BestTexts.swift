@_spi(Columns) import GraphCore

/// The first or the last text of each of many groups. The first eight bytes of each stand beside it, as a number, so that
/// mostly nothing but these is looked at.
final class BestTexts {
  private let terms: TermSpace
  private let isLeast: Bool
  private let keys = Column<UInt64>(unspecified: Batch.capacity)
  private let ids = Column<UInt32>(unspecified: Batch.capacity)
  /// The first bytes of each group's text.
  private let bests = Column<UInt64>()

  /// - Parameter terms: several threads must be able to read them.
  init(_ terms: TermSpace, isLeast: Bool) {
    self.terms = terms
    self.isLeast = isLeast
  }

  var byteCount: Int { bests.byteCount + keys.byteCount + ids.byteCount }

  /// Replaces the texts of groups where one that comes to them is better. O(texts) in all but odd cases, where most begin
  /// with the same eight bytes.
  ///
  /// - Parameters:
  ///   - values: the text of each group that there is
  ///   - counts: 0 for groups that have none yet
  func improve(
    _ values: Words<UInt64>, _ counts: Words<UInt64>, with texts: Words<UInt64>,
    of groups: Words<UInt32>
  ) {
    if bests.count < values.count { bests.grow(by: values.count - bests.count) }
    let (keys, ids) = (keys.words.slice(0, texts.count), ids.words.slice(0, texts.count))
    for i in 0..<texts.count { ids[i] = UInt32(truncatingIfNeeded: texts[i]) }
    terms.prefixes(of: ids, from: 0, into: keys)
    let bests = bests.words
    for i in 0..<texts.count {
      let (key, group) = (keys[i], Int(groups[i]))
      if counts[group] != 0 {
        if key == bests[group] {
          if !precedes(ids[i], UInt32(truncatingIfNeeded: values[group])) { continue }
        } else if (key < bests[group]) != isLeast {
          continue
        }
      }
      (values[group], bests[group]) = (texts[i], key)
      counts[group] = 1
    }
    keepAlive(self)
  }

  /// Whether a text is better than another.
  private func precedes(_ text: UInt32, _ known: UInt32) -> Bool {
    isLeast ? terms.precedes(text, known) : terms.precedes(known, text)
  }
}
