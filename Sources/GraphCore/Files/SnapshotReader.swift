/// Makes a graph of the sections of a file. Nothing but the schema and other small texts is read
/// before somebody asks for it.
struct SnapshotReader {
  private let file: GraphFile
  private let monitor: DamageMonitor
  private var termCount = 0
  private var citations: [UInt64: SectionEntry] = [:]
  private var properties: [UInt32: [SectionEntry]] = [:]

  /// The graph of a file. Damage that shows later is told to the monitor.
  static func graph(_ file: GraphFile, _ monitor: DamageMonitor) throws(StoreError) -> Graph {
    var reader = SnapshotReader(file: file, monitor: monitor)
    return try reader.graph()
  }

  private init(file: GraphFile, monitor: DamageMonitor) {
    self.file = file
    self.monitor = monitor
  }

  private mutating func graph() throws(StoreError) -> Graph {
    let dictionary = try dictionary()
    let graph = Graph(dictionary: dictionary)
    monitor.dictionary = dictionary
    for entry in file.entries {
      switch SectionKind(rawValue: entry.kind) {
      case .labelCitations, .edgeCitations: citations[SnapshotReader.key(entry)] = entry
      case .edgeProperty: properties[entry.first, default: []].append(entry)
      default: break
      }
    }
    for entry in file.entries where entry.kind != SectionKind.dictionary.rawValue {
      guard isInRange(entry) else {
        monitor.note(entry, FormatError("it belongs to a text that is not there"))
        continue
      }
      add(entry, to: graph)
    }
    return graph
  }

  private mutating func dictionary() throws(StoreError) -> TermDictionary {
    guard
      let entry = file.entries.first(where: { $0.kind == SectionKind.dictionary.rawValue })
    else { return TermDictionary() }
    let monitor = monitor
    do throws(FormatError) {
      let packed = try PackedDictionary(file.section(entry)) { monitor.note(entry, $0) }
      guard packed.count == Int(entry.count) else { throw FormatError("texts are missing") }
      termCount = packed.count
      return TermDictionary(sealed: packed)
    } catch {
      guard monitor.isTolerant else {
        throw StoreError(
          .damaged, "the dictionary is damaged", path: file.path, underlying: error.reason)
      }
      monitor.note(entry, error)
      return TermDictionary()
    }
  }

  private static func key(_ entry: SectionEntry) -> UInt64 {
    UInt64(entry.kind) << 32 | UInt64(entry.first)
  }

  private func isInRange(_ entry: SectionEntry) -> Bool {
    switch SectionKind(rawValue: entry.kind) {
    case .label, .labelCitations, .edges, .edgeCitations, .nodeProperty:
      Int(entry.first) < termCount
    case .edgeProperty: Int(entry.first) < termCount && Int(entry.second) < termCount
    case .dictionary, .laterTexts, .nodes, .aliases, .schema, .documents, .table, nil: true
    }
  }

  private func add(_ entry: SectionEntry, to graph: Graph) {
    switch SectionKind(rawValue: entry.kind) {
    case .nodes: graph.nodeTable = NodeTable(sealed: terms(entry))
    case .label:
      let table = LabelTable(
        label: TermID(raw: entry.first), sealed: terms(entry),
        citations: citationList(.labelCitations, entry))
      graph.labelSet.set(table, for: entry.first)
    case .edges: graph.edgeSet.set(edgeTable(entry), for: entry.first)
    case .nodeProperty:
      guard let table = nodeProperty(entry) else { return }
      graph.propertySet.set(table, for: entry.first)
    case .aliases: addAliases(entry, to: graph)
    case .schema:
      read(entry, ()) { reader throws(FormatError) in
        graph.schema = try GraphSchema(&reader, graph.dictionary)
      }
    case .documents:
      read(entry, ()) { reader throws(FormatError) in
        for _ in 0..<(try reader.count()) {
          let name = try reader.text()
          graph.documents[name] = try reader.text()
        }
      }
    case .table: addTable(entry, to: graph)
    case .dictionary, .laterTexts, .labelCitations, .edgeProperty, .edgeCitations, nil: break
    }
  }

  /// Reads a section; where it is damaged, the monitor is told and `otherwise` takes its place.
  private func read<R>(
    _ entry: SectionEntry, _ otherwise: @autoclosure () -> R,
    _ body: (inout ByteReader) throws(FormatError) -> R
  ) -> R {
    do throws(FormatError) {
      var reader = ByteReader(try file.section(entry))
      return try body(&reader)
    } catch {
      monitor.note(entry, error)
      return otherwise()
    }
  }

  private static func zeros<T: FixedWidthInteger & BitwiseCopyable>(_ count: Int) -> Column<T> {
    Column(repeating: 0, count: count)
  }

  // MARK: - Tables

