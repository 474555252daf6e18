@_spi(Columns) public import GraphCore

/// The rows of a query's answer, in their order: that of `order by`, else by value, column by
/// column.
///
/// ```swift
/// let answer = try session.query("?(z, v) :- measured(z, \"税收\", value: v) order by v desc.")
/// for row in 0..<answer.rowCount {
///   print(answer.value(row: row, column: 0), answer.value(row: row, column: 1))
/// }
/// ```
///
/// Rows and columns count from 0; a row that there is not is a trap. Texts are decoded when they
/// are asked for: after a `rollback` those that only the lost transaction knew are gone. Rows of a
/// large answer are fetched 512 at a time, so going through them row by row is cheapest.
public final class Answer {
  /// What the heading of a column says.
  public struct Column: Sendable {
    /// The variable's name, or the expression as written.
    public let name: String
    /// What all values of the column are. A record is a text, as it is written.
    public let type: ValueType
  }

  private enum Rows {
    /// Few rows, all of which are in the window.
    case copied
    /// Rows of a relation, by their numbers.
    case of(Relation, [UInt32])
  }

  /// The columns, in the order of the query's head; of `?-` all named variables as they first stand
  /// there.
  public let columns: [Column]
  /// How many rows there are, after `limit` and `offset`.
  public let rowCount: Int
  private let rows: Rows
  private let types: [ColumnType]
  private let terms: TermSpace
  /// The words of consecutive rows, row by row: those of a relation are fetched some at a time.
  private let window: GraphCore.Column<UInt64>
  private let arity: Int
  @safe @exclusivity(unchecked) private var windowStart = 0
  @safe @exclusivity(unchecked) private var windowEnd = 0
  private static let windowLength = 512
  /// Nanoseconds from the query's text to its answer.
  public internal(set) var duration: UInt64 = 0

  /// - Throws: where the token is cancelled while rows are sorted, or there is no room to sort them.
  init(
    _ relation: Relation, names: [String], query: Query, range: Range<Int>?, terms: TermSpace,
    limits: QueryLimits, token: CancelToken? = nil
  ) throws(EngineFailure) {
    self.terms = terms
    types = relation.types
    columns = zip(names, relation.types).map { Column(name: $0, type: $1.valueType) }
    guard relation.rowCount < Int(UInt32.max) else {
      throw EngineFailure(
        .limitReached, "the answer has more than 4,294,967,294 rows", at: query.span,
        help: "count them, or ask for a part of them")
    }
    // The number of a row and its key, twice while they are sorted.
    let space = relation.spreadByteCount + 24 * relation.liveCount
    try LimitGuard(limits, token: token, work: "the answer was being sorted")
      .checkMemory(held: relation.byteCount + space, query.span)
    var rows: [UInt32] = []
    if relation.liveCount > 1 {
      let keys = query.order.compactMap { key in
        names.firstIndex(of: key.variable.text).map { (column: $0, isDescending: key.isDescending) }
      }
      let sorter = RowSorter(relation, keys: keys, terms: terms)
      guard let sorted = sorter.sorted(unless: token) else {
        throw EngineFailure(.interrupted, "interrupted", at: nil)
      }
      rows = sorted
    } else {
      for row in 0..<relation.rowCount where !relation.isDead(row) {
        rows.append(UInt32(truncatingIfNeeded: row))
      }
    }
    if let range {
      rows = Array(rows[range.clamped(to: 0..<rows.count)])
    }
    rowCount = rows.count
    arity = relation.arity
    if relation.rowCount * relation.arity > Self.mostCopied {
      self.rows = .of(relation, rows)
      window = GraphCore.Column(repeating: 0, count: Self.windowLength * relation.arity)
    } else {
      self.rows = .copied
      window = GraphCore.Column(minimumCapacity: rows.count * relation.arity)
      for row in rows {
        for column in 0..<relation.arity {
          window.append(relation.word(row: Int(row), column: column))
        }
      }
      windowEnd = rowCount
    }
  }

  /// So many words are copied, so that the relation can hold the answer to the next question.
  private static let mostCopied = 4096

  /// Whether the relation that the answer was made from must stay as it is.
  var holdsRelation: Bool { if case .of = rows { true } else { false } }

  /// A query without variables has no columns: it holds or it does not.
  public var isTruthValue: Bool { columns.isEmpty }

  /// Whether there is any row: the answer to a query without variables.
  public var holds: Bool { rowCount > 0 }

  /// A cell. O(1), or O(length) of a text; the first cell of a block of rows fetches all of them.
  public func value(row: Int, column: Int) -> Value {
    types[column].value(word(row: row, column: column), terms)
  }

  /// Appends a cell's text, as UTF-8, without quotes. Nothing is allocated for stored texts.
  public func appendText(row: Int, column: Int, to output: inout [UInt8]) {
    WordText.append(word(row: row, column: column), types[column], terms, to: &output)
  }

  /// A cell's text, without quotes; see `appendText`.
  public func text(row: Int, column: Int) -> String {
    var bytes: [UInt8] = []
    appendText(row: row, column: column, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// A cell as the engine holds it: `ColumnType` says how its bits are read.
  package func word(row: Int, column: Int) -> UInt64 {
    if row < windowStart || row >= windowEnd { moveWindow(to: row) }
    return window[(row &- windowStart) &* arity &+ column]
  }

  /// Fetches the rows around one. O(words of the window).
  private func moveWindow(to row: Int) {
    guard case .of(let relation, let order) = rows, row >= 0, row < rowCount else {
      preconditionFailure("there is no such row")
    }
    let start = row / Self.windowLength * Self.windowLength
    let end = min(rowCount, start + Self.windowLength)
    for column in 0..<arity {
      let view = relation.view(column)
      for row in start..<end {
        window[(row &- start) &* arity &+ column] = view[Int(order[row])]
      }
    }
    (windowStart, windowEnd) = (start, end)
  }
}

extension ColumnType {
  /// The value that a word of a column of this type stands for.
  func value(_ word: UInt64, _ terms: TermSpace) -> Value {
    switch self {
    case .symbol: return .text(terms.text(UInt32(truncatingIfNeeded: word)))
    case .number: return .integer(Int64(bitPattern: word))
    case .unsigned: return .unsigned(word)
    case .float: return .float(Double(bitPattern: word))
    case .boolean: return .boolean(word != 0)
    case .record:
      var bytes: [UInt8] = []
      WordText.append(word, self, terms, to: &bytes)
      return .text(String(decoding: bytes, as: UTF8.self))
    }
  }
}
