/// Packs tables into sections, with the numbers that terms have in the file. It changes nothing and
/// may be used for several tables at a time, each by one worker with an encoder of its own.
struct TablePacker {
  let numbering: TermNumbering

  /// A table as it will lie in a file.
  struct PackedTable {
    var sections: [(entry: SectionEntry, bytes: [UInt8])] = []
    var counts = GraphStatistics.EdgeType()
    /// How many different values each property has, by the terms of the keys.
    var distinctValues: [(key: UInt32, count: Int)] = []
  }

  /// Packs the edges of a type with their properties and citations.
  ///
  /// - Parameter ranks: room for a number for each term; what it holds does not matter.
  /// - Complexity: O(edges × digits of a pair of terms).
  func pack(
    _ table: EdgeTable, _ encoder: inout PackedColumnEncoder, ranks: Column<UInt32>
  ) -> PackedTable {
    var result = PackedTable()
    let type = numbering.number(table.type.raw)
    let count = table.count
    let properties = table.properties
    // Without them nobody asks where the rows have gone.
    let hasCompanions = !properties.isEmpty || table.citations.count > 0
    let keys = keys(of: table)
    let rows = hasCompanions ? Column<UInt32>(minimumCapacity: count) : Column<UInt32>()
    if hasCompanions {
      for row in 0..<count { rows.append(UInt32(row)) }
      RadixSort.sort(keys, with: rows)
    } else {
      RadixSort.sort(keys)
    }
    let (bytes, counts) = EdgeSection.pack(keys.words, &encoder, ranks: ranks)
    keepAlive(keys)
    result.counts = counts
    var entry = SectionEntry(.edges, type, count: count)
    entry.codec = counts.pairCount == count ? 1 : 0
    result.sections.append((entry, bytes))
    for column in properties {
      column.unpack()
      let present = Column<UInt32>()
      let values = Column<UInt64>()
      for row in 0..<count where column.isPresent(Int(rows[row])) {
        present.append(UInt32(row))
        values.append(word(column, Int(rows[row])))
      }
      var entry = SectionEntry(
        .edgeProperty, type, numbering.number(column.key.raw), count: present.count)
      entry.codec = codec(column)
      result.distinctValues.append((column.key.raw, distinctCount(values)))
      result.sections.append((entry, pack(present, values, column.type, &encoder)))
    }
    if table.citations.count > 0 {
      result.sections.append(
        (
          SectionEntry(.edgeCitations, type, count: table.citations.count),
          pack(table.citations, rows, &encoder)
        ))
    }
    return result
  }

  /// The ends of all edges under their new numbers, the source above the target.
  private func keys(of table: EdgeTable) -> Column<UInt64> {
    // Damaged edges are zeros, as they are in the table's columns.
    let result = Column<UInt64>(repeating: 0, count: table.count)
    var row = 0
    table.forEachChunk { sources, targets in
      let keys = result.words.slice(row, sources.count)
      if let numbers = numbering.newNumbers {
        for place in 0..<keys.count {
          let (source, target) = (numbers[Int(sources[place])], numbers[Int(targets[place])])
          keys[place] = UInt64(source) << 32 | UInt64(target)
        }
      } else {
        for place in 0..<keys.count {
          keys[place] = UInt64(sources[place]) << 32 | UInt64(targets[place])
        }
      }
      row += sources.count
    }
    return result
  }

  /// Terms under their new numbers in ascending order, and the row that each comes from.
  func sorted(_ terms: Column<UInt32>) -> (Column<UInt32>, rows: Column<UInt32>) {
    let keys = Column<UInt64>(minimumCapacity: terms.count)
    let rows = Column<UInt32>(minimumCapacity: terms.count)
    for row in 0..<terms.count {
      keys.append(UInt64(numbering.number(terms[row])))
      rows.append(UInt32(row))
    }
    RadixSort.sort(keys, with: rows)
    let result = Column<UInt32>(minimumCapacity: terms.count)
    for row in 0..<keys.count { result.append(UInt32(truncatingIfNeeded: keys[row])) }
    return (result, rows)
  }

  /// How many different values there are. O(values).
  func distinctCount(_ values: Column<UInt64>) -> Int {
    let sorted = Column<UInt64>(minimumCapacity: values.count)
    for row in 0..<values.count { sorted.append(values[row]) }
    RadixSort.sort(sorted)
    var result = min(values.count, 1)
    for row in 1..<max(values.count, 1) where sorted[row] != sorted[row - 1] { result += 1 }
    return result
  }

  func codec(_ column: PropertyColumn) -> UInt16 {
    UInt16(column.type.rawValue) | (column.isDeclared ? 256 : 0)
  }

  func word(_ column: PropertyColumn, _ row: Int) -> UInt64 {
    column.type == .symbol
      ? UInt64(numbering.number(UInt32(truncatingIfNeeded: column.word(row)))) : column.word(row)
  }

  func pack(
    _ rows: Column<UInt32>, _ values: Column<UInt64>, _ type: ValueType,
    _ encoder: inout PackedColumnEncoder
  ) -> [UInt8] {
    var writer = ByteWriter()
    SectionCoding.append(encoder.encode(rows.words), to: &writer)
    SectionCoding.append(values: values, type: type, &encoder, to: &writer)
    return writer.bytes
  }

  /// Citations of rows that have moved: `moved[new]` is the old row.
  func pack(
    _ list: CitationList, _ moved: Column<UInt32>, _ encoder: inout PackedColumnEncoder
  ) -> [UInt8] {
    let places = Column<UInt32>(repeating: 0, count: moved.count)
    for row in 0..<moved.count { places[Int(moved[row])] = UInt32(row) }
    let keys = Column<UInt64>(minimumCapacity: list.count)
    let order = Column<UInt32>(minimumCapacity: list.count)
    for index in 0..<list.count {
      keys.append(UInt64(places[Int(list.rows[index])]))
      order.append(UInt32(index))
    }
    RadixSort.sort(keys, with: order)
    let sources = Column<UInt64>(minimumCapacity: list.count)
    let lines = Column<UInt64>(minimumCapacity: list.count)
    func text(_ term: UInt32) -> UInt64 {
      term == TermID.none.raw ? 0 : UInt64(numbering.number(term)) + 1
    }
    for place in 0..<order.count {
      sources.append(text(list.sources[Int(order[place])]))
      lines.append(text(list.lines[Int(order[place])]))
    }
    var writer = ByteWriter()
    for column in [keys, sources, lines] {
      SectionCoding.append(encoder.encode(column.words), to: &writer)
    }
    return writer.bytes
  }
}
