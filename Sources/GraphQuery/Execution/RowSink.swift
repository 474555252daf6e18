@_spi(Columns) import GraphCore

/// Takes the rows that a rule derives, a batch at a time.
protocol RowSink: AnyObject {
  func add(_ columns: [Words<UInt64>], count: Int) throws(EngineFailure)

  /// Whether more rows would change nothing.
  var isComplete: Bool { get }

  /// The bytes that it holds until the rule has run, which no relation counts.
  var heldByteCount: Int { get }

  /// What tells rows from each other by groups, where that is done.
  var groupedHead: GroupedHead? { get }
}

extension RowSink {
  var isComplete: Bool { false }
  var heldByteCount: Int { 0 }
  var groupedHead: GroupedHead? { nil }
}

/// What takes rows where nobody wants them: between runs.
final class NoSink: RowSink, Sendable {
  static let shared = NoSink()

  func add(_ columns: [Words<UInt64>], count: Int) throws(EngineFailure) {}
}

/// How derived rows are told from each other and from those that their relation has.
enum Insertion {
  /// Each is looked up among the rows of the relation.
  case looksUp
  /// All are known to differ.
  case distinct
  /// Pairs that come in groups by a column, one rule's to an empty relation.
  case grouped(Int)

  /// What adds rows to a relation so.
  func sink(into relation: Relation) -> any RowSink {
    switch self {
    case .looksUp: RelationSink(relation, isDistinct: false)
    case .distinct: RelationSink(relation, isDistinct: true)
    case .grouped(let column): GroupedHead(relation, groupColumn: column)
    }
  }
}

/// Adds derived rows to a relation.
final class RelationSink: RowSink {
  private let relation: Relation
  /// All rows are known to differ, from each other and from those of the relation.
  private let isDistinct: Bool

  init(_ relation: Relation, isDistinct: Bool) {
    self.relation = relation
    self.isDistinct = isDistinct
  }

  func add(_ columns: [Words<UInt64>], count: Int) throws(EngineFailure) {
    if isDistinct {
      relation.insertDistinct(columns, count: count)
    } else {
      relation.insert(columns, count: count)
    }
  }

  /// A relation without columns has one row or none.
  var isComplete: Bool { relation.arity == 0 && relation.rowCount > 0 }
}

/// Adds derived rows to a relation of one worker, which is copied to the head when all are done: until then nobody else
/// counts what it holds, and it is there twice at the end.
final class PartSink: RowSink {
  private let inner: any RowSink
  private let part: Relation

  init(_ part: Relation, _ way: Insertion) {
    inner = way.sink(into: part)
    self.part = part
  }

  func add(_ columns: [Words<UInt64>], count: Int) throws(EngineFailure) {
    try inner.add(columns, count: count)
  }

  var isComplete: Bool { inner.isComplete }
  var heldByteCount: Int { inner.heldByteCount + 2 * part.byteCount }
  var groupedHead: GroupedHead? { inner.groupedHead }
}

/// Takes rows out of a relation that another row of it dominates. The columns of a batch are those
/// of the lesser row, then those of the greater one.
final class DominanceSink: RowSink {
  private let relation: Relation

  init(_ relation: Relation) { self.relation = relation }

  func add(_ columns: [Words<UInt64>], count: Int) throws(EngineFailure) {
    relation.removeDominated(
      Array(columns[..<relation.arity]), by: Array(columns[relation.arity...]), count: count)
  }
}
