/// Where things are in a `.graph` file, version 3. `Documentation/FileFormat.md` says it byte by
/// byte.
///
/// ```
///       0  title page    magic, version, page size; written once
///    4096  slot A        two copies of a header, one for each half of the page
///    8192  slot B        the same; the valid header with the highest generation is the file's
///   12288  sections      never overwritten; the header's table says which of them count
/// ```
enum FileLayout {
  static let magic: [UInt8] = FileMagic.database
  static let version: UInt32 = 3
  static let pageSize = 4096
  static let slotOffsets = [4096, 8192]
  static let copyOffsets = [0, 2048]
  static let slotSize = 128
  static let firstSection = 12_288
  static let entrySize = 48

  /// The features of this version, by bit. A file that sets others is opened as far as they allow.
  /// Bit 0: there are indexes, which whoever writes has to keep right.
  static let hasIndexes: UInt32 = 1
  static let knownReadOnly: UInt32 = hasIndexes
  /// Bit 0: there are sections of added texts or of changes, without which the others mislead.
  static let hasChanges: UInt32 = 1
  static let knownIncompatible: UInt32 = hasChanges

  static func title(fileID: UInt64) -> [UInt8] {
    var writer = ByteWriter()
    writer.append(magic)
    writer.u32(version)
    writer.u32(UInt32(pageSize))
    writer.u64(fileID)
    writer.u64(Checksum.of(writer.bytes))
    writer.pad(to: pageSize)
    return writer.bytes
  }
}

/// What a slot says: which sections are the graph, and which log goes with them.
struct FileHeader: Equatable {
  /// Grows with each header that is written.
  var generation: UInt64 = 1
  var rootOffset: UInt64 = 0
  var rootLength: UInt64 = 0
  var rootChecksum: UInt64 = 0
  /// The length that the file has at least.
  var fileLength: UInt64 = UInt64(FileLayout.firstSection)
  /// Names the log that holds what came after the sections; 0 where there is none.
  var logSalt: UInt64 = 0
  /// How often the log has begun anew.
  var logEpoch: UInt64 = 0
  var compatible: UInt32 = 0
  var readOnlyCompatible: UInt32 = 0
  var incompatible: UInt32 = 0

  /// The page of a slot: the header, twice.
  func page() -> [UInt8] {
    var writer = ByteWriter()
    for _ in FileLayout.copyOffsets {
      var copy = ByteWriter()
      copy.u64(generation)
      copy.u64(rootOffset)
      copy.u64(rootLength)
      copy.u64(rootChecksum)
      copy.u64(fileLength)
      copy.u64(logSalt)
      copy.u64(logEpoch)
      copy.u32(compatible)
      copy.u32(readOnlyCompatible)
      copy.u32(incompatible)
      copy.pad(to: FileLayout.slotSize)
      copy.truncate(to: FileLayout.slotSize - 8)
      copy.u64(Checksum.of(copy.bytes))
      writer.append(copy.bytes)
      writer.pad(to: FileLayout.copyOffsets[1])
    }
    return writer.bytes
  }

  /// The header at the beginning of some bytes, if its checksum is right.
  init?(_ bytes: ByteView) {
    do throws(FormatError) {
      let body = try bytes.slice(0, FileLayout.slotSize - 8)
      guard try bytes.load(FileLayout.slotSize - 8) == Checksum.of(body) else { return nil }
      var reader = ByteReader(body)
      generation = try reader.u64()
      rootOffset = try reader.u64()
      rootLength = try reader.u64()
      rootChecksum = try reader.u64()
      fileLength = try reader.u64()
      logSalt = try reader.u64()
      logEpoch = try reader.u64()
      compatible = try reader.u32()
      readOnlyCompatible = try reader.u32()
      incompatible = try reader.u32()
    } catch { return nil }
  }

  init() {}
}