  private func terms(_ entry: SectionEntry) -> SealedRows<Column<UInt32>> {
    let count = Int(entry.count)
    let limit = termCount
    guard count <= limit else {
      monitor.note(entry, FormatError("it has more nodes than there are texts"))
      return SealedRows(count: 0) { Column() }
    }
    return SealedRows(count: count) { [self] in
      read(entry, SnapshotReader.zeros(count)) { reader throws(FormatError) in
        let result = try SectionCoding.set(&reader, below: limit)
        guard result.count == count else { throw FormatError("nodes are missing") }
        return result
      }
    }
  }

  private func edgeTable(_ entry: SectionEntry) -> EdgeTable {
    let count = Int(entry.count)
    let limit = termCount
    // A block of 128 edges takes four bytes at least, unless the ends ascend evenly.
    guard count <= Int(entry.length) * 32 + limit else {
      monitor.note(entry, FormatError("it has more edges than it can hold"))
      return EdgeTable(type: TermID(raw: entry.first))
    }
    let sealed = SealedRows(count: count) { [self] in
      read(
        entry,
        SealedEnds(sources: SnapshotReader.zeros(count), targets: SnapshotReader.zeros(count))
      ) { reader throws(FormatError) in
        let section = try EdgeSection(reader.bytes, count: count, termCount: limit)
        return SealedEnds(sources: section.sources, targets: section.targets)
      }
    }
    let columns = (properties[entry.first] ?? []).compactMap { edgeProperty($0, rows: count) }
    return EdgeTable(
      type: TermID(raw: entry.first), sealed: sealed, isDistinct: entry.codec & 1 == 1,
      columns: columns, citations: citationList(.edgeCitations, entry))
  }

  private func edgeProperty(_ entry: SectionEntry, rows: Int) -> PropertyColumn? {
    guard let type = ValueType(rawValue: UInt8(entry.codec & 255)), Int(entry.count) <= rows else {
      monitor.note(entry, FormatError("it has a wrong header"))
      return nil
    }
    let present = Int(entry.count)
    let limit = termCount
    let sealed = SealedRows(count: rows) { [self] in
      let nothing = SealedValues(
        narrow: SnapshotReader.zeros(type.isWide ? 0 : rows),
        wide: SnapshotReader.zeros(type.isWide ? rows : 0), presence: nil)
      return read(entry, nothing) { reader throws(FormatError) in
        let places = try SectionCoding.set(&reader, below: rows)
        guard places.count == present else { throw FormatError("rows are missing") }
        let values = try SectionCoding.values(
          &reader, count: present, type: type, termCount: limit)
        return SnapshotReader.spread(values, places, rows, type)
      }
    }
    return PropertyColumn(
      key: TermID(raw: entry.second), type: type, isDeclared: entry.codec & 256 != 0,
      presentCount: present, sealed: sealed)
  }

  /// Puts values at their rows.
  private static func spread(
    _ values: Column<UInt64>, _ places: Column<UInt32>, _ rows: Int, _ type: ValueType
  ) -> SealedValues {
    let isFull = places.count == rows
    let narrow: Column<UInt32> = zeros(type.isWide ? 0 : rows)
    let wide: Column<UInt64> = type.isWide && isFull ? values : zeros(type.isWide ? rows : 0)
    let presence: Column<UInt64>? = isFull ? nil : zeros((rows + 63) >> 6)
    for index in 0..<places.count {
      let row = Int(places[index])
      if type.isWide {
        if !isFull { wide[row] = values[index] }
      } else {
        narrow[row] = UInt32(truncatingIfNeeded: values[index])
      }
      presence?[row >> 6] |= 1 << UInt64(row & 63)
    }
    return SealedValues(narrow: narrow, wide: wide, presence: presence)
  }

  private func nodeProperty(_ entry: SectionEntry) -> PropertyTable? {
    let count = Int(entry.count)
    let limit = termCount
    guard let type = ValueType(rawValue: UInt8(entry.codec & 255)), count <= limit else {
      monitor.note(entry, FormatError("it has a wrong header"))
      return nil
    }
    let nodes = SealedRows(count: count) { [self] in
      read(entry, SnapshotReader.zeros(count)) { reader throws(FormatError) in
        let result = try SectionCoding.set(&reader, below: limit)
        guard result.count == count else { throw FormatError("nodes are missing") }
        return result
      }
    }
    let values = SealedRows(count: count) { [self] in
      let nothing = SealedValues(
        narrow: SnapshotReader.zeros(type.isWide ? 0 : count),
        wide: SnapshotReader.zeros(type.isWide ? count : 0), presence: nil)
      return read(entry, nothing) { reader throws(FormatError) in
        _ = try SectionCoding.next(&reader)
        let words = try SectionCoding.values(&reader, count: count, type: type, termCount: limit)
        let all = Column<UInt32>((0..<UInt32(count)).map { $0 })
        return SnapshotReader.spread(words, all, count, type)
      }
    }
    let column = PropertyColumn(
      key: TermID(raw: entry.first), type: type, isDeclared: entry.codec & 256 != 0,
      presentCount: count, sealed: values)
    return PropertyTable(values: column, sealed: nodes)
  }

