/// A property as it lies in a file: which rows or nodes have it, and their values.
final class PackedProperty {
  let type: ValueType
  /// The rows of an edge type, or the nodes, that have the property.
  let places: PackedSet
  private let section: PackedSection
  private let termCount: Int
  private var known: Values?

  private struct Values {
    let form: SectionCoding.ValueForm
    let scale: Int
    let column: PackedColumn
  }

  /// - Parameters:
  ///   - count: how many values there are.
  ///   - limit: all rows or nodes are below.
  init(_ section: PackedSection, type: ValueType, count: Int, below limit: Int, termCount: Int) {
    self.section = section
    self.type = type
    self.termCount = termCount
    places = PackedSet(section, count: count, below: limit)
  }

  var count: Int { places.count }

  private func values() throws(FormatError) -> Values {
    if let known { return known }
    let bytes = try section.bytes()
    let start = (try places.column().byteCount + 7) & ~7
    try bytes.check(start, start + 8)
    let (form, scale) = try SectionCoding.form(bytes.bytes, at: start, type: type)
    let column = try PackedColumn(bytes, at: start + 8)
    guard column.count == count else { throw FormatError("values are missing") }
    let values = Values(form: form, scale: scale, column: column)
    known = values
    return values
  }

  /// The word of the value at an index; 0 where it is damaged. O(1).
  func word(at index: Int) -> UInt64 {
    section.read(0) { () throws(FormatError) in
      let values = try values()
      let word = try values.column.value(at: index)
      if let limit = SectionCoding.limit(type, termCount: termCount), word >= limit {
        throw FormatError("a packed value is out of range")
      }
      return SectionCoding.word(word, values.form, values.scale)
    }
  }

  /// The words of all values; zeros where they are damaged. O(count).
  func unpackWords() -> Column<UInt64> {
    section.read(Column(repeating: 0, count: count)) { () throws(FormatError) in
      let values = try values()
      let result = try values.column.decode(
        as: UInt64.self, below: SectionCoding.limit(type, termCount: termCount))
      SectionCoding.translate(result.words, values.form, values.scale)
      return result
    }
  }
}

/// Citations as they lie in a file, in the order of the rows that they are of.
final class PackedCitations {
  let count: Int
  private let section: PackedSection
  private let rowLimit: Int
  private let termCount: Int
  private var known: Columns?

  private struct Columns {
    let rows: PackedColumn
    let sources: PackedColumn
    let lines: PackedColumn
  }

  init(_ section: PackedSection, count: Int, rows rowLimit: Int, termCount: Int) {
    self.section = section
    self.count = count
    self.rowLimit = rowLimit
    self.termCount = termCount
  }

  private func columns() throws(FormatError) -> Columns {
    if let known { return known }
    let bytes = try section.bytes()
    var at = 0
    func next() throws(FormatError) -> PackedColumn {
      let column = try PackedColumn(bytes, at: at)
      guard column.count == count else { throw FormatError("citations are missing") }
      at += (column.byteCount + 7) & ~7
      return column
    }
    let columns = Columns(rows: try next(), sources: try next(), lines: try next())
    known = columns
    return columns
  }

  /// Where the citations of a place lie. O(log count).
  func range(of place: Int) -> Range<Int> {
    section.read(0..<0) { () throws(FormatError) in
      let rows = try columns().rows
      let start = try rows.lowerBound(UInt64(place))
      let end = try rows.lowerBound(UInt64(place) + 1)
      return start..<max(start, end)
    }
  }

  /// A citation. O(1).
  func citation(at index: Int) -> StagedCitation {
    section.read(StagedCitation()) { () throws(FormatError) in
      let columns = try columns()
      let source = try columns.sources.value(at: index)
      let lines = try columns.lines.value(at: index)
      guard source <= UInt64(termCount), lines <= UInt64(termCount) else {
        throw FormatError("a packed value is out of range")
      }
      // 0 stands for none, which is the highest number in memory.
      return StagedCitation(
        source: UInt32(truncatingIfNeeded: source) &- 1,
        lines: UInt32(truncatingIfNeeded: lines) &- 1)
    }
  }

  /// All citations; zeros where they are damaged. O(count).
  func unpack() -> UnpackedCitations {
    let zeros = { Column<UInt32>(repeating: 0, count: self.count) }
    return section.read(UnpackedCitations(rows: zeros(), sources: zeros(), lines: zeros())) {
      () throws(FormatError) in
      let columns = try columns()
      let limit = UInt64(termCount) + 1
      let result = UnpackedCitations(
        rows: try columns.rows.decode(below: UInt64(rowLimit)),
        sources: try columns.sources.decode(below: limit),
        lines: try columns.lines.decode(below: limit))
      for index in 0..<count {
        if index > 0 && result.rows[index - 1] > result.rows[index] {
          throw FormatError("citations do not ascend")
        }
        result.sources[index] &-= 1
        result.lines[index] &-= 1
      }
      return result
    }
  }
}

/// Citations in plain columns, in the order of their rows.
struct UnpackedCitations {
  var rows: Column<UInt32>
  var sources: Column<UInt32>
  var lines: Column<UInt32>
}
