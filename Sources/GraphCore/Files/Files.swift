#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Why a file could not be read or written.
public struct FileError: Error, Sendable, Equatable {
  public let path: String
  /// The system's words, such as "No such file or directory".
  public let reason: String
  /// Whether nobody reads what is written any more, as when `| head` has seen enough.
  public let isClosedPipe: Bool

  package init(path: String, reason: String, isClosedPipe: Bool = false) {
    self.path = path
    self.reason = reason
    self.isClosedPipe = isClosedPipe
  }
}

/// Whole files and folders, through the C library alone.
public enum Files {
  /// More than anything that is read as a whole; a device may never end.
  private static let largest = Int(UInt32.max)

  /// The bytes of a file, or of standard input for `-`; an error where these are 4 GiB or more.
  public static func read(_ path: String) throws(FileError) -> [UInt8] {
    if path == "-" { return try read(descriptor: 0, path: "<stdin>", expected: 0) }
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure(path) }
    defer { close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { throw failure(path) }
    if status.st_mode & S_IFMT == S_IFDIR {
      throw FileError(path: path, reason: "Is a directory")
    }
    return try read(descriptor: descriptor, path: path, expected: Int(status.st_size))
  }

  private static func read(descriptor: Int32, path: String, expected: Int) throws(FileError)
    -> [UInt8]
  {
    // Of a file the first piece is all, and one byte of room shows its end.
    var bytes: [UInt8] = []
    var size = max(expected + 1, 1 << 16)
    while true {
      guard max(bytes.count, expected) < largest else {
        throw FileError(path: path, reason: "the file is larger than 4 GiB")
      }
      var code: Int32 = 0
      let piece = unsafe [UInt8](unsafeUninitializedCapacity: size) { buffer, initialized in
        (initialized, code) = unsafe Descriptor.fill(
          UnsafeMutableRawBufferPointer(buffer), from: descriptor)
      }
      if code != 0 { throw failure(path, code) }
      if bytes.isEmpty { bytes = piece } else { bytes += piece }
      if piece.count < size { return bytes }
      size = max(1 << 16, min(bytes.count, 1 << 24))
    }
  }

  /// Puts bytes into a file in place of what it held, all of them or none.
  ///
  /// - Parameter replacingInputs: whether the file may be one that was read; see `HeldFiles`.
  public static func write(
    _ bytes: [UInt8], to path: String, replacingInputs: Bool = false
  ) throws(FileError) {
    let file = try OutputFile(path, replacingInputs: replacingInputs, isWhole: true)
    try file.write(bytes)
    try file.close()
  }

  /// Puts bytes into a new file that only its owner can use, whatever the folder permits others; an error where
  /// there is something of the name, and be it a link.
  package static func make(_ bytes: [UInt8], at path: String) throws(FileError) {
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw failure(path) }
    var code = Descriptor.writeAll(bytes, to: descriptor)
    if close(descriptor) != 0, code == 0 { code = errno }
    guard code != 0 else { return }
    remove(path)
    throw failure(path, code)
  }

  /// Puts bytes into a new file with a name that nobody foresees; returns its path.
  ///
  /// ```swift
  /// let path = try Files.makeTemporary(bytes, in: "/tmp", ending: ".dl")  // /tmp/graphsh-3w5e11264sgsf.dl
  /// ```
  package static func makeTemporary(
    _ bytes: [UInt8], in folder: String, ending: String
  ) throws(FileError) -> String {
    let name = String(UInt64.random(in: 0 ... .max), radix: 36)
    let path = "\(folder)/graphsh-\(name)\(ending)"
    try make(bytes, at: path)
    return path
  }

  /// Whether a path, or what it links to, is a folder.
  public static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// Whether there is anything of the name; a link that leads nowhere is nothing.
  public static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

  /// How many bytes a file has; nothing where it cannot be looked at.
  public static func byteCount(_ path: String) -> Int? {
    var status = stat()
    return unsafe stat(path, &status) == 0 ? Int(status.st_size) : nil
  }

  /// The names in a folder, in code point order; hidden ones are left out. Of more than `limit`
  /// names any `limit` are read. O(names × log names).
  public static func list(_ path: String, atMost limit: Int = .max) throws(FileError) -> [String] {
    guard let folder = unsafe opendir(path) else { throw failure(path) }
    defer { unsafe closedir(folder) }
    return unsafe try names(atMost: limit, path) { unsafe readdir(folder) }
  }

  /// The names of entries, until there is none and `errno` stays as it is.
  static func names(
    atMost limit: Int, _ path: String, next: () -> UnsafeMutablePointer<dirent>?
  ) throws(FileError) -> [String] {
    var names: [String] = []
    while names.count < limit {
      errno = 0
      guard let entry = unsafe next() else {
        if errno != 0 { throw failure(path) }
        break
      }
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        unsafe pointer.withMemoryRebound(to: CChar.self, capacity: 256) {
          unsafe String(cString: $0)
        }
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// Removes a file, if it is there.
  public static func remove(_ path: String) { _ = unsafe unlink(path) }

  /// Makes a folder; one that is there already is no error.
  public static func makeFolder(_ path: String) throws(FileError) {
    if unsafe mkdir(path, 0o777) != 0 && errno != EEXIST { throw failure(path) }
  }

  static func failure(_ path: String, _ code: Int32 = errno) -> FileError {
    FileError(
      path: path, reason: unsafe String(cString: strerror(code)), isClosedPipe: code == EPIPE)
  }

  /// Whether a standard descriptor (0, 1 or 2) is a terminal.
  public static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

  /// Makes writing to a closed pipe an error in place of the process's end.
  public static func ignoreClosedPipes() { _ = signal(SIGPIPE, SIG_IGN) }
}