  private func citationList(_ kind: SectionKind, _ owner: SectionEntry) -> CitationList {
    let key = UInt64(kind.rawValue) << 32 | UInt64(owner.first)
    guard let entry = citations[key] else { return CitationList() }
    let count = Int(entry.count)
    let rows = Int(owner.count)
    guard count <= Int(entry.length) * 32 + rows + (1 << 20) else {
      monitor.note(entry, FormatError("it has more citations than it can hold"))
      return CitationList()
    }
    return CitationList(
      sealed: SealedRows(count: count) { [self] in
        read(
          entry,
          SealedCitations(
            rows: SnapshotReader.zeros(count), sources: SnapshotReader.zeros(count),
            lines: SnapshotReader.zeros(count))
        ) { reader throws(FormatError) in
          try citations(&reader, count: count, rows: rows)
        }
      })
  }

  private func citations(
    _ reader: inout ByteReader, count: Int, rows: Int
  ) throws(FormatError) -> SealedCitations {
    let owners = try SectionCoding.next(&reader).decode(as: UInt32.self, below: UInt64(rows))
    let limit = UInt64(termCount) + 1
    let sources = try SectionCoding.next(&reader).decode(as: UInt32.self, below: limit)
    let lines = try SectionCoding.next(&reader).decode(as: UInt32.self, below: limit)
    guard owners.count == count, sources.count == count, lines.count == count else {
      throw FormatError("citations are missing")
    }
    for index in 0..<count {
      // 0 stands for none and becomes the highest number.
      sources[index] &-= 1
      lines[index] &-= 1
    }
    return SealedCitations(rows: owners, sources: sources, lines: lines)
  }

  private func addAliases(_ entry: SectionEntry, to graph: Graph) {
    let count = Int(entry.count)
    read(entry, ()) { reader throws(FormatError) in
      let limit = UInt64(termCount)
      let aliases = try SectionCoding.next(&reader).decode(as: UInt32.self, below: limit)
      let nodes = try SectionCoding.next(&reader).decode(as: UInt32.self, below: limit)
      let ownerCount = try PackedColumn(
        reader.bytes.slice(reader.offset, reader.remaining)
      ).count
      let said = try citations(&reader, count: ownerCount, rows: count)
      guard aliases.count == count, nodes.count == count else {
        throw FormatError("aliases are missing")
      }
      let table = AliasTable()
      for row in 0..<count {
        table.add(aliases[row], of: nodes[row], citation: StagedCitation(), ordinal: 0)
      }
      guard table.count == count else { throw FormatError("an alias is double") }
      for index in 0..<ownerCount {
        table.citations.add(
          StagedCitation(source: said.sources[index], lines: said.lines[index]),
          to: Int(said.rows[index]))
      }
      graph.aliasTable = table
    }
  }

  private func addTable(_ entry: SectionEntry, to graph: Graph) {
    read(entry, ()) { reader throws(FormatError) in
      let name = try reader.text()
      var heads: [(name: String, type: ValueType)] = []
      for _ in 0..<(try reader.count()) {
        let column = try reader.text()
        guard let type = ValueType(rawValue: try reader.u8()) else {
          throw FormatError("a type of values is unknown")
        }
        heads.append((column, type))
      }
      while reader.offset % 8 != 0 { _ = try reader.u8() }
      var columns: [StoredTable.Column] = []
      for head in heads {
        let words = try SectionCoding.values(
          &reader, count: Int(entry.count), type: head.type, termCount: termCount)
        columns.append(StoredTable.Column(name: head.name, type: head.type, words: words))
      }
      graph.tables[name] = StoredTable(name: name, columns: columns)
    }
  }
}

/// Remembers what was found damaged in a file.
final class DamageMonitor {
  let path: String
  /// Whether to go on where sections that everything rests on are damaged.
  let isTolerant: Bool
  private(set) var findings: [Finding] = []
  /// Names sections in messages.
  weak var dictionary: TermDictionary?
  private var isNaming = false

  init(path: String, isTolerant: Bool = false) {
    self.path = path
    self.isTolerant = isTolerant
  }

  /// Throws what was found first, if anything was.
  func check() throws(StoreError) {
    if let finding = findings.first { throw StoreError(.damaged, "\(finding)", path: path) }
  }

  func note(_ entry: SectionEntry, _ error: FormatError) {
    let section = entry.name { term in
      // Naming a section can itself come upon damage.
      guard !isNaming, let dictionary, Int(term) < dictionary.count else { return "#\(term)" }
      isNaming = true
      defer { isNaming = false }
      return dictionary.text(of: term)
    }
    let finding = Finding(section: section, message: error.reason)
    if !findings.contains(finding) && findings.count < 1000 { findings.append(finding) }
  }
}

/// Something in a file that is not as it should be.
public struct Finding: Sendable, Hashable, CustomStringConvertible {
  /// The part of the file, such as `the edges supplies`.
  public let section: String
  /// What is wrong with it.
  public let message: String

  public init(section: String, message: String) {
    self.section = section
    self.message = message
  }

  public var description: String { "\(section): \(message)" }
}
