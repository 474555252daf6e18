package import GraphCore

/// Files in memory that remember every change, fail on request, and can show what a disk may hold
/// after the power went.
///
/// The contents are what a running process sees. `trace` is what happened, in order; `PowerCut`
/// makes disk images of it.
public final class SimulatedFileSystem {
  /// The content of a file, whatever its name.
  final class Inode {
    let number: Int
    var bytes: [UInt8]
    /// Who may read and write it.
    var mode = 0o644

    init(number: Int, bytes: [UInt8]) {
      self.number = number
      self.bytes = bytes
    }
  }

  /// What happened to the disk.
  public enum Event: Sendable {
    case write(inode: Int, offset: Int, bytes: [UInt8])
    case truncate(inode: Int, size: Int)
    case sync(inode: Int)
    /// A name leads to a file; where `from` is given, that name is gone with the same step.
    case link(name: String, inode: Int, from: String?)
    case unlink(name: String)
    case syncFolder
    /// A word of the test about what it does, such as the commit that is acknowledged here.
    case note(String)
  }

  /// How an operation fails.
  public enum Fault: Sendable, CaseIterable {
    /// The device reports an error, and nothing happened.
    case inputOutput
    /// The device is full; half of a write may have happened.
    case full
  }

  var names: [String: Inode] = [:]
  /// What is held, by the numbers of files and their bytes.
  var locks: [Int: [Int: [ObjectIdentifier: LockKind]]] = [:]
  private var inodeCount = 0
  public private(set) var trace: [Event] = []
  /// Whether events are kept; images that are only read once need none.
  public var isTracing = true
  /// How many operations that may fail there were: writes, truncations, syncs, renames, removals.
  public private(set) var operationCount = 0
  /// The operation to fail, counted from 0, and every later one of the handle if `isLasting`.
  public var fault: (operation: Int, kind: Fault, isLasting: Bool)?
  /// How many bytes all files together may have.
  public var capacity = Int.max
  /// Leaves syncs out as if the code did not call them.
  public var ignoredSync: SyncPoint?

  /// The places where the store makes something durable.
  public enum SyncPoint: String, CaseIterable, Sendable {
    /// The first sector of a log, and the log's name.
    case logHeader, logName
    /// The header that names the log or new sections.
    case header
    /// Sections that have been appended to the file.
    case sections
    /// The records of a commit.
    case commit
    /// A whole file written aside, and its name after it has taken its place.
    case newFile, newName
  }

  public init() {}

  /// A disk with these files on it.
  public init(files: [String: [UInt8]]) {
    for (name, bytes) in files { names[name] = makeInode(bytes) }
  }

  /// The files as a running process sees them.
  public var files: [String: [UInt8]] { names.mapValues(\.bytes) }

  /// Who may use a file, as a running process sees it; new files that are like no other have 0644.
  public func mode(of name: String) -> Int? { names[name]?.mode }
  public func setMode(of name: String, to mode: Int) { names[name]?.mode = mode }

  public func note(_ text: String) { if isTracing { trace.append(.note(text)) } }

  /// Gives up everything that is held, as the end of a process does.
  public func releaseLocks() { locks = [:] }

  fileprivate func makeInode(_ bytes: [UInt8] = []) -> Inode {
    inodeCount += 1
    return Inode(number: inodeCount - 1, bytes: bytes)
  }

  fileprivate func record(_ event: Event) { if isTracing { trace.append(event) } }

  /// How many bytes there is room for.
  fileprivate var freeSpace: Int { capacity - names.values.reduce(0) { $0 + $1.bytes.count } }

  /// Counts an operation and says whether it fails.
  fileprivate func nextFault() -> Fault? {
    defer { operationCount += 1 }
    guard let fault else { return nil }
    let hits =
      fault.isLasting ? operationCount >= fault.operation : operationCount == fault.operation
    return hits ? fault.kind : nil
  }

}

extension SimulatedFileSystem: FileSystem {
  package func open(
    _ path: String, _ mode: OpenMode, _ likeness: Likeness?
  ) throws(StoreError) -> any StorageFile {
    if let inode = names[path] {
      guard mode != .new else {
        throw StoreError(.cannotOpen, "cannot be opened", path: path, underlying: "File exists")
      }
      if case .companion = likeness, let mode = self.mode(like: likeness) { inode.mode = mode }
      if mode == .replace && !inode.bytes.isEmpty {
        if let fault = nextFault() { throw error(fault, path) }
        inode.bytes = []
        record(.truncate(inode: inode.number, size: 0))
      }
      return SimulatedFile(path, inode, self)
    }
    guard mode != .read, mode != .write else {
      throw StoreError(
        .cannotOpen, "cannot be opened", path: path, underlying: "No such file or directory")
    }
    if let fault = nextFault() { throw error(fault, path) }
    let inode = makeInode()
    inode.mode = self.mode(like: likeness) ?? inode.mode
    names[path] = inode
    record(.link(name: path, inode: inode.number, from: nil))
    return SimulatedFile(path, inode, self)
  }

  private func mode(like likeness: Likeness?) -> Int? {
    switch likeness {
    case nil: nil
    case .replacement(let path), .copy(let path): names[path]?.mode
    case .companion(let path): names[path].map { $0.mode | 0o600 }
    }
  }

  package func pause(milliseconds: Int) {}

  package func resolve(_ path: String) -> String { path }

