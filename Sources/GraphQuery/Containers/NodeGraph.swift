@_spi(Columns) import GraphCore

/// The rows of a complete relation as edges between small numbers, grouped by where they start, with
/// what another column says of each.
final class NodeGraph {
  /// The edges of node x are those from `offsets[x]` to `offsets[x + 1]`.
  let offsets: Column<UInt32>
  let targets: Column<UInt32>
  /// The words of the third column, if there is one.
  let weights: Column<UInt64>?

  /// Groups rows by counting; all ends are below `domain`. O(rows + domain).
  init(from: ColumnView, to: ColumnView, weight: ColumnView?, rowCount: Int, domain: Int) {
    offsets = Column(repeating: 0, count: domain + 2)
    targets = Column(minimumCapacity: rowCount)
    targets.grow(by: rowCount)
    weights = weight.map { _ in Column(repeating: 0, count: rowCount) }
    // While rows are placed, `places[x + 1]` is where the next edge of x goes; in the end that is where
    // those of x + 1 begin.
    let places = offsets.words
    for row in 0..<rowCount { places[Int(truncatingIfNeeded: from[row]) + 2] &+= 1 }
    for node in 2..<(domain + 2) { places[node] &+= places[node - 1] }
    let ends = targets.words
    if let weight, let weights {
      let values = weights.words
      for row in 0..<rowCount {
        let node = Int(truncatingIfNeeded: from[row]) + 1
        let place = Int(places[node])
        places[node] &+= 1
        ends[place] = UInt32(truncatingIfNeeded: to[row])
        values[place] = weight[row]
      }
    } else {
      for row in 0..<rowCount {
        let node = Int(truncatingIfNeeded: from[row]) + 1
        ends[Int(places[node])] = UInt32(truncatingIfNeeded: to[row])
        places[node] &+= 1
      }
    }
  }

  var byteCount: Int { offsets.byteCount + targets.byteCount + (weights?.byteCount ?? 0) }
}

extension Relation {
  /// One more than the greatest value of some columns, where all of them are small enough to number
  /// an array by: there may be few more places than rows. O(rows).
  static func nodeDomain(_ columns: [(relation: Relation, column: Int)]) -> Int? {
    var highest: UInt64 = 0
    var rows = 0
    for (relation, column) in columns {
      let view = relation.view(column)
      guard view.presence == nil else { return nil }
      rows += relation.rowCount
      // A negative number is a very large word.
      for row in 0..<relation.rowCount { highest = max(highest, view[row]) }
    }
    guard highest < UInt64(max(1 << 16, 8 * rows)), highest < 1 << 30 else { return nil }
    return Int(highest) + 1
  }
}
