@_spi(Columns) import GraphCore

/// The rows of a complete relation as edges between small numbers, grouped by where they start, with
/// what another column says of each.
final class NodeGraph {
  /// The edges of node x are those from `offsets[x]` to `offsets[x + 1]`.
  let offsets: Column<UInt32>
  let targets: Column<UInt32>
  /// The words of the third column, if there is one.
  let weights: Column<UInt64>?

  /// Fewer rows than this are grouped by one worker.
  private static let sharedRows = 1 << 16

  /// Groups rows by counting; all ends are below `domain`. Edges of a node stay in the order of the rows.
  /// O(rows + domain).
  ///
  /// Each worker counts and places a part of the rows.
  init(
    from: ColumnView, to: ColumnView, weight: ColumnView?, rowCount: Int, domain: Int,
    workers: Workers?
  ) {
    offsets = Column(repeating: 0, count: domain + 1)
    targets = Column(unspecified: rowCount)
    weights = weight.map { _ in Column(unspecified: rowCount) }
    let workers = rowCount < Self.sharedRows ? Workers(count: 1) : workers ?? Workers(count: 1)
    let parts = workers.count
    let own = (1..<parts).map { _ in Column<UInt32>(repeating: 0, count: domain) }
    defer { keepAlive(own) }
    // Where the next edge of a node goes, for each part. In the end the last part has come to where the edges of the
    // next node begin.
    let places = own.map(\.words) + [offsets.words.slice(1, domain)]
    func rows(_ part: Int) -> Range<Int> {
      part * rowCount / parts..<(part + 1) * rowCount / parts
    }
    workers.forEachChunk(of: parts, size: 1) { _, range in
      for part in range {
        let places = places[part]
        for row in rows(part) { places[Int(truncatingIfNeeded: from[row])] &+= 1 }
      }
    }
    var sum: UInt32 = 0
    if parts == 1 {
      let places = places[0]
      for node in 0..<domain {
        let count = places[node]
        places[node] = sum
        sum &+= count
      }
    } else {
      let all = Column(places)
      defer { keepAlive(all) }
      for node in 0..<domain {
        for part in 0..<parts {
          let count = all.words[part][node]
          all.words[part][node] = sum
          sum &+= count
        }
      }
    }
    let (ends, values) = (targets.words, weights?.words)
    workers.forEachChunk(of: parts, size: 1) { _, range in
      for part in range {
        Self.place(rows(part), from, to, weight, places[part], ends, values)
      }
    }
  }

  private static func place(
    _ rows: Range<Int>, _ from: ColumnView, _ to: ColumnView, _ weight: ColumnView?,
    _ places: Words<UInt32>, _ ends: Words<UInt32>, _ values: Words<UInt64>?
  ) {
    for row in rows {
      let node = Int(truncatingIfNeeded: from[row])
      let place = Int(places[node])
      places[node] &+= 1
      ends[place] = UInt32(truncatingIfNeeded: to[row])
      if let weight, let values { values[place] = weight[row] }
    }
  }

  var byteCount: Int { offsets.byteCount + targets.byteCount + (weights?.byteCount ?? 0) }
}
