extension TermDictionary {
  /// Sorts terms by their texts: by the first eight bytes of each, then those that agree in these
  /// by the next eight, and so on (multikey radix sort: Bentley and Sedgewick, "Fast algorithms for
  /// sorting and searching strings", 1997, with words for characters). O(bytes that tell the texts
  /// apart).
  func sort(_ order: Column<UInt32>) {
    var rest = [(rows: 0..<order.count, offset: 0)]
    while let (rows, offset) = rest.popLast() {
      if rows.count <= 16 || offset >= 128 {
        sortByComparing(order, rows)
        continue
      }
      let terms = Column<UInt32>(minimumCapacity: rows.count)
      let prefixes = Column<UInt64>(minimumCapacity: rows.count)
      for row in rows {
        approach(order.words, behind: row)
        terms.append(order[row])
        prefixes.append(prefix(of: order[row], from: offset))
      }
      RadixSort.sort(prefixes, with: terms)
      var start = 0
      while start < terms.count {
        var end = start
        while end < terms.count && prefixes[end] == prefixes[start] {
          order[rows.lowerBound + end] = terms[end]
          end += 1
        }
        if end - start > 1 {
          rest.append((rows.lowerBound + start..<rows.lowerBound + end, offset + 8))
        }
        start = end
      }
    }
  }

  /// Sorts a few terms whose beginnings agree, or many that differ late.
  private func sortByComparing(_ order: Column<UInt32>, _ rows: Range<Int>) {
    guard rows.count <= 16 else {
      let sorted = rows.map { order[$0] }.sorted { precedes($0, $1) }
      for (place, term) in sorted.enumerated() { order[rows.lowerBound + place] = term }
      return
    }
    for row in rows.dropFirst() {
      let term = order[row]
      var place = row
      while place > rows.lowerBound && precedes(term, order[place - 1]) {
        order[place] = order[place - 1]
        place -= 1
      }
      order[place] = term
    }
  }
}
