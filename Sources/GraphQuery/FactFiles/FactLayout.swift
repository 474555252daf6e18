/// How the values of a fact file's line go into the columns of a relation.
struct FactLayout {
  /// What stands at one place of the line.
  struct Field {
    /// The relation's column; nothing where the value is passed over.
    var column: Int?
    /// The place of that column among those that the chunk has: kept ones, made ones, and texts that others are made of;
    /// nothing where its values are only looked at for mistakes.
    var place: Int?
    /// The type of that column.
    var type: ColumnType

    /// Whether its bytes are a text, or hold one in a record.
    var holdsTexts: Bool {
      switch type {
      case .symbol, .record: column != nil
      case .number, .unsigned, .float, .boolean: false
      }
    }
  }

  let name: String
  let columnNames: [String]
  let types: [ColumnType]
  /// The types of the columns that rows have in the end: those that are kept, and behind them those that are made.
  let rowTypes: [ColumnType]
  /// How many columns are kept, and of how many others some are made.
  let keptCount: Int
  let sourceCount: Int
  /// What is made of texts, each with the place of its source.
  let made: [(place: Int, reading: () -> TextReading?)]
  /// The fields up to the last one that is wanted; more may follow and are passed over.
  let fields: [Field]
  let delimiter: [UInt8]
  let isQuoted: Bool
  let isJSON: Bool
  let hasHeaders: Bool
  /// Whether values behind the last field are told of: nobody has said which columns are wanted.
  let tellsOfSurplus: Bool

  /// A column that is made of another one's texts; each chunk has a reading of its own, as patterns grow.
  typealias Made = (column: Int, type: ColumnType, reading: () -> TextReading?)

  /// The layout of all columns, or of those that are to be `kept`, which ascend. Columns that some are made of are others.
  init(
    _ declaration: DeclaredRelation, _ format: TableFormat, keeping kept: [Int]? = nil,
    making made: [Made] = []
  ) {
    name = declaration.name
    columnNames = declaration.attributes.map(\.name)
    types = declaration.attributes.map(\.type)
    delimiter = format.delimiter
    isQuoted = format.isQuoted
    isJSON = format.isJSON
    hasHeaders = format.hasHeaders
    tellsOfSurplus = format.columns == nil && !declaration.attributes.isEmpty
    let types = types
    let kept = kept ?? Array(types.indices)
    let sources = Set(made.map(\.column)).sorted()
    rowTypes = kept.map { types[$0] } + made.map(\.type)
    (keptCount, sourceCount) = (kept.count, sources.count)
    var places = Dictionary(uniqueKeysWithValues: kept.enumerated().map { ($1, $0) })
    for (number, column) in sources.enumerated() { places[column] = rowTypes.count + number }
    self.made = made.compactMap { column in places[column.column].map { ($0, column.reading) } }
    // In rows of JSON each column has its place or its name.
    if let columns = format.columns, !isJSON {
      let last = columns.keys.max() ?? -1
      fields = (0..<last + 1).map { place in
        let column = columns[place]
        return Field(
          column: column, place: column.flatMap { places[$0] },
          type: column.map { types[$0] } ?? .symbol)
      }
    } else {
      fields = types.enumerated().map { Field(column: $0, place: places[$0], type: $1) }
    }
  }

  /// Whether chunks may be read by several workers: records are numbered as they are met.
  var isShareable: Bool {
    !types.contains { if case .record = $0 { true } else { false } }
  }

  /// Whether rows of JSON may be read by `JSONRowScanner`.
  var isPlainJSON: Bool {
    isShareable && !types.isEmpty && types.count <= JSONRowScanner.mostColumns
      && Set(columnNames).count == columnNames.count
  }

  /// Whether bytes of the file are meant as texts.
  var holdsTexts: Bool { fields.contains(where: \.holdsTexts) }

  /// Whether lines may be read by `FactBlockScanner`: one delimiter that no number can hold.
  var isPlain: Bool {
    // A quotation mark that is doubled around a record would have to be halved before it is read.
    guard delimiter.count == 1, !fields.isEmpty, isShareable || !isQuoted else { return false }
    switch delimiter[0] {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
      UInt8(ascii: "\n"), UInt8(ascii: "\r"):
      return false
    default: return true
    }
  }
}

/// What is wrong with a line of a fact file.
struct FactProblem {
  enum Kind {
    /// The line has so many values, which are too few.
    case missing(found: Int)
    /// The value for a column is none of its type; `place` is where it stands in the row.
    case malformed(column: Int, value: [UInt8], place: Range<Int>)
    /// The value is no text, or holds one in a record that is none; `place` is where it stands in the row.
    case noText(value: [UInt8], place: Range<Int>)
    /// The quotation mark at a place of the row is never closed.
    case unclosed(place: Int)
    /// Behind a value in quotation marks stands neither a delimiter nor the end of the row.
    case behindQuote(place: Int)
    /// Something stands behind the last value that is wanted. The row is taken all the same.
    case surplus(place: Int)
  }

  let kind: Kind
  /// How many line ends stand before it in its chunk.
  let line: Int
  /// The bytes of the row; places count from its beginning.
  let text: [UInt8]
}
