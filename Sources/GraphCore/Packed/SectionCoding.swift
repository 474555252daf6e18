/// Turns the rows of tables into sections and back.
///
/// Every section is a row of packed columns, each followed by zeros up to a multiple of eight.
///
/// ```
///  nodes, label        the terms of the nodes, ascending
///  edges               codec bit 0: no two edges join the same ends
///                      u64 edges
///                      sources: terms that have an edge, ascending
///                      where the edges of each begin, and the number of edges
///                      targets: for each edge the rank of its target among `targets` below
///                      targets: terms that an edge reaches, ascending
///                      where the edges into each begin, and the number of edges
///                      sources: for each edge into it the rank of its source among the sources
///  edge property       rows that have it, ascending; their values
///  node property       nodes that have it, ascending; their values
///  citations           rows, ascending; documents + 1; lines + 1     0 stands for none
/// ```
///
/// Values begin with eight bytes: the form and, for decimals, the number of places.
enum SectionCoding {
  /// How the words of a property are written.
  enum ValueForm: UInt8 {
    /// As they are: terms, truth values, unsigned numbers.
    case plain = 0
    /// Signed numbers with the sign bit turned over, so that they ascend.
    case signed = 1
    /// Floats that are whole numbers of some decimal place, as signed numbers.
    case decimal = 2
    /// The bits of floats.
    case bits = 3
  }

  static let powers: [Double] = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000]

  static func append(_ packed: [UInt8], to writer: inout ByteWriter) {
    writer.append(packed)
    writer.pad(to: 8)
  }

  /// The next packed column of a section.
  static func next(_ reader: inout ByteReader) throws(FormatError) -> PackedColumn {
    let rest = try reader.bytes.slice(reader.offset, reader.remaining)
    let column = try PackedColumn(rest)
    _ = try reader.view(min((column.byteCount + 7) & ~7, reader.remaining))
    return column
  }

  /// Appends the words of a property in the form that takes least, to which the column is turned. O(values).
  static func append(
    values: Column<UInt64>, type: ValueType, _ encoder: inout PackedColumnEncoder,
    to writer: inout ByteWriter
  ) {
    var form = ValueForm.plain
    var scale = 0
    let words = values.words
    switch type {
    case .symbol, .boolean, .unsigned: break
    case .number:
      form = .signed
      for row in 0..<words.count { words[row] ^= 1 << 63 }
    case .float:
      if let places = decimalPlaces(words) {
        form = .decimal
        scale = places
        for row in 0..<words.count {
          let scaled = (Double(bitPattern: words[row]) * powers[places]).rounded()
          words[row] = UInt64(bitPattern: Int64(scaled)) ^ 1 << 63
        }
      } else {
        form = .bits
      }
    }
    writer.u8(form.rawValue)
    writer.u8(UInt8(scale))
    writer.pad(to: 8)
    append(encoder.encode(words), to: &writer)
  }

  /// The number of decimal places that all numbers have at most, if that loses nothing.
  private static func decimalPlaces(_ words: Words<UInt64>) -> Int? {
    var places = 0
    for row in 0..<words.count {
      let number = Double(bitPattern: words[row])
      guard abs(number) < 1e9 else { return nil }
      while (number * powers[places]).rounded() / powers[places] != number {
        places += 1
        if places == powers.count { return nil }
      }
    }
    // A number that is exact with few places is with more; the check costs less than a proof.
    for row in 0..<words.count {
      let number = Double(bitPattern: words[row])
      if (number * powers[places]).rounded() / powers[places] != number { return nil }
    }
    return places
  }

  /// The words of a property.
  static func values(
    _ reader: inout ByteReader, count: Int, type: ValueType, termCount: Int
  ) throws(FormatError) -> Column<UInt64> {
    let (form, scale) = try form(reader.bytes, at: reader.offset, type: type)
    _ = try reader.view(8)
    let packed = try next(&reader)
    guard packed.count == count else { throw FormatError("values are missing") }
    let result = try packed.decode(as: UInt64.self, below: limit(type, termCount: termCount))
    translate(result.words, form, scale)
    return result
  }

  /// The form that values at an offset are in.
  static func form(
    _ bytes: ByteView, at offset: Int, type: ValueType
  ) throws(FormatError) -> (form: ValueForm, scale: Int) {
    guard let form = ValueForm(rawValue: try bytes.load(offset)) else {
      throw FormatError("values are in an unknown form")
    }
    let scale = Int(try bytes.load(offset + 1, as: UInt8.self))
    guard scale < powers.count else { throw FormatError("a decimal has too many places") }
    let fits =
      switch form {
      case .plain: type != .number && type != .float
      case .signed: type == .number
      case .decimal, .bits: type == .float
      }
    guard fits else { throw FormatError("values are in the wrong form") }
    return (form, scale)
  }

  /// What the packed words of values of a type are below; nothing where every word is a value.
  static func limit(_ type: ValueType, termCount: Int) -> UInt64? {
    switch type {
    case .symbol: UInt64(termCount)
    case .boolean: 2
    case .number, .unsigned, .float: nil
    }
  }

  /// The word of a value from the packed one.
  @inline(__always)
  static func word(_ word: UInt64, _ form: ValueForm, _ scale: Int) -> UInt64 {
    switch form {
    case .plain: word
    case .signed: word ^ 1 << 63
    case .decimal:
      (Double(Int64(bitPattern: word ^ 1 << 63)) / powers[scale]).canonical.bitPattern
    case .bits: Double(bitPattern: word).canonical.bitPattern
    }
  }

  /// Turns packed words into those of the values.
  static func translate(_ words: Words<UInt64>, _ form: ValueForm, _ scale: Int) {
    switch form {
    case .plain: break
    case .signed: for row in 0..<words.count { words[row] ^= 1 << 63 }
    case .decimal, .bits:
      for row in 0..<words.count { words[row] = word(words[row], form, scale) }
    }
  }

  /// Terms in ascending order, each once.
  static func set(
    _ reader: inout ByteReader, below limit: Int
  ) throws(FormatError) -> Column<UInt32> {
    try next(&reader).decodeAscending(below: UInt64(limit))
  }
}