  package func exists(_ path: String) -> Bool { names[path] != nil }

  package func rename(_ path: String, to newPath: String) throws(StoreError) {
    if let fault = nextFault() { throw error(fault, newPath) }
    guard let inode = names[path] else {
      throw StoreError(.cannotWrite, "cannot take its place", path: newPath)
    }
    names[newPath] = inode
    names[path] = nil
    record(.link(name: newPath, inode: inode.number, from: path))
  }

  package func remove(_ path: String) throws(StoreError) {
    guard names[path] != nil else { return }
    if let fault = nextFault() { throw error(fault, path) }
    names[path] = nil
    record(.unlink(name: path))
  }

  package func syncFolder(of path: String) throws(StoreError) {
    if nextFault() != nil {
      throw StoreError(.cannotSync, "cannot be synced", path: path, underlying: "simulated")
    }
    let point = path.hasSuffix("-log") ? SyncPoint.logName : .newName
    if point != ignoredSync { record(.syncFolder) }
  }

  fileprivate func error(_ fault: Fault, _ path: String) -> StoreError {
    StoreError(
      fault == .full ? .diskFull : .cannotWrite, "cannot be written", path: path,
      underlying: "simulated")
  }
}

/// An open file of a simulated disk.
private final class SimulatedFile: StorageFile {
  let path: String
  private let inode: SimulatedFileSystem.Inode
  private let system: SimulatedFileSystem
  private var hasNewStart = false
  private var hasNewSections = false

  init(_ path: String, _ inode: SimulatedFileSystem.Inode, _ system: SimulatedFileSystem) {
    self.path = path
    self.inode = inode
    self.system = system
  }

  deinit { close() }

  func size() throws(StoreError) -> Int { inode.bytes.count }

  func read(at offset: Int, count: Int) throws(StoreError) -> [UInt8] {
    guard offset < inode.bytes.count else { return [] }
    return Array(inode.bytes[offset..<min(inode.bytes.count, offset + count)])
  }

  func write(_ bytes: [UInt8], at offset: Int) throws(StoreError) {
    if let fault = system.nextFault() {
      if fault == .full { put(Array(bytes.prefix(bytes.count / 2)), at: offset) }
      throw system.error(fault, path)
    }
    let room = max(0, system.freeSpace)
    if offset + bytes.count - inode.bytes.count > room {
      put(Array(bytes.prefix(max(0, inode.bytes.count + room - offset))), at: offset)
      throw system.error(.full, path)
    }
    put(bytes, at: offset)
  }

  private func put(_ bytes: [UInt8], at offset: Int) {
    guard !bytes.isEmpty else { return }
    if offset == 0 { hasNewStart = true }
    if offset >= 12_288 { hasNewSections = true }
    let end = offset + bytes.count
    if inode.bytes.count < end {
      inode.bytes += [UInt8](repeating: 0, count: end - inode.bytes.count)
    }
    inode.bytes.replaceSubrange(offset..<end, with: bytes)
    system.record(.write(inode: inode.number, offset: offset, bytes: bytes))
  }

  func checkRoom(upTo size: Int) throws(StoreError) {
    if let fault = system.nextFault() { throw system.error(fault, path) }
    if size - inode.bytes.count > system.freeSpace { throw system.error(.full, path) }
  }

  func truncate(to size: Int) throws(StoreError) {
    if let fault = system.nextFault() { throw system.error(fault, path) }
    if size < inode.bytes.count {
      inode.bytes.removeLast(inode.bytes.count - size)
    } else {
      inode.bytes += [UInt8](repeating: 0, count: size - inode.bytes.count)
    }
    system.record(.truncate(inode: inode.number, size: size))
  }

  var hasName: Bool { system.names[path] === inode }

  func sync() throws(StoreError) {
    if system.nextFault() != nil {
      throw StoreError(.cannotSync, "cannot be synced", path: path, underlying: "simulated")
    }
    let point: SimulatedFileSystem.SyncPoint =
      switch path {
      case _ where path.hasSuffix("-log"): hasNewStart ? .logHeader : .commit
      case _ where path.hasSuffix("-new"): .newFile
      default: hasNewSections ? .sections : .header
      }
    hasNewStart = false
    hasNewSections = false
    if point != system.ignoredSync { system.record(.sync(inode: inode.number)) }
  }

  func map(count: Int) throws(StoreError) -> MappedBytes {
    guard inode.bytes.count >= count else {
      throw StoreError(.damaged, "is shorter than its header says", path: path)
    }
    return MappedBytes(copying: Array(inode.bytes[..<count]))
  }

  func lock(byte: Int, _ kind: LockKind) throws(StoreError) -> Bool {
    let me = ObjectIdentifier(self)
    let others = (system.locks[inode.number]?[byte] ?? [:]).filter { $0.key != me }
    let isFree = kind == .shared ? !others.values.contains(.exclusive) : others.isEmpty
    if isFree { system.locks[inode.number, default: [:]][byte, default: [:]][me] = kind }
    return isFree
  }

  func unlock(byte: Int) { system.locks[inode.number]?[byte]?[ObjectIdentifier(self)] = nil }

  func close() {
    guard var bytes = system.locks[inode.number] else { return }
    for byte in bytes.keys { bytes[byte]?[ObjectIdentifier(self)] = nil }
    system.locks[inode.number] = bytes
  }
}
