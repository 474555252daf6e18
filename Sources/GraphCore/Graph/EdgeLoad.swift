/// Edges without properties or citations that are gathered first and then added all at once: parted
/// by their types, freed of repetitions by sorting, and put into tables as whole columns, which are
/// indexed only if somebody asks for single edges.
///
/// ```
///  types    │ 7 │ 7 │ 9 │…
///  sources  │12 │40 │12 │…    terms, in the order of arrival
///  targets  │31 │31 │40 │…
///  runs     rows 0… are the facts 5…, rows 2… the facts 9…
/// ```
package final class EdgeLoad {
  private var types = Column<UInt32>()
  private var sources = Column<UInt32>()
  private var targets = Column<UInt32>()
  private var runs: [(row: Int, ordinal: Int)] = []

  package init() {}

  /// How many edges are waiting.
  package var count: Int { types.count }

  /// Appends an edge; terms as they are written, not yet followed through aliases.
  package func append(_ type: UInt32, _ source: UInt32, _ target: UInt32, ordinal: Int) {
    note(ordinal)
    types.append(type)
    sources.append(source)
    targets.append(target)
  }

  /// Appends rows of a chunk that are facts of consecutive numbers.
  func append(_ chunk: EdgeChunk, _ rows: Range<Int>, type: UInt32, ordinal: Int) {
    note(ordinal)
    let first = types.count
    for column in [types, sources, targets] { column.grow(by: rows.count) }
    func copy(_ fields: Column<TextField>, to column: Column<UInt32>) {
      let from = fields.words.slice(rows.lowerBound, rows.count)
      let to = column.words.slice(first, rows.count)
      for row in 0..<from.count { to[row] = from[row].term }
    }
    copy(chunk.sources, to: sources)
    copy(chunk.targets, to: targets)
    if chunk.types.count > 0 {
      copy(chunk.types, to: types)
    } else {
      let words = types.words
      for row in first..<words.count { words[row] = type }
    }
  }

  private func note(_ ordinal: Int) {
    if let last = runs.last, ordinal - last.ordinal == types.count - last.row { return }
    runs.append((types.count, ordinal))
  }

  // MARK: - Into the graph

  /// The edges of one type.
  private final class Part {
    let type: UInt32
    let rows: Range<Int>
    var columns: EdgeTable.Rows?

    init(type: UInt32, rows: Range<Int>) {
      self.type = type
      self.rows = rows
    }
  }

  /// Adds the edges to the graph and forgets them.
  ///
  /// - Complexity: O(edges × digits of a pair of terms); where a table has edges already, that of
  ///   adding one by one.
  package func flush(into writer: inout GraphWriter, workers: Workers) {
    guard count > 0 else { return }
    writer.prepare(types: types, sources: sources, targets: targets)
    let parts = partByType(keepsOrdinals: !writer.graph.schema.isEmpty)
    let graph = writer.graph
    // Large ones first, so that the workers end together.
    let order = parts.pieces.sorted { $0.rows.count > $1.rows.count }
      .filter { (graph.edgeSet[$0.type]?.count ?? 0) == 0 }
    workers.forEachChunk(of: order.count, size: 1) { (_, chunk) in
      for place in chunk {
        let rows = order[place].rows
        order[place].columns = EdgeTable.Rows(
          sources: parts.sources.words.slice(rows.lowerBound, rows.count),
          targets: parts.targets.words.slice(rows.lowerBound, rows.count),
          ordinals: parts.ordinals.map { $0.words.slice(rows.lowerBound, rows.count) })
      }
    }
    for part in parts.pieces {
      if let columns = part.columns {
        if writer.adopt(columns, type: part.type) { continue }
      }
      for row in part.rows {
        writer.addEdgeUnrecorded(
          type: part.type, from: parts.sources[row], to: parts.targets[row],
          ordinal: parts.ordinals.map { Int($0[row]) } ?? 0)
      }
    }
  }

  /// Puts the edges of each type together, types and edges in the order of arrival. O(edges).
  private func partByType(
    keepsOrdinals: Bool
  ) -> (pieces: [Part], sources: Column<UInt32>, targets: Column<UInt32>, ordinals: Column<UInt32>?)
  {
    let (types, sources, targets, runs) = (types, sources, targets, runs)
    self.types = Column()
    self.sources = Column()
    self.targets = Column()
    self.runs = []
    let rows = types.words
    var greatest: UInt32 = 0
    for row in 0..<rows.count { greatest = max(greatest, rows[row]) }
    // The number of edges of each type, later where the next of them goes.
    let counts = Column<UInt32>(repeating: 0, count: Int(greatest) + 1)
    let next = counts.words
    var found: [UInt32] = []
    for row in 0..<rows.count {
      let type = Int(rows[row])
      if next[type] == 0 { found.append(rows[row]) }
      next[type] &+= 1
    }
    var pieces: [Part] = []
    var start = 0
    for type in found {
      let count = Int(next[Int(type)])
      pieces.append(Part(type: type, rows: start..<start + count))
      next[Int(type)] = UInt32(start)
      start += count
    }
    let partedSources = Column<UInt32>(minimumCapacity: start)
    let partedTargets = Column<UInt32>(minimumCapacity: start)
    let ordinals = keepsOrdinals ? Column<UInt32>(minimumCapacity: start) : nil
    for column in [partedSources, partedTargets] { column.grow(by: start) }
    ordinals?.grow(by: start)
    let from = sources.words
    let to = targets.words
    let newFrom = partedSources.words
    let newTo = partedTargets.words
    for (place, run) in runs.enumerated() {
      let end = place + 1 < runs.count ? runs[place + 1].row : rows.count
      for row in run.row..<end {
        let type = Int(rows[row])
        let target = Int(next[type])
        next[type] &+= 1
        newFrom[target] = from[row]
        newTo[target] = to[row]
        if let ordinals {
          ordinals.words[target] = UInt32(truncatingIfNeeded: run.ordinal + row - run.row)
        }
      }
    }
    keepAlive(types, sources, targets, counts)
    return (pieces, partedSources, partedTargets, ordinals)
  }
}

extension GraphWriter {
  /// Notes edges that come as columns: in the journal, in the node table, and with the nodes in place
  /// of their other names.
  fileprivate mutating func prepare(
    types: Column<UInt32>, sources: Column<UInt32>, targets: Column<UInt32>
  ) {
    transaction.hasOwnChanges = true
    let count = types.count
    if let journal = graph.journal {
      var row = 0
      while row < count, !journal.isOverflowing {
        journal.record(edge: types[row], sources[row], targets[row], [], StagedCitation())
        row += 1
      }
    }
    let from = sources.words
    let to = targets.words
    if graph.aliasTable.count > 0 {
      for row in 0..<count {
        from[row] = node(from[row])
        to[row] = node(to[row])
      }
    }
    graph.nodeTable.insert(from, to)
  }

  /// Makes rows those of a type that has none; false where it has.
  fileprivate mutating func adopt(_ rows: EdgeTable.Rows, type: UInt32) -> Bool {
    edgeTable = nil
    return graph.edgeTableForWriting(type).adopt(rows)
  }
}
