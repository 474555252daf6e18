/// What a disk may hold when the power goes at some moment of a trace.
///
/// Whatever was not synced is taken apart into pieces: each sector of 512 bytes of each write, each
/// change of a file's length, each change of a name. Any subset of the pieces may have reached the
/// disk. Up to `exhaustiveLimit` pieces every subset is made, beyond that random ones.
public struct PowerCut {
  /// A change that may or may not have reached the disk.
  private enum Piece {
    case bytes(inode: Int, offset: Int, bytes: ArraySlice<UInt8>)
    case size(inode: Int, size: Int)
    case link(name: String, inode: Int, from: String?)
    case unlink(name: String)

    var inode: Int? {
      switch self {
      case .bytes(let inode, _, _), .size(let inode, _): inode
      case .link, .unlink: nil
      }
    }
  }

  /// One image of the disk after the power went, and what had happened before.
  public struct Image {
    public var files: [String: [UInt8]]
    /// The notes of the test up to the moment.
    public var lastNote: String
    /// Where in the trace the power went.
    public var moment: Int
  }

  private var inodes: [Int: [UInt8]] = [:]
  private var names: [String: Int]
  private var pending: [Piece] = []
  private var lastNote = ""
  public var exhaustiveLimit = 8
  public var samples = 40
  private static let sector = 512

  /// A disk that holds what `system` held before its trace began.
  public init(files: [String: [UInt8]] = [:]) {
    names = [:]
    for (number, name) in files.keys.sorted().enumerated() {
      names[name] = -1 - number
      inodes[-1 - number] = files[name]
    }
  }

  /// Plays a trace and gives out images of the disk at every moment where something is unsynced,
  /// and after every sync.
  public mutating func play(
    _ trace: [SimulatedFileSystem.Event], _ random: inout SeededGenerator,
    _ body: (Image) throws -> Void
  ) rethrows {
    for (moment, event) in trace.enumerated() {
      take(event)
      if case .note = event { continue }
      try images(moment, &random, body)
    }
  }

  /// Images of the disk as it may be now.
  public func images(
    _ moment: Int, _ random: inout SeededGenerator, _ body: (Image) throws -> Void
  ) rethrows {
    func give(_ keep: (Int) -> Bool) throws {
      try body(Image(files: files(keeping: keep), lastNote: lastNote, moment: moment))
    }
    if pending.count <= exhaustiveLimit {
      for subset in 0..<(1 << pending.count) { try give { subset & (1 << $0) != 0 } }
      return
    }
    try give { _ in false }
    try give { _ in true }
    for sample in 0..<samples {
      switch sample % 4 {
      case 0:
        // A prefix, torn somewhere.
        let end = Int(random.next() % UInt64(pending.count))
        try give { $0 < end }
      case 1:
        let missing = Int(random.next() % UInt64(pending.count))
        try give { $0 != missing }
      case 2:
        let only = Int(random.next() % UInt64(pending.count))
        try give { $0 == only }
      default:
        let bits = (0..<pending.count).map { _ in random.next() & 1 == 0 }
        try give { bits[$0] }
      }
    }
  }

  /// Takes the next event of a trace.
  public mutating func take(_ event: SimulatedFileSystem.Event) {
    switch event {
    case .write(let inode, let offset, let bytes):
      var start = 0
      while start < bytes.count {
        let next = min(
          bytes.count, ((offset + start) / PowerCut.sector + 1) * PowerCut.sector - offset)
        pending.append(.bytes(inode: inode, offset: offset + start, bytes: bytes[start..<next]))
        start = next
      }
    case .truncate(let inode, let size): pending.append(.size(inode: inode, size: size))
    case .link(let name, let inode, let from):
      pending.append(.link(name: name, inode: inode, from: from))
    case .unlink(let name): pending.append(.unlink(name: name))
    case .sync(let inode):
      apply { $0.inode == inode }
    case .syncFolder:
      apply { $0.inode == nil }
    case .note(let text): lastNote = text
    }
  }

  private mutating func apply(_ isDurable: (Piece) -> Bool) {
    for piece in pending where isDurable(piece) { PowerCut.put(piece, &inodes, &names) }
    pending.removeAll(where: isDurable)
  }

  private func files(keeping keep: (Int) -> Bool) -> [String: [UInt8]] {
    var inodes = inodes
    var names = names
    for (place, piece) in pending.enumerated() where keep(place) {
      PowerCut.put(piece, &inodes, &names)
    }
    return names.mapValues { inodes[$0] ?? [] }
  }

  private static func put(
    _ piece: Piece, _ inodes: inout [Int: [UInt8]], _ names: inout [String: Int]
  ) {
    switch piece {
    case .bytes(let inode, let offset, let bytes):
      let end = offset + bytes.count
      let missing = end - (inodes[inode]?.count ?? 0)
      if missing > 0 {
        inodes[inode, default: []].append(
          contentsOf: [UInt8](repeating: 0, count: missing))
      }
      inodes[inode]?.replaceSubrange(offset..<end, with: bytes)
    case .size(let inode, let size):
      let count = inodes[inode]?.count ?? 0
      if size < count {
        inodes[inode]?.removeLast(count - size)
      } else {
        inodes[inode, default: []].append(
          contentsOf: [UInt8](repeating: 0, count: size - count))
      }
    case .link(let name, let inode, let from):
      names[name] = inode
      if let from { names[from] = nil }
    case .unlink(let name): names[name] = nil
    }
  }
}
