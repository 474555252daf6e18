/// An open `.graph` file: its header, its section table and its bytes.
///
/// Sections are never overwritten, so that whoever has opened a file keeps a consistent state of it
/// for as long as the object lives.
final class GraphFile {
  let system: any FileSystem
  let path: String
  let fileID: UInt64
  private(set) var header: FileHeader
  private(set) var entries: [SectionEntry]
  private var currentSlot: Int
  private let file: any StorageFile
  private var bytes: ByteView
  /// Where what is unpacked lies.
  let pages = ColumnPages()

  private init(
    _ system: any FileSystem, _ file: any StorageFile, _ fileID: UInt64, _ slot: Int,
    _ header: FileHeader, _ entries: [SectionEntry], _ bytes: ByteView
  ) {
    self.system = system
    path = file.path
    self.file = file
    self.fileID = fileID
    currentSlot = slot
    self.header = header
    self.entries = entries
    self.bytes = bytes
  }

  // MARK: - Opening

  /// Opens a file. Reads a few pages and the section table, whatever the size. Who opens it for writing holds its
  /// first byte from then on.
  ///
  /// - Parameter isTolerant: whether to go on with what is there where a header is damaged.
  static func open(
    _ system: any FileSystem, _ path: String, _ mode: OpenMode, isTolerant: Bool = false
  ) throws(StoreError) -> GraphFile {
    let file = try system.open(path, mode)
    // Before anything is read that another writer, who came by another name of the file, may change.
    if case .write = mode, try !file.lock(byte: 0, .exclusive) {
      throw StoreError(.locked, "another process is writing to it by another name", path: path)
    }
    let head = ByteView(copying: try file.read(at: 0, count: FileLayout.firstSection))
    func damaged(_ what: String) -> StoreError { StoreError(.damaged, what, path: path) }
    let title: Title
    do throws(FormatError) { title = try Title(head) } catch {
      throw damaged("its first page is cut off")
    }
    guard title.magic == FileLayout.magic else {
      throw StoreError(.notAGraph, "is not a graph", path: path)
    }
    guard head.count == FileLayout.firstSection else { throw damaged("is cut off") }
    guard title.isIntact || isTolerant else { throw damaged("its first page is damaged") }
    guard title.version == FileLayout.version || isTolerant else {
      throw StoreError(
        .unsupported, "has format \(title.version); this program reads \(FileLayout.version)",
        path: path)
    }
    let (slot, header) = try newest(head, path, isTolerant)
    try check(header, path, mode)
    guard header.fileLength < 1 << 48, try file.size() >= Int(header.fileLength) else {
      throw damaged("is shorter than its header says")
    }
    let bytes = try file.map(count: Int(header.fileLength)).bytes
    let entries = try table(header, bytes, path)
    return GraphFile(system, file, title.fileID, slot, header, entries, bytes)
  }

  /// The first page.
  private struct Title {
    let magic: [UInt8]
    let version: UInt32
    let fileID: UInt64
    let isIntact: Bool

    init(_ head: ByteView) throws(FormatError) {
      magic = try head.slice(0, min(8, head.count)).array
      guard head.count >= 32 else {
        (version, fileID, isIntact) = (0, 0, false)
        return
      }
      version = try head.load(8)
      fileID = try head.load(16)
      isIntact = try head.load(24) == Checksum.of(head.slice(0, 24))
    }
  }

  /// The valid header with the highest generation. Each slot has one that is, or is damaged.
  private static func newest(
    _ head: ByteView, _ path: String, _ isTolerant: Bool
  ) throws(StoreError) -> (slot: Int, FileHeader) {
    var best: (slot: Int, header: FileHeader)?
    for (slot, start) in FileLayout.slotOffsets.enumerated() {
      let copies = FileLayout.copyOffsets.compactMap {
        (try? head.slice(start + $0, FileLayout.slotSize)).flatMap(FileHeader.init)
      }
      // A header is one sector: a power cut leaves the old or the new one, never a broken one.
      if copies.isEmpty && !isTolerant {
        throw StoreError(.damaged, "header \(slot == 0 ? "A" : "B") is damaged", path: path)
      }
      for copy in copies where copy.generation > best?.header.generation ?? 0 {
        best = (slot, copy)
      }
    }
    guard let best else { throw StoreError(.damaged, "both headers are damaged", path: path) }
    return best
  }

  private static func check(
    _ header: FileHeader, _ path: String, _ mode: OpenMode
  ) throws(StoreError) {
    if header.incompatible & ~FileLayout.knownIncompatible != 0 {
      throw StoreError(.unsupported, "uses features that this program lacks", path: path)
    }
    if mode != .read && header.readOnlyCompatible & ~FileLayout.knownReadOnly != 0 {
      throw StoreError(
        .onlyReadable, "uses features that this program can read, but not write", path: path)
    }
  }

