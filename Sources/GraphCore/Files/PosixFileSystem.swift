#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The files of the machine.
package final class PosixFileSystem: FileSystem {
  package init() {}

  package func open(
    _ path: String, _ mode: OpenMode, _ likeness: Likeness?
  ) throws(StoreError) -> any StorageFile {
    let permissions = likeness.flatMap(Permissions.init)
    let flags: Int32 =
      switch mode {
      case .read: O_RDONLY
      case .write: O_RDWR
      case .create: O_RDWR | O_CREAT
      case .replace: O_RDWR | O_CREAT | O_TRUNC
      case .new: O_RDWR | O_CREAT | O_EXCL
      }
    // A pipe would have to be waited for. The one link that is followed is that to a database (`resolve`): behind
    // another, in the place of a log, lies what somebody else owns.
    let (descriptor, isNew) = openFile(
      path, flags | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW, permissions?.initialMode ?? 0o666)
    guard descriptor >= 0 else {
      if errno == ELOOP { throw StoreError(.cannotOpen, "is a symbolic link", path: path) }
      let isForbidden = errno == EROFS || errno == EACCES || errno == EPERM
      throw failure(
        isForbidden && mode != .read ? .readOnly : .cannotOpen, "cannot be opened", path)
    }
    var status = stat()
    if unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
      _ = closeFile(descriptor)
      let isFolder = status.st_mode & S_IFMT == S_IFDIR
      throw StoreError(.cannotOpen, isFolder ? "is a folder" : "is no ordinary file", path: path)
    }
    permissions?.apply(to: descriptor, path, status, isNew: isNew)
    return PosixFile(path: path, descriptor: descriptor)
  }

  package func pause(milliseconds: Int) { usleep(UInt32(milliseconds) * 1000) }

  package func hold(database path: String) -> HeldFiles? { HeldFiles(database: path) }

  package func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

  package func resolve(_ path: String) -> String {
    var status = stat()
    guard unsafe lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK else { return path }
    // Where a link leads to nothing yet, the file is made there.
    guard let found = unsafe realpath(path, nil) else { return FilePlace.destination(of: path) }
    defer { unsafe free(found) }
    return unsafe String(cString: found)
  }

  package func rename(_ path: String, to newPath: String) throws(StoreError) {
    guard renameFile(path, newPath) == 0 else {
      throw failure(.cannotWrite, "cannot take its place", newPath)
    }
  }

  package func rename(_ path: String, toNew newPath: String) throws(StoreError) {
    if unsafe link(path, newPath) == 0 {
      // Two names of a new file harm nobody.
      _ = unsafe unlink(path)
      return
    }
    if errno == EEXIST || exists(newPath) {
      throw StoreError(.cannotWrite, "is there already", path: newPath)
    }
    // Not every disk has a second name for a file.
    try rename(path, to: newPath)
  }

  package func remove(_ path: String) throws(StoreError) {
    guard unsafe unlink(path) == 0 || errno == ENOENT else {
      throw failure(.cannotWrite, "cannot be removed", path)
    }
  }

  package func syncFolder(of path: String) throws(StoreError) {
    let slash = path.lastIndex(of: "/")
    let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    let descriptor = openFile(folder, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure(.cannotSync, "cannot be opened", folder) }
    defer { _ = closeFile(descriptor) }
    guard fsync(descriptor) == 0 else { throw failure(.cannotSync, "cannot be synced", folder) }
  }
}

/// The rights that a file takes over from another.
private struct Permissions {
  private let model: stat
  private let likeness: Likeness

  /// The rights of the file to be like; `nil` where there is none.
  init?(_ likeness: Likeness) {
    let path =
      switch likeness {
      case .replacement(let path), .companion(let path), .copy(let path): path
      }
    var model = stat()
    guard unsafe stat(path, &model) == 0 else { return nil }
    self.model = model
    self.likeness = likeness
  }

  private var mode: mode_t {
    let mode = model.st_mode & 0o777
    if case .companion = likeness { return mode | 0o600 }
    return mode
  }

  /// What a new file is made with: nobody else can open it before it is what it should be.
  var initialMode: mode_t {
    if case .copy = likeness { return mode }
    return 0o600
  }

  /// Gives an open file the rights, as far as the system permits.
  ///
  /// One that was there is left alone unless it is plainly the user's own: under its name there may be a
  /// link that somebody else has put there, to a file that is no part of the database.
  func apply(to descriptor: Int32, _ path: String, _ file: stat, isNew: Bool) {
    if case .copy = likeness { return }
    var mode = mode
    if isNew {
      if file.st_uid != model.st_uid { _ = fchown(descriptor, model.st_uid, model.st_gid) }
      var owned = file
      _ = unsafe fstat(descriptor, &owned)
      if owned.st_gid != model.st_gid, fchown(descriptor, uid_t.max, model.st_gid) != 0 {
        mode &= ~0o070 | (mode & 0o007) << 3
      }
    } else {
      var named = stat()
      guard file.st_uid == geteuid(), file.st_nlink == 1, unsafe lstat(path, &named) == 0,
        named.st_ino == file.st_ino, named.st_dev == file.st_dev, file.st_mode & 0o777 != mode
      else { return }
      if file.st_gid != model.st_gid { mode &= ~0o070 | (mode & 0o007) << 3 }
    }
    _ = fchmod(descriptor, mode)
  }
}

/// A file of the machine.
private final class PosixFile: StorageFile {
  let path: String
  private var descriptor: Int32

  init(path: String, descriptor: Int32) {
    self.path = path
    self.descriptor = descriptor
  }

  deinit { close() }

  func size() throws(StoreError) -> Int {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else {
      throw failure(.cannotRead, "cannot be read", path)
    }
    return Int(status.st_size)
  }