/// What a section holds.
enum SectionKind: UInt16, CaseIterable {
  case dictionary = 1
  case addedTexts = 2
  case nodes = 3
  case label = 4
  case labelCitations = 5
  case edges = 6
  case edgeProperty = 7
  case edgeCitations = 8
  case nodeProperty = 9
  case aliases = 10
  case schema = 11
  case documents = 12
  case table = 13
  case statistics = 14
  case nodeChanges = 15
  case labelChanges = 16
  case edgeChanges = 17
  case nodePropertyChanges = 18
  case valueIndex = 19
  case textIndex = 20

  /// Whether a reader that does not know the section would be misled.
  var isChange: Bool {
    switch self {
    case .addedTexts, .nodeChanges, .labelChanges, .edgeChanges, .nodePropertyChanges: true
    case .dictionary, .nodes, .label, .labelCitations, .edges, .edgeProperty, .edgeCitations,
      .nodeProperty, .aliases, .schema, .documents, .table, .statistics, .valueIndex, .textIndex:
      false
    }
  }
}

/// A line of the section table.
struct SectionEntry: Equatable {
  /// What the section holds; a kind that this version does not know is kept and not looked at.
  var kind: UInt16
  /// Depends on the kind: the type of a property's values and whether a schema gives it; the bits of
  /// a list's number in an index of texts.
  var codec: UInt16 = 0
  /// The term that the section belongs to: a label, an edge type, a key.
  var first: UInt32 = 0
  /// The key of an edge property; the texts that are in an index of texts.
  var second: UInt32 = 0
  /// How many rows of the base are gone, in a section of changes.
  var removed: UInt32 = 0
  var offset: UInt64 = 0
  var length: UInt64 = 0
  /// How many rows there are.
  var count: UInt64 = 0
  /// The checksum of the section where it is at most a block long, else that of its list of
  /// checksums of blocks, which follows it.
  var checksum: UInt64 = 0

  init(_ kind: SectionKind, _ first: UInt32 = 0, _ second: UInt32 = 0, count: Int = 0) {
    self.kind = kind.rawValue
    self.first = first
    self.second = second
    self.count = UInt64(count)
  }

  func write(to writer: inout ByteWriter) {
    writer.u16(kind)
    writer.u16(codec)
    writer.u32(first)
    writer.u32(second)
    writer.u32(removed)
    writer.u64(offset)
    writer.u64(length)
    writer.u64(count)
    writer.u64(checksum)
  }

  init(_ reader: inout ByteReader) throws(FormatError) {
    kind = try reader.u16()
    codec = try reader.u16()
    first = try reader.u32()
    second = try reader.u32()
    removed = try reader.u32()
    offset = try reader.u64()
    length = try reader.u64()
    count = try reader.u64()
    checksum = try reader.u64()
  }

  /// The section as a person would call it.
  func name(_ text: (UInt32) -> String) -> String {
    switch SectionKind(rawValue: kind) {
    case .dictionary: "the dictionary"
    case .addedTexts: "the added texts"
    case .nodes: "the nodes"
    case .label: "label \(text(first))"
    case .labelCitations: "the citations of label \(text(first))"
    case .edges: "the edges \(text(first))"
    case .edgeProperty: "property \(text(second)) of the edges \(text(first))"
    case .edgeCitations: "the citations of the edges \(text(first))"
    case .nodeProperty: "property \(text(first)) of nodes"
    case .aliases: "the aliases"
    case .schema: "the schema"
    case .documents: "the rules and constraints"
    case .table: "table \(text(first))"
    case .statistics: "the statistics"
    case .nodeChanges: "the changes of the nodes"
    case .labelChanges: "the changes of label \(text(first))"
    case .edgeChanges: "the changes of the edges \(text(first))"
    case .nodePropertyChanges: "the changes of property \(text(first)) of nodes"
    case .valueIndex: "the index of property \(text(first)) of nodes"
    case .textIndex: "the index of texts"
    case nil: "a section of unknown kind \(kind)"
    }
  }
}
