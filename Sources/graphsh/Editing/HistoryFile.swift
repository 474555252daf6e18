#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The file that keeps the history between sessions.
///
/// Each statement is appended by one write as it is entered, so that several shells may share the
/// file and none is lost when one dies. When the file has grown to twice what is kept, it is written
/// anew beside the old one and put in its place. Only its owner can read it. A history that cannot
/// be read or written is no reason to stop anybody: every failure here is silent.
struct HistoryFile: Sendable {
  let path: String
  let limit: Int
  /// A larger file is not read: it is not ours.
  private static let largestFile = 64 << 20

  init(path: String, limit: Int = History.standardLimit) {
    self.path = path
    self.limit = limit
  }

  /// `$XDG_STATE_HOME/graphsh/history`, or `~/.local/state/graphsh/history`; nil without a home.
  static func standardPath(environment: (String) -> String?) -> String? {
    // The standard says that a relative path in the variable is to be ignored.
    if let state = environment("XDG_STATE_HOME"), state.hasPrefix("/") {
      return "\(state)/graphsh/history"
    }
    guard let home = environment("HOME"), home.hasPrefix("/") else { return nil }
    return "\(home)/.local/state/graphsh/history"
  }

  /// The history as it was left, empty if there is none.
  func load() -> History {
    let (history, lineCount) = History.decode(readAll() ?? [], limit: limit)
    if lineCount > 2 * max(history.entries.count, limit / 2) { rewrite(history) }
    return history
  }

  /// Adds a statement, as `History.add` kept it.
  func append(_ entry: String) {
    makeFolders()
    let descriptor = unsafe open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    write(History.encode(entry), to: descriptor)
  }

  private func rewrite(_ history: History) {
    let aside = "\(path).\(getpid())"
    let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC
    let descriptor = unsafe open(aside, flags, 0o600)
    guard descriptor >= 0 else { return }
    let isWritten = write(history.encoded, to: descriptor)
    close(descriptor)
    let isInPlace = isWritten ? unsafe rename(aside, path) == 0 : false
    if !isInPlace { _ = unsafe unlink(aside) }
  }

  private func readAll() -> [UInt8]? {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      status.st_size <= Self.largestFile
    else { return nil }
    var result: [UInt8] = []
    result.reserveCapacity(Int(status.st_size))
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = unsafe read(descriptor, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return count == 0 ? result : nil }
      result += buffer[..<count]
    }
  }

  /// Makes the folders above the file that are missing, for the owner alone.
  private func makeFolders() {
    for (index, byte) in path.utf8.enumerated() where byte == UInt8(ascii: "/") && index > 0 {
      _ = unsafe mkdir(String(decoding: path.utf8.prefix(index), as: UTF8.self), 0o700)
    }
  }

  @discardableResult
  private func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
    var offset = 0
    while offset < bytes.count {
      let count = unsafe bytes[offset...].withUnsafeBytes { rest in
        #if canImport(Glibc)
          unsafe Glibc.write(descriptor, rest.baseAddress, rest.count)
        #elseif canImport(Musl)
          unsafe Musl.write(descriptor, rest.baseAddress, rest.count)
        #else
          unsafe Darwin.write(descriptor, rest.baseAddress, rest.count)
        #endif
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return false }
      offset += count
    }
    return true
  }
}