  func read(at offset: Int, count: Int) throws(StoreError) -> [UInt8] {
    var code: Int32 = 0
    let result = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      (filled, code) = unsafe Descriptor.fill(
        UnsafeMutableRawBufferPointer(buffer), from: descriptor, at: offset)
    }
    if code != 0 { throw failure(.cannotRead, "cannot be read", path, code) }
    return result
  }

  func write(_ bytes: [UInt8], at offset: Int) throws(StoreError) {
    let code = Descriptor.writeAll(bytes, to: descriptor, at: offset)
    guard code != 0 else { return }
    let isFull = code == ENOSPC || code == EDQUOT || code == EFBIG
    throw failure(isFull ? .diskFull : .cannotWrite, "cannot be written", path, code)
  }

  func checkRoom(upTo size: Int) throws(StoreError) {
    let missing = size - (try self.size())
    var status = statvfs()
    // Where the system does not say, writing will tell.
    guard missing > 0, unsafe fstatvfs(descriptor, &status) == 0 else { return }
    let (free, isEndless) = UInt64(status.f_bavail).multipliedReportingOverflow(
      by: UInt64(status.f_frsize))
    if !isEndless, free < UInt64(missing) {
      throw failure(.diskFull, "has no room for \(missing) bytes more", path, ENOSPC)
    }
  }

  func truncate(to size: Int) throws(StoreError) {
    while ftruncate(descriptor, off_t(size)) != 0 {
      if errno == EINTR { continue }
      throw failure(errno == ENOSPC ? .diskFull : .cannotWrite, "cannot change its length", path)
    }
  }

  var hasName: Bool {
    var (mine, named) = (stat(), stat())
    guard unsafe fstat(descriptor, &mine) == 0, unsafe stat(path, &named) == 0 else {
      return false
    }
    return mine.st_dev == named.st_dev && mine.st_ino == named.st_ino
  }

  func sync() throws(StoreError) {
    #if canImport(Darwin)
      // Darwin's fsync leaves bytes in the drive's own cache.
      let result = fcntl(descriptor, F_FULLFSYNC)
    #else
      let result = fdatasync(descriptor)
    #endif
    guard result == 0 else { throw failure(.cannotSync, "cannot be synced", path) }
  }

  func map(count: Int) throws(StoreError) -> MappedBytes {
    guard count > 0 else { return MappedBytes(copying: []) }
    guard try size() >= count else {
      throw StoreError(.damaged, "is shorter than its header says", path: path)
    }
    let memory = unsafe mmap(nil, count, PROT_READ, MAP_SHARED, descriptor, 0)
    guard let memory = unsafe memory, unsafe memory != MAP_FAILED else {
      throw failure(.cannotRead, "cannot be mapped", path)
    }
    return unsafe MappedBytes(base: UnsafeRawPointer(memory), count: count) { base, count in
      unsafe munmap(UnsafeMutableRawPointer(mutating: base), count)
    }
  }

  func lock(byte: Int, _ kind: LockKind) throws(StoreError) -> Bool {
    var request = range(byte, kind == .shared ? F_RDLCK : F_WRLCK)
    while unsafe fcntl(descriptor, setOpenFileLock, &request) != 0 {
      switch errno {
      case EINTR: continue
      case EAGAIN, EACCES: return false
      default: throw failure(.cannotOpen, "cannot be locked", path)
      }
    }
    return true
  }

  func unlock(byte: Int) {
    var request = range(byte, F_UNLCK)
    _ = unsafe fcntl(descriptor, setOpenFileLock, &request)
  }

  func close() {
    guard descriptor >= 0 else { return }
    _ = closeFile(descriptor)
    descriptor = -1
  }

  private func range(_ byte: Int, _ kind: some BinaryInteger) -> flock {
    var result = flock()
    result.l_type = Int16(truncatingIfNeeded: kind)
    result.l_whence = Int16(SEEK_SET)
    result.l_start = off_t(byte)
    result.l_len = 1
    return result
  }
}

/// Open-file-description locks: two handles of one process exclude each other, and closing some
/// other descriptor of the file lets go of nothing.
#if canImport(Darwin)
  private let setOpenFileLock: Int32 = 90
#else
  private let setOpenFileLock: Int32 = 37
#endif

private func failure(
  _ code: StoreError.Code, _ message: String, _ path: String, _ number: Int32 = errno
) -> StoreError {
  StoreError(code, message, path: path, underlying: unsafe String(cString: strerror(number)))
}

// The C functions under names that no method hides.
private func openFile(_ path: String, _ flags: Int32) -> Int32 {
  unsafe open(path, flags, 0o666)
}
/// Opens a file, and says whether it was made now.
private func openFile(
  _ path: String, _ flags: Int32, _ mode: mode_t
) -> (descriptor: Int32, isNew: Bool) {
  guard flags & O_CREAT != 0 else { return (openFile(path, flags), false) }
  if flags & O_EXCL != 0 { return (unsafe open(path, flags, mode), true) }
  // Another process may make or remove it between the two attempts.
  while true {
    let made = unsafe open(path, flags | O_EXCL, mode)
    if made >= 0 || errno != EEXIST { return (made, true) }
    let found = openFile(path, flags & ~O_CREAT)
    if found >= 0 || errno != ENOENT { return (found, false) }
    // A symbolic link to nothing exists for the one and not for the other.
    var status = stat()
    if unsafe lstat(path, &status) == 0 { return (openFile(path, flags), false) }
  }
}
private func closeFile(_ descriptor: Int32) -> Int32 { close(descriptor) }
private func renameFile(_ from: String, _ to: String) -> Int32 { unsafe rename(from, to) }
