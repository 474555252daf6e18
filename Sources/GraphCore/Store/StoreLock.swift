/// Holds the bytes of `NAME.graph-lock` that keep processes out of each other's way.
///
/// - Byte 0 is held by the one process that writes, for as long as it has the store open.
/// - Byte 1 is the gate: held alone while file and log are changed in more than one step, and shared
///   while they are being opened, so that whoever opens sees both before or both after.
///
/// The lock goes by the name of the file. Who has come by a second hard link has another, and is kept out by the first
/// byte of the file itself, which its writer holds as well (`GraphFile.open`).
///
/// The kernel lets go of them when a process ends, however it ends. Who gives up a database that it has not made
/// removes the lock file while holding it; who has waited for it then opens the one that is there now.
final class StoreLock {
  private enum Byte: Int { case writer = 0, gate = 1 }

  private var file: any StorageFile
  private let system: any FileSystem
  private let path: String
  /// Whether there was no lock file before.
  private let isNew: Bool

  /// Opens the lock file, which is made where it is missing.
  init(_ system: any FileSystem, path: String) throws(StoreError) {
    self.system = system
    self.path = path
    isNew = !system.exists(path + "-lock")
    file = try system.open(path + "-lock", .create, .companion(of: path))
  }

  /// Becomes the one writer, or waits for it at most so long.
  func becomeWriter(wait seconds: Double) throws(StoreError) {
    let deadline = MonotonicClock.moment(after: seconds)
    while true {
      guard try hold(.writer, .exclusive, until: deadline) else {
        throw StoreError(.locked, "another process is writing to it", path: path)
      }
      if file.hasName { return }
      file.close()
      file = try system.open(path + "-lock", .create, .companion(of: path))
    }
  }

  /// Runs steps that must not be seen half done, or opens what must not change meanwhile.
  func withGate<R>(
    _ kind: LockKind, _ body: () throws(StoreError) -> R
  ) throws(StoreError) -> R {
    let deadline = MonotonicClock.moment(after: 30)
    guard try hold(.gate, kind, until: deadline) else {
      throw StoreError(.locked, "another process has kept it locked for too long", path: path)
    }
    defer { file.unlock(byte: Byte.gate.rawValue) }
    return try body()
  }

  private func hold(
    _ byte: Byte, _ kind: LockKind, until deadline: UInt64
  ) throws(StoreError) -> Bool {
    while try !file.lock(byte: byte.rawValue, kind) {
      if MonotonicClock.nanoseconds >= deadline { return false }
      system.pause(milliseconds: 2)
    }
    return true
  }

  /// Takes away the lock file that was made for what is no database, unless somebody writes by it.
  func removeIfNew() {
    guard isNew, (try? hold(.writer, .exclusive, until: 0)) ?? false else { return }
    remove()
  }

  /// Takes the lock file away, for a database that there is not.
  func remove() { try? system.remove(path + "-lock") }

  func close() { file.close() }
}
