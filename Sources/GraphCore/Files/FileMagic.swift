#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The first bytes of the files of a database, by which they are known whatever their names are.
enum FileMagic {
  static let database: [UInt8] = Array("graphsh\u{1A}".utf8)
  static let log: [UInt8] = Array("graphlog".utf8)

  /// As many first bytes of an ordinary file; nothing where it has fewer, cannot be read or is none.
  static func head(of path: String) -> [UInt8]? {
    guard case .file? = FilePlace(path) else { return nil }
    let reader = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard reader >= 0 else { return nil }
    defer { _ = close(reader) }
    var head = [UInt8](repeating: 0, count: database.count)
    return unsafe read(reader, &head, head.count) == head.count ? head : nil
  }
}

extension Files {
  /// Whether a file begins as a database does, whatever its name is.
  public static func isDatabase(_ path: String) -> Bool {
    FileMagic.head(of: path) == FileMagic.database
  }
}
