@_spi(Columns) import GraphCore

/// Groups the rows of a rule and computes one or more aggregates per group, or the best value of each key of a lattice.
///
/// The rows arrive as (group columns, a value for each aggregate); every row counts, because a rule's body yields each
/// binding of its variables once. Groups of one aggregate whose columns fit one word are kept in a `GroupTable`, as long as all of
/// them do; others, and values that are more than a word (sums of doubles, which are exact, texts, records), in
/// `RowGroups`.
final class AggregateSink: RowSink {
  /// The groups, as long as all can be packed.
  private var packed: GroupBatches?
  private let rows: RowGroups

  /// A function with the type of the values that it is over.
  typealias Function = (function: AggregateFunction, inputType: ColumnType)

  /// - Parameters:
  ///   - functions: at least one
  ///   - order: that in which groups come out, a number for each relation that is filled (see `GroupTable`)
  init(functions: [Function], groupTypes: [ColumnType], order: Int, terms: TermSpace) {
    if let only = functions.first, functions.count == 1 {
      packed = Self.packedGroups(only.function, groupTypes, only.inputType, order)
    }
    rows = RowGroups(
      groupTypes: groupTypes,
      values: functions.map { GroupValues($0.function, of: $0.inputType, terms) }, terms: terms)
  }

  private static func packedGroups(
    _ function: AggregateFunction, _ groupTypes: [ColumnType], _ inputType: ColumnType, _ order: Int
  ) -> GroupBatches? {
    if groupTypes.isEmpty { return nil }
    switch function {
    case .count: return GroupBatches(groupTypes, .add, values: .ones, order: order)
    case .sum:
      return inputType == .float
        ? nil : GroupBatches(groupTypes, .add, values: .words, order: order)
    case .min:
      return inputType.hasOrderKey
        ? GroupBatches(groupTypes, .least, values: .keys(inputType), order: order) : nil
    case .max:
      return inputType.hasOrderKey
        ? GroupBatches(groupTypes, .greatest, values: .keys(inputType), order: order) : nil
    case .mean: return nil
    }
  }

  var heldByteCount: Int { (packed?.byteCount ?? 0) + rows.byteCount }

  func add(_ columns: [Words<UInt64>], count: Int) throws(EngineFailure) {
    if let packed {
      if packed.add(columns, count: count) { return }
      unpack()
    }
    rows.add(columns, count: count)
  }

  /// Makes a group of each row of the last round, so that those without rows have their zero.
  func addGroups(of demand: Relation) {
    unpack()
    rows.addGroups(of: demand)
  }

  /// Goes over to groups as rows.
  private func unpack() {
    guard let packed else { return }
    packed.forEachBatch { rows.addResults($0, count: $1) }
    self.packed = nil
  }

  // MARK: Result

  /// Whether the results of parts of the rows can be made one, by several workers: not where texts are compared that may
  /// have to be unpacked first.
  static func canMerge(
    _ function: AggregateFunction, _ inputType: ColumnType, _ terms: TermSpace
  ) -> Bool {
    switch function {
    case .count, .sum, .mean: true
    case .min, .max: inputType.hasOrderKey || terms.isShareable
    }
  }

  /// Writes the (group, result) rows of what several sinks have collected to the head of each aggregate.
  static func finish(_ sinks: [AggregateSink], into results: [Relation], _ workers: Workers?) {
    guard let first = sinks.first, let result = results.first else { return }
    let packed = sinks.compactMap(\.packed)
    guard packed.count == sinks.count, GroupBatches.canMerge(packed) else {
      for sink in sinks.dropFirst() { first.absorb(sink) }
      return first.finish(into: results)
    }
    let isFirst = takesDistinct(result)
    guard isFirst, let workers, sinks.count > 1 else {
      return GroupBatches.forEachBatch(of: packed, part: 0, of: 1) {
        if isFirst { result.insertDistinct($0, count: $1) } else { result.insert($0, count: $1) }
      }
    }
    var parts = 1
    while parts < workers.count { parts *= 2 }
    let shares = (0..<parts).map { _ in Relation(like: result) }
    workers.forEachChunk(of: parts, size: 1) { _, range in
      for part in range {
        GroupBatches.forEachBatch(of: packed, part: part, of: parts) {
          shares[part].insertDistinct($0, count: $1)
        }
      }
    }
    result.adopt(distinct: shares, workers)
  }

  /// Whether groups, which differ from each other, are all new to a relation.
  private static func takesDistinct(_ result: Relation) -> Bool {
    result.rowCount == 0 && result.choices == nil
  }

  /// Adds what another sink has come to.
  private func absorb(_ other: AggregateSink) {
    unpack()
    other.unpack()
    rows.absorb(other.rows)
  }

  private func finish(into results: [Relation]) {
    let areFirst = results.map(Self.takesDistinct)
    func insert(_ number: Int, _ columns: [Words<UInt64>], _ count: Int) {
      if areFirst[number] {
        results[number].insertDistinct(columns, count: count)
      } else {
        results[number].insert(columns, count: count)
      }
    }
    if let packed {
      packed.forEachBatch { insert(0, $0, $1) }
    } else {
      rows.finish(insert)
    }
  }
}
