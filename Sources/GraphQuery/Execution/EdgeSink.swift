@_spi(Columns) import GraphCore

/// Takes the edges that a graph algorithm works on.
final class EdgeSink: RowSink {
  private let sources: WordColumn
  private let targets: WordColumn

  init(_ type: ColumnType) {
    sources = WordColumn(kind: type.wordKind)
    targets = WordColumn(kind: type.wordKind)
  }

  var count: Int { sources.count }

  var byteCount: Int { sources.byteCount + targets.byteCount }

  func add(_ columns: [Words<UInt64>], count: Int) throws(EngineFailure) {
    for (column, words) in zip([sources, targets], columns) {
      let start = column.count
      column.prepare(for: words, count: count).store(words, count: count, at: start)
    }
  }

  /// The graph of what has been taken.
  func graph(_ type: ColumnType, isOrdered: Bool, terms: TermSpace) -> AlgorithmGraph {
    AlgorithmGraph(
      from: sources.view, to: targets.view, count: count, type: type, isOrdered: isOrdered,
      terms: terms)
  }
}
