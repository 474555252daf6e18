@_spi(Columns) import GraphCore

/// Sorts rows by some columns, then by the remaining ones, so that every order is total.
///
/// The columns become numbers whose order is theirs, packed into as few words as they fit, and the
/// rows are sorted by these words from the last to the first, byte by byte.
struct RowSorter {
  private let relation: Relation
  private let fields: [SortField]

  init(_ relation: Relation, keys: [(column: Int, isDescending: Bool)], terms: TermSpace) {
    self.relation = relation
    fields = SortField.fields(of: relation, keys: keys, terms: terms)
  }

  /// Sorts the rows; false where the token was cancelled meanwhile. O(rows × words of a key).
  @discardableResult
  func sort(_ rows: inout [UInt32], unless token: CancelToken? = nil) -> Bool {
    if rows.count < 2 { return true }
    let numbers = Column<UInt32>(rows)
    let keys = Column<UInt64>(repeating: 0, count: rows.count)
    let words = Column<UInt64>(repeating: 0, count: Batch.capacity)
    defer { keepAlive(numbers, keys, words) }
    for group in groups().reversed() {
      if token?.isCancelled ?? false { return false }
      for start in stride(from: 0, to: rows.count, by: Batch.capacity) {
        let count = min(Batch.capacity, rows.count - start)
        let part = keys.words.slice(start, count)
        for i in 0..<count { part[i] = 0 }
        for field in group {
          relation.view(field.column).gather(
            numbers.words.slice(start, count), count: count, into: words.words)
          field.append(words.words, count: count, to: part)
        }
      }
      RadixSort.sort(keys, with: numbers)
    }
    for place in rows.indices { rows[place] = numbers[place] }
    return !(token?.isCancelled ?? false)
  }

  /// The fields in runs that fit a word.
  private func groups() -> [[SortField]] {
    var groups: [[SortField]] = []
    var bits = 0
    for field in fields {
      if groups.isEmpty || bits + field.bits > 64 {
        groups.append([])
        bits = 0
      }
      groups[groups.count - 1].append(field)
      bits += field.bits
    }
    return groups
  }
}
