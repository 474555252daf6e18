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

  /// Appends the words of a property in the form that takes least.
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

/// Packs the edges of a type; `PackedEdges` reads them.
enum EdgeSection {
  /// Packs edges that are sorted by source and target. O(edges).
  ///
  /// - Parameter ranks: room for a number for each term; what it holds does not matter.
  static func pack(
    _ keys: Words<UInt64>, _ encoder: inout PackedColumnEncoder, ranks: Column<UInt32>
  ) -> (bytes: [UInt8], statistics: GraphStatistics.EdgeType) {
    let count = keys.count
    var statistics = GraphStatistics.EdgeType()
    statistics.edgeCount = count
    statistics.pairCount = count
    for row in 1..<max(count, 1) where keys[row - 1] == keys[row] { statistics.pairCount -= 1 }
    let turned = Column<UInt64>(minimumCapacity: count)
    turned.grow(by: count)
    let reverse = turned.words
    for row in 0..<count { reverse[row] = keys[row] << 32 | keys[row] >> 32 }
    // They are sorted by source already, which stays so among those with one target.
    RadixSort.sort(turned, from: 32)
    var writer = ByteWriter()
    writer.u64(UInt64(count))
    let reached = Owners(turned.words)
    let owners = Owners(keys)
    for (own, other, rows) in [(owners, reached, keys), (reached, owners, turned.words)] {
      let known = ranks.words
      let names = other.names.words
      for rank in 0..<names.count { known[Int(names[rank])] = UInt32(truncatingIfNeeded: rank) }
      let far = Column<UInt32>(minimumCapacity: count)
      far.grow(by: count)
      let places = far.words
      for row in 0..<count { places[row] = known[Int(rows[row] & 0xFFFF_FFFF)] }
      SectionCoding.append(encoder.encode(own.names.words), to: &writer)
      SectionCoding.append(encoder.encode(own.offsets.words), to: &writer)
      SectionCoding.append(encoder.encode(far.words), to: &writer)
      keepAlive(far)
    }
    keepAlive(turned, owners, reached)
    statistics.distinctSources = owners.names.count
    statistics.distinctTargets = reached.names.count
    statistics.maximumOutgoing = owners.maximumCount
    statistics.maximumIncoming = reached.maximumCount
    return (writer.bytes, statistics)
  }

  /// The distinct upper halves of sorted keys, and where each begins.
  private struct Owners {
    let names = Column<UInt32>()
    let offsets = Column<UInt32>()

    init(_ keys: Words<UInt64>) {
      var former = UInt64.max
      for row in 0..<keys.count {
        let name = keys[row] >> 32
        if name != former {
          names.append(UInt32(truncatingIfNeeded: name))
          offsets.append(UInt32(truncatingIfNeeded: row))
          former = name
        }
      }
      offsets.append(UInt32(keys.count))
    }

    /// The most keys of one owner.
    var maximumCount: Int {
      var result = 0
      for rank in 0..<names.count { result = max(result, Int(offsets[rank + 1] - offsets[rank])) }
      return result
    }
  }
}