  private static func table(
    _ header: FileHeader, _ bytes: ByteView, _ path: String
  ) throws(StoreError) -> [SectionEntry] {
    do throws(FormatError) {
      guard header.rootOffset < 1 << 48, header.rootLength < 1 << 40 else {
        throw FormatError("the section table lies outside")
      }
      let root = try bytes.slice(Int(header.rootOffset), Int(header.rootLength))
      guard Checksum.of(root) == header.rootChecksum else {
        throw FormatError("the section table is damaged")
      }
      var reader = ByteReader(root)
      let count = try reader.length()
      guard count * FileLayout.entrySize == reader.remaining else {
        throw FormatError("the section table is cut off")
      }
      var entries: [SectionEntry] = []
      entries.reserveCapacity(count)
      for _ in 0..<count {
        let entry = try SectionEntry(&reader)
        guard entry.offset <= UInt64(bytes.count), entry.length <= UInt64(bytes.count),
          entry.count <= UInt64(UInt32.max)
        else { throw FormatError("a section lies outside") }
        entries.append(entry)
      }
      return entries
    } catch { throw StoreError(.damaged, error.reason, path: path) }
  }

  // MARK: - Sections

  /// The bytes of a section after their checksums have been compared. O(length).
  func section(_ entry: SectionEntry) throws(FormatError) -> ByteView {
    let length = Int(entry.length)
    let content = try bytes.slice(Int(entry.offset), length)
    guard length > GuardedBytes.blockSize else {
      guard Checksum.of(content) == entry.checksum else {
        throw FormatError("its bytes have changed")
      }
      return content
    }
    let blocks = (length + GuardedBytes.blockSize - 1) / GuardedBytes.blockSize
    let list = try bytes.slice(Int(entry.offset) + (length + 7) & ~7, blocks * 8)
    guard Checksum.of(list) == entry.checksum else {
      throw FormatError("its list of checksums has changed")
    }
    for block in 0..<blocks {
      let start = block * GuardedBytes.blockSize
      let part = try content.slice(start, min(GuardedBytes.blockSize, length - start))
      guard try list.load(block * 8) == Checksum.of(part) else {
        throw FormatError("the bytes from \(Int(entry.offset) + start) on have changed")
      }
    }
    return content
  }

  /// A section whose blocks are compared with their checksums when they are first touched.
  func guardedSection(_ entry: SectionEntry) throws(FormatError) -> GuardedBytes {
    let length = Int(entry.length)
    guard length > GuardedBytes.blockSize else {
      return GuardedBytes(try section(entry), checksums: nil)
    }
    let blocks = (length + GuardedBytes.blockSize - 1) / GuardedBytes.blockSize
    let list = try bytes.slice(Int(entry.offset) + (length + 7) & ~7, blocks * 8)
    guard Checksum.of(list) == entry.checksum else {
      throw FormatError("its list of checksums has changed")
    }
    return GuardedBytes(try bytes.slice(Int(entry.offset), length), checksums: list)
  }

  // MARK: - Writing

  /// Appends sections behind those that there are, makes them durable, and then the header that names
  /// them. Where that fails before the header is written, the file is as it was.
  ///
  /// - Parameter publish: runs the step that others must not see half done.
  func append(
    _ body: (GraphFileWriter) throws(StoreError) -> Void,
    publish: (() throws(StoreError) -> Void) throws(StoreError) -> Void
  ) throws(StoreError) {
    var next: FileHeader
    let entries: [SectionEntry]
    let bytes: ByteView
    do throws(StoreError) {
      let writer = GraphFileWriter(appendingTo: file, at: Int(header.fileLength))
      try body(writer)
      next = try writer.finish(header)
      entries = writer.entries
      try file.sync()
      bytes = try file.map(count: Int(next.fileLength)).bytes
    } catch {
      // Nobody has been told of what lies behind the end.
      try? file.truncate(to: Int(header.fileLength))
      throw error
    }
    next.logSalt = 0
    do throws(StoreError) {
      try publish { () throws(StoreError) in try self.publish(next) }
    } catch {
      throw StoreError(
        .poisoned, "may or may not have been sealed", path: path,
        underlying: error.description)
    }
    self.entries = entries
    self.bytes = bytes
  }

  /// Writes another header in the other slot and makes it durable.
  func publish(_ next: FileHeader) throws(StoreError) {
    var next = next
    next.generation = header.generation + 1
    let slot = 1 - currentSlot
    try file.write(next.page(), at: FileLayout.slotOffsets[slot])
    try file.sync()
    header = next
    currentSlot = slot
  }

  /// How many bytes belong to no section any more.
  var garbage: Int {
    let live = entries.reduce(0) { $0 + Int($1.length) + Int($1.length) / 8192 + 64 }
    return max(0, Int(header.fileLength) - FileLayout.firstSection - live)
  }

