/// What has changed in a table since its base was written: rows that are gone, and rows that came.
///
/// One form serves all tables; those of nodes leave out what only edges have.
struct TableDelta {
  /// Places in the base of rows that have been removed, ascending.
  var dead: [UInt32] = []
  /// The nodes of later rows, or the sources of later edges, in the order of arrival.
  var nodes = Column<UInt32>()
  /// The targets of later edges.
  var targets = Column<UInt32>()
  /// Values of later rows.
  var properties: [Property] = []
  /// Citations; their rows are places in the base or, from its length on, later rows.
  var citations: [(row: Int, said: StagedCitation)] = []
  /// Whether it stands in the place of one that is damaged.
  var isDamaged = false

  /// A property of later rows.
  struct Property {
    var key: UInt32
    var type: ValueType
    var isDeclared: Bool
    /// The later rows that have it, counted from 0, ascending.
    var places: Column<UInt32>
    var words: Column<UInt64>
  }

  /// So many rows of zeros in the place of what is damaged: what was counted stays countable.
  static func damaged(removed: Int, count: Int) -> TableDelta {
    var result = TableDelta()
    result.dead = (0..<UInt32(removed)).map { $0 }
    result.nodes = Column(repeating: 0, count: count)
    result.targets = Column(repeating: 0, count: count)
    result.isDamaged = true
    return result
  }
}

/// A delta in a file that has not been read yet.
struct PendingDelta {
  let removed: Int
  let count: Int
  let load: () -> TableDelta
}
