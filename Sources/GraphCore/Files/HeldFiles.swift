import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Files that are in use as inputs or as a database for as long as the object lives: no output of the
/// process takes their place, by whatever name or link it comes.
///
/// ```swift
/// let inputs = HeldFiles(["a.csv"])
/// try Files.write(bytes, to: "./a.csv")    // FileError: it is an input
/// ```
///
/// An open `GraphStore` holds its file and those beside it.
public final class HeldFiles: Sendable {
  private enum Use {
    case input
    /// A file of a database: its own, or one beside it.
    case database(String, isCompanion: Bool)
  }

  private struct Entry {
    let path: String
    let use: Use

    var reason: String {
      switch use {
      case .input: "it is an input, which would be lost"
      case .database(_, isCompanion: false): "it is the database, which would be lost"
      case .database(let path, isCompanion: true): "it belongs to the database \(path)"
      }
    }
  }

  private static let all = Mutex<[ObjectIdentifier: [Entry]]>([:])

  /// Holds inputs; `-` is standard input. A folder stands for nothing. O(paths).
  public convenience init(_ paths: [String]) {
    self.init(paths.map { Entry(path: $0, use: .input) })
  }

  /// Holds a database with its log, its lock and what is written beside it to take its place.
  public convenience init(database path: String) {
    let file = FilePlace.destination(of: path)
    self.init(
      [Entry(path: file, use: .database(path, isCompanion: false))]
        + ["-log", "-lock", "-new"].map {
          Entry(path: file + $0, use: .database(path, isCompanion: true))
        })
  }

  private init(_ entries: [Entry]) {
    HeldFiles.all.withLock { $0[ObjectIdentifier(self)] = entries }
  }

  deinit { HeldFiles.all.withLock { $0[ObjectIdentifier(self)] = nil } }

  /// Refuses an output to a place that is held. O(files held), each of which is looked at anew: another
  /// may have taken its name.
  static func check(
    _ place: FilePlace?, _ path: String, replacingInputs: Bool
  ) throws(FileError) {
    guard let place else { return }
    let entries = all.withLock { Array($0.values.joined()) }
    for entry in entries where FilePlace(entry.path) == place {
      if case .input = entry.use, replacingInputs { continue }
      throw FileError(path: path, reason: entry.reason)
    }
  }
}

/// Where a name leads: the same for all names and links of a file, there or not.
enum FilePlace: Hashable {
  case file(device: UInt64, inode: UInt64)
  case missing(device: UInt64, folder: UInt64, name: [UInt8])

  /// The place of an ordinary file, or of one that could be made; nothing for folders, devices and pipes.
  init?(_ path: String) {
    var status = stat()
    if path == "-" {
      guard unsafe fstat(0, &status) == 0 else { return nil }
      self.init(status)
      return
    }
    if unsafe stat(path, &status) == 0 {
      self.init(status)
      return
    }
    let (folder, name) = FilePlace.parts(FilePlace.destination(of: path))
    guard !name.isEmpty, unsafe stat(folder, &status) == 0 else { return nil }
    self = .missing(
      device: UInt64(truncatingIfNeeded: status.st_dev),
      folder: UInt64(truncatingIfNeeded: status.st_ino), name: Array(name.utf8))
  }

  init?(_ status: stat) {
    guard status.st_mode & S_IFMT == S_IFREG else { return nil }
    self = .file(
      device: UInt64(truncatingIfNeeded: status.st_dev),
      inode: UInt64(truncatingIfNeeded: status.st_ino))
  }

  /// The name at the end of a chain of symbolic links, where there need be no file.
  static func destination(of path: String) -> String {
    var path = path
    for _ in 0..<40 {
      var bytes = [CChar](repeating: 0, count: 4096)
      let count = unsafe readlink(path, &bytes, bytes.count)
      guard count > 0 else { break }
      let target = String(
        decoding: bytes.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
      path = target.utf8.first == UInt8(ascii: "/") ? target : "\(parts(path).folder)/\(target)"
    }
    return path
  }

  /// The folder of a path and the name in it.
  static func parts(_ path: String) -> (folder: String, name: String) {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return (".", path) }
    let name = String(path[path.index(after: slash)...])
    return (slash == path.startIndex ? "/" : String(path[..<slash]), name)
  }
}