  /// How many bytes a file of the same facts will have, at least: of edges and properties an eighth may
  /// be gone, or be in changes beside them, and besides what a log of so many bytes takes out; texts may
  /// be in use no more.
  func leastRewrittenSize(logged: Int) -> Int {
    let kinds: [SectionKind] = [
      .nodes, .label, .labelCitations, .edges, .edgeProperty, .edgeCitations, .nodeProperty,
    ]
    let tables = entries.filter { entry in kinds.contains { $0.rawValue == entry.kind } }
    return max(0, tables.reduce(0) { $0 + Int($1.length) } / 8 * 7 - 3 * logged)
  }

  /// Whether its name still leads to it.
  var hasName: Bool { file.hasName }

  /// The length of the file in bytes.
  var size: Int { get throws(StoreError) { try file.size() } }

  func close() {
    // What is mapped holds the open file, and with it the lock, for as long as somebody reads.
    file.unlock(byte: 0)
    file.close()
  }
}

/// Writes sections and their table into a file: a new one, or behind what there is.
///
/// What goes behind the end of a file is kept until all of it is there and the device has room for it.
final class GraphFileWriter {
  private let file: any StorageFile
  private(set) var entries: [SectionEntry] = []
  private var end: Int
  private var pending: [(bytes: [UInt8], offset: Int)] = []
  private let writesAtOnce: Bool

  /// A writer of a new file, for which there must be room for so many bytes.
  init(_ file: any StorageFile, expecting size: Int = 0) throws(StoreError) {
    self.file = file
    end = FileLayout.firstSection
    writesAtOnce = true
    try file.checkRoom(upTo: size)
  }

  /// A writer behind the end of a file. It begins at a sector of its own.
  init(appendingTo file: any StorageFile, at end: Int) {
    self.file = file
    self.end = (end + 511) & ~511
    writesAtOnce = false
  }

  private func put(_ bytes: [UInt8]) throws(StoreError) {
    if writesAtOnce {
      try file.write(bytes, at: end)
    } else {
      pending.append((bytes, end))
    }
    end += bytes.count
  }

  /// Names a section that is there already.
  func keep(_ entry: SectionEntry) { entries.append(entry) }

  func append(_ entry: SectionEntry, _ bytes: [UInt8]) throws(StoreError) {
    var entry = entry
    entry.offset = UInt64(end)
    entry.length = UInt64(bytes.count)
    var writer = ByteWriter()
    if bytes.count > GuardedBytes.blockSize {
      for start in stride(from: 0, to: bytes.count, by: GuardedBytes.blockSize) {
        writer.u64(
          Checksum.of(bytes, in: start..<min(bytes.count, start + GuardedBytes.blockSize)))
      }
      entry.checksum = Checksum.of(writer.bytes)
    } else {
      entry.checksum = Checksum.of(bytes)
    }
    var padded = bytes
    padded.append(contentsOf: repeatElement(0, count: (8 - bytes.count % 8) % 8))
    padded.append(contentsOf: writer.bytes)
    try put(padded)
    entries.append(entry)
  }

  /// Writes the section table and returns the header that names it.
  func finish(_ former: FileHeader) throws(StoreError) -> FileHeader {
    var root = ByteWriter()
    root.u64(UInt64(entries.count))
    for entry in entries { entry.write(to: &root) }
    var header = former
    header.rootOffset = UInt64(end)
    header.rootLength = UInt64(root.count)
    header.rootChecksum = Checksum.of(root.bytes)
    try put(root.bytes)
    header.fileLength = UInt64(end)
    if !pending.isEmpty { try file.checkRoom(upTo: end) }
    for part in pending { try file.write(part.bytes, at: part.offset) }
    pending = []
    let hasChanges = entries.contains { SectionKind(rawValue: $0.kind)?.isChange ?? false }
    header.incompatible = hasChanges ? FileLayout.hasChanges : 0
    let hasIndexes = entries.contains {
      $0.kind == SectionKind.valueIndex.rawValue || $0.kind == SectionKind.textIndex.rawValue
    }
    header.readOnlyCompatible = hasIndexes ? FileLayout.hasIndexes : 0
    return header
  }

  /// Writes the section table, the title and both headers of a new file, and makes all durable.
  func finish(
    fileID: UInt64, generation: UInt64, epoch: UInt64
  ) throws(StoreError) {
    var header = FileHeader()
    header.generation = generation
    header.logEpoch = epoch
    header = try finish(header)
    var head = ByteWriter()
    head.append(FileLayout.title(fileID: fileID))
    head.append(header.page())
    head.pad(to: FileLayout.pageSize)
    header.generation -= 1
    head.append(header.page())
    head.pad(to: FileLayout.pageSize)
    try file.write(head.bytes, at: 0)
    try file.sync()
  }
}
