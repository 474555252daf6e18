/// Holds the bytes of `NAME.graph-lock` that keep processes out of each other's way.
///
/// - Byte 0 is held by the one process that writes, for as long as it has the store open.
/// - Byte 1 is the gate: held alone while file and log are changed in more than one step, and shared
///   while they are being opened, so that whoever opens sees both before or both after.
///
/// The lock goes by the name of the file. Who has come by a second hard link has another, and is kept out by the first
/// byte of the file itself, which its writer holds as well (`GraphFile.open`).
///
/// The kernel lets go of them when a process ends, however it ends.
final class StoreLock {
  private enum Byte: Int { case writer = 0, gate = 1 }

  private let file: any StorageFile
  private let system: any FileSystem
  private let path: String

  /// Opens the lock file, which is made where it is missing.
  init(_ system: any FileSystem, path: String) throws(StoreError) {
    self.system = system
    self.path = path
    file = try system.open(path + "-lock", .create)
  }

  /// Becomes the one writer, or waits for it at most so long.
  func becomeWriter(wait seconds: Double) throws(StoreError) {
    guard try hold(.writer, .exclusive, seconds) else {
      throw StoreError(.locked, "another process is writing to it", path: path)
    }
  }

  /// Runs steps that must not be seen half done, or opens what must not change meanwhile.
  func withGate<R>(
    _ kind: LockKind, _ body: () throws(StoreError) -> R
  ) throws(StoreError) -> R {
    guard try hold(.gate, kind, 30) else {
      throw StoreError(.locked, "another process has kept it locked for too long", path: path)
    }
    defer { file.unlock(byte: Byte.gate.rawValue) }
    return try body()
  }

  private func hold(
    _ byte: Byte, _ kind: LockKind, _ seconds: Double
  ) throws(StoreError) -> Bool {
    let deadline = MonotonicClock.nanoseconds + UInt64(max(0, seconds) * 1e9)
    while try !file.lock(byte: byte.rawValue, kind) {
      if MonotonicClock.nanoseconds >= deadline { return false }
      system.pause(milliseconds: 2)
    }
    return true
  }

  func close() { file.close() }
}
