import GraphCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The file that keeps the history between sessions.
///
/// Each statement is appended as it is entered, so that several shells may share the
/// file and none is lost when one dies. When the file has grown to twice what is kept, it is written
/// anew beside the old one and put in its place. Whoever does either holds the file locked meanwhile, and looks whether
/// it is still the one of the name. Only its owner can read it. A history that cannot
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
    guard let descriptor = openLocked(O_RDONLY) else { return History() }
    defer { close(descriptor) }
    let (history, lineCount) = History.decode(bytes(of: descriptor) ?? [], limit: limit)
    if lineCount > 2 * max(history.entries.count, limit / 2) { rewrite(history) }
    return history
  }

  /// Adds a statement, as `History.add` kept it.
  func append(_ entry: String) {
    makeFolders()
    guard let descriptor = openLocked(O_WRONLY | O_APPEND | O_CREAT) else { return }
    defer { close(descriptor) }
    _ = Descriptor.writeAll(History.encode(entry), to: descriptor)
  }

  /// Puts a shorter file in the place of one that is held.
  private func rewrite(_ history: History) {
    let aside = "\(path).\(getpid())"
    do throws(FileError) { try Files.make(history.encoded, at: aside) } catch { return }
    if unsafe rename(aside, path) != 0 { Files.remove(aside) }
  }

  /// Opens the file that has the name and holds it, as far as its system can; closing lets go.
  private func openLocked(_ flags: Int32) -> Int32? {
    while true {
      let descriptor = unsafe open(path, flags | O_CLOEXEC, 0o600)
      guard descriptor >= 0 else { return nil }
      while flock(descriptor, LOCK_EX) != 0, errno == EINTR {}
      var (mine, named) = (stat(), stat())
      // Another may have come into its place meanwhile.
      if unsafe fstat(descriptor, &mine) == 0, unsafe stat(path, &named) == 0,
        mine.st_dev == named.st_dev, mine.st_ino == named.st_ino
      {
        return descriptor
      }
      close(descriptor)
    }
  }

  private func bytes(of descriptor: Int32) -> [UInt8]? {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      status.st_size <= Self.largestFile
    else { return nil }
    var code: Int32 = 0
    let result = unsafe [UInt8](unsafeUninitializedCapacity: Int(status.st_size)) { buffer, count in
      (count, code) = unsafe Descriptor.fill(
        UnsafeMutableRawBufferPointer(buffer), from: descriptor)
    }
    return code == 0 ? result : nil
  }

  /// Makes the folders above the file that are missing, for the owner alone.
  private func makeFolders() {
    for (index, byte) in path.utf8.enumerated() where byte == UInt8(ascii: "/") && index > 0 {
      _ = unsafe mkdir(String(decoding: path.utf8.prefix(index), as: UTF8.self), 0o700)
    }
  }
}
