#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A file being written from its beginning, or one of the standard descriptors.
///
/// One that is to be whole is written beside its place and takes it when it is closed: whatever ends the writing before that
/// leaves what was there. Devices, pipes, files of several names and files in folders that take no other are written in place.
///
/// What a file held before stays until the first bytes come, or the end of an output without any: whoever fails
/// before that has taken nothing away. A file that is in use (`HeldFiles`) is never written, nor is a database, whoever
/// uses it.
public final class OutputFile {
  private let path: String
  private var descriptor: Int32
  private let isOwned: Bool
  private let replacesInputs: Bool
  private let isWhole: Bool
  /// The file that is to take the place, once it has begun; whoever is ended by a signal removes it.
  public private(set) var aside: String?
  /// Whether the file is made, and what it held is gone.
  public private(set) var hasBegun: Bool

  /// Looks whether there can be an output at `path`, and changes nothing there.
  ///
  /// - Parameters:
  ///   - replacingInputs: whether it may be a file that was read.
  ///   - isWhole: whether it is there as a whole or not at all.
  public init(
    _ path: String, replacingInputs: Bool = false, isWhole: Bool = false
  ) throws(FileError) {
    self.path = path
    self.isWhole = isWhole
    isOwned = true
    replacesInputs = replacingInputs
    hasBegun = false
    descriptor = -1
    try HeldFiles.check(FilePlace(path), path, replacingInputs: replacesInputs)
    try OutputFile.checkIsNoDatabase(path)
    descriptor = unsafe open(path, O_WRONLY | O_CLOEXEC)
    if descriptor >= 0 { return }
    guard errno == ENOENT else { throw Files.failure(path) }
    let (folder, name) = FilePlace.parts(FilePlace.destination(of: path))
    errno = ENOENT
    guard !name.isEmpty, unsafe access(folder, W_OK | X_OK) == 0 else { throw Files.failure(path) }
  }

  /// Refuses to take the place of a file that begins as a database or its log does. One that cannot be read is let be.
  private static func checkIsNoDatabase(_ path: String) throws(FileError) {
    let head = FileMagic.head(of: path)
    if head == FileMagic.database {
      throw FileError(path: path, reason: "it is a database, which would be lost")
    }
    // A text may begin so by chance.
    if head == FileMagic.log, path.hasSuffix("-log") {
      throw FileError(path: path, reason: "it is the log of a database, which would be lost")
    }
  }

  private init(descriptor: Int32, path: String) {
    self.descriptor = descriptor
    self.path = path
    isOwned = false
    replacesInputs = false
    isWhole = false
    hasBegun = true
  }

  /// Standard output; closing it closes nothing.
  public static var standardOutput: OutputFile { OutputFile(descriptor: 1, path: "<stdout>") }
  public static var standardError: OutputFile { OutputFile(descriptor: 2, path: "<stderr>") }

  /// Makes the file, or empties it; what has begun goes on.
  public func begin() throws(FileError) {
    guard !hasBegun else { return }
    if isWhole, try beginAside() { return }
    if descriptor < 0 {
      // It may have come into use since.
      try HeldFiles.check(FilePlace(path), path, replacingInputs: replacesInputs)
      descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o666)
      if descriptor < 0 { throw Files.failure(path) }
    }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { throw Files.failure(path) }
    try HeldFiles.check(FilePlace(status), path, replacingInputs: replacesInputs)
    try OutputFile.checkIsNoDatabase(path)
    if status.st_mode & S_IFMT == S_IFREG {
      guard ftruncate(descriptor, 0) == 0 else { throw Files.failure(path) }
    }
    hasBegun = true
  }

  /// Makes a file with a name that nobody has beside the place, with the rights of the one that is there; false where the
  /// place is not to be taken by another.
  private func beginAside() throws(FileError) -> Bool {
    guard let place = FilePlace(path) else { return false }
    try HeldFiles.check(place, path, replacingInputs: replacesInputs)
    try OutputFile.checkIsNoDatabase(path)
    let target = FilePlace.destination(of: path)
    var former = stat()
    let isThere = unsafe stat(target, &former) == 0
    if isThere, former.st_nlink > 1 { return false }
    let name = "\(target)-\(String(UInt64.random(in: 1 ... .max), radix: 36))-new"
    let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
    let new = unsafe open(name, flags, isThere ? 0o600 : 0o666)
    guard new >= 0 else { return false }
    if isThere,
      fchown(new, former.st_uid, former.st_gid) != 0
        || fchmod(new, former.st_mode & 0o7777) != 0
    {
      _ = systemClose(new)
      Files.remove(name)
      return false
    }
    if descriptor >= 0 { _ = systemClose(descriptor) }
    descriptor = new
    aside = name
    hasBegun = true
    return true
  }

  /// Writes all bytes behind what was written, beginning the file with the first; waits where the
  /// other side of a pipe has no room. Nothing is buffered: a call is a call of the system.
  public func write(_ bytes: [UInt8]) throws(FileError) {
    try begin()
    let code = Descriptor.writeAll(bytes, to: descriptor)
    if code != 0 { throw Files.failure(path, code) }
  }

  /// Ends the output, which may be empty; an error of an earlier write may show only here. An output
  /// that is let go without it leaves the file as it is by then.
  public func close() throws(FileError) {
    try begin()
    guard isOwned, descriptor >= 0 else { return }
    let result = systemClose(descriptor)
    descriptor = -1
    if result != 0 { throw Files.failure(path) }
    guard let aside else { return }
    guard unsafe rename(aside, FilePlace.destination(of: path)) == 0 else {
      throw Files.failure(path)
    }
    self.aside = nil
  }

  deinit {
    if isOwned && descriptor >= 0 { _ = systemClose(descriptor) }
    if let aside { Files.remove(aside) }
  }
}

// The C function under a name that no method hides.
private func systemClose(_ descriptor: Int32) -> Int32 { close(descriptor) }
