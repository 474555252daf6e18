@_spi(Columns) import GraphCore

/// What adds up by groups while a recursion reads it.
protocol RunningTotals: RowSink {
  /// Writes the groups that have grown since the last call to the rule's head.
  func flush(into head: Relation)
}

/// A sum or count by groups that a recursion reads while it grows.
///
/// Rounds bring each binding once; what they bring is added to the row of its group, in the relation itself, whose lattice
/// keeps the greatest. A relation that has rows of its own, which are no sums, gets those of another where they are added up.
final class RunningSum: RunningTotals {
  private let inputType: ColumnType
  private let span: SourceSpan
  /// Where terms are added up: the head, unless it had rows before.
  private let totals: Relation
  private let isDirect: Bool
  /// What each row of a count adds.
  private let ones: Column<UInt64>?
  /// No group has come to more.
  private var bound: UInt64 = 0

  /// - Parameters:
  ///   - inputType: that of the terms of a sum, a whole number.
  ///   - span: the rule's place.
  init(
    counts: Bool, inputType: ColumnType, into head: Relation, terms: TermSpace, span: SourceSpan
  ) {
    ones = counts ? Column(repeating: 1, count: Batch.capacity) : nil
    self.inputType = counts ? .number : inputType
    self.span = span
    isDirect = head.rowCount == 0 && head.choices == nil
    totals =
      isDirect
      ? head : Relation(name: head.name, types: head.types, lattice: head.lattice, terms: terms)
  }

  var heldByteCount: Int { isDirect ? 0 : totals.byteCount }

  func add(_ columns: [Words<UInt64>], count: Int) throws(EngineFailure) {
    guard let ones else {
      if inputType == .number, let inputs = columns.last {
        for i in 0..<count where Int64(bitPattern: inputs[i]) < 0 {
          throw EngineFailure.negative("\(Int64(bitPattern: inputs[i]))", at: span)
        }
      }
      return try addUp(columns, count)
    }
    try addUp(columns.dropLast() + [ones.words], count)
  }

  private func addUp(_ columns: [Words<UInt64>], _ count: Int) throws(EngineFailure) {
    let highest = inputType == .number ? UInt64(Int64.max) : UInt64.max
    if totals.insertAdding(columns, count: count, upTo: highest, bound: &bound) { return }
    throw EngineFailure(
      .negativeTerm, "a sum inside a recursion has outgrown 64 bits", at: span,
      help: "sum floats, by `to_float(...)`")
  }

  /// O(1) where they are there already.
  func flush(into head: Relation) {
    if isDirect || !totals.advance() { return }
    for start in stride(from: totals.stable, to: totals.visible, by: Batch.capacity) {
      let count = min(Batch.capacity, totals.visible - start)
      let rows = totals.load(from: start, count: count)
      head.insert((0..<totals.arity).map { rows[$0] }, count: count)
    }
  }
}

extension EngineFailure {
  /// A sum that must only grow meets a term below zero.
  static func negative(_ term: String, at span: SourceSpan) -> EngineFailure {
    EngineFailure(
      .negativeTerm, "a sum inside a recursion meets the negative term \(term)", at: span,
      help: "such a sum must only grow; leave negative terms out by a condition, or sum them in a "
        + "rule of its own after the recursion")
  }
}
