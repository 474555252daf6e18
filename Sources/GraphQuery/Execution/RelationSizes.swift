import GraphCore

/// How much the relations of a run hold together. A rule touches few of them, and only those are
/// looked at again after it: a program of hundreds of relations would otherwise spend its time on
/// adding them up.
struct RelationSizes {
  private var rows: [Int]
  private var bytes: [Int]
  /// The rows that rules have derived.
  private(set) var rowCount = 0
  private(set) var byteCount = 0

  init(_ relations: [Relation]) {
    rows = Array(repeating: 0, count: relations.count)
    bytes = rows
    for (index, relation) in relations.enumerated() { update(index, relation) }
  }

  /// Takes the present size of a relation in place of its former one.
  mutating func update(_ index: Int, _ relation: Relation) {
    // Borrowed relations are those of the store, which nobody derived.
    let (newRows, newBytes) = (relation.isBorrowed ? 0 : relation.liveCount, relation.byteCount)
    rowCount += newRows - rows[index]
    byteCount += newBytes - bytes[index]
    (rows[index], bytes[index]) = (newRows, newBytes)
  }
}

extension LimitGuard {
  /// Stops a run whose relations hold too much, and tells the monitor how much that is.
  func checkMemory(_ sizes: RelationSizes, _ span: SourceSpan) throws(EngineFailure) {
    monitor?.note(rows: sizes.rowCount, bytes: sizes.byteCount)
    try checkMemory(held: sizes.byteCount, span)
  }

  /// The same, of relations that are counted anew, and of what is held beside them.
  func checkMemory(_ relations: [Relation], beside bytes: Int = 0, _ span: SourceSpan)
    throws(EngineFailure)
  {
    try checkMemory(held: noteSize(of: relations) + bytes, span)
  }

  /// Tells the monitor how much is there; returns the bytes.
  @discardableResult
  func noteSize(of relations: [Relation]) -> Int {
    let sizes = RelationSizes(relations)
    monitor?.note(rows: sizes.rowCount, bytes: sizes.byteCount)
    return sizes.byteCount
  }
}
