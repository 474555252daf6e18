/// The one seam between the store and the disk. Everything that the store does to files goes
/// through it, so that tests can fail any operation and cut the power at any moment.
///
/// What the store relies on, and `SimulatedFileSystem` takes away wherever it is not promised here:
///
/// 1. A sector of 512 bytes is written whole or not at all.
/// 2. Writes become durable in any order, or not at all, until `sync` of the file returns.
/// 3. A file's name becomes durable with `syncFolder`; until then creation, renaming and removal
///    may be undone, each on its own. Renaming is atomic.
/// 4. Writing a sector again does not harm its neighbours.
/// 5. What `sync` has acknowledged stays as it was written.
package protocol FileSystem: AnyObject {
  /// Opens a file. One that is made can be used by whom `likeness` says, and by whom the system's
  /// settings say where there is no file to be like.
  func open(
    _ path: String, _ mode: OpenMode, _ likeness: Likeness?
  ) throws(StoreError) -> any StorageFile
  /// Whether there is a file of the name.
  func exists(_ path: String) -> Bool
  /// The name of the file that a symbolic link leads to, be it there or not; any other name as it is. A database has one
  /// lock and one log, whatever names lead to it.
  func resolve(_ path: String) -> String
  /// Puts a file in the place of another, in one step.
  func rename(_ path: String, to newPath: String) throws(StoreError)
  /// Gives a file a name that nothing has, in one step; an error where something has it by then.
  func rename(_ path: String, toNew newPath: String) throws(StoreError)
  /// Removes a file; one that is not there is no error.
  func remove(_ path: String) throws(StoreError)
  /// Makes the names in the folder of a file durable.
  func syncFolder(of path: String) throws(StoreError)
  /// Waits for others.
  func pause(milliseconds: Int)
  /// Keeps outputs of the process away from a database for as long as the result lives.
  func hold(database path: String) -> HeldFiles?
}

extension FileSystem {
  /// Outputs go to the files of the machine alone.
  package func hold(database path: String) -> HeldFiles? { nil }
}

extension FileSystem {
  /// In two steps, for file systems of one process.
  package func rename(_ path: String, toNew newPath: String) throws(StoreError) {
    guard !exists(newPath) else {
      throw StoreError(.cannotWrite, "is there already", path: newPath)
    }
    try rename(path, to: newPath)
  }

  /// Opens a file.
  package func open(_ path: String, _ mode: OpenMode) throws(StoreError) -> any StorageFile {
    try open(path, mode, nil)
  }
}

/// Whose permissions a file gets that is made for the sake of another.
///
/// Facts must not become readable because they lie in another file now. Group and owner are kept where the
/// system permits it; the rights of a group that cannot be kept are cut to those of everybody.
package enum Likeness: Sendable {
  /// The file will take the place of another: the same mode, owner and group.
  case replacement(of: String)
  /// The file stays beside another: the same, and its owner can always read and write it. Where such a
  /// file is there already and is the user's own, it gets the mode that the other has now.
  case companion(of: String)
  /// The file is a copy for whoever makes it: no right that the other does not give.
  case copy(of: String)
}

/// What a file is opened for.
package enum OpenMode: Sendable {
  /// To read a file that is there.
  case read
  /// To read and write a file that is there.
  case write
  /// To read and write a file that is made, empty, if it is missing.
  case create
  /// To read and write a file that is made if it is missing and emptied if it is not.
  case replace
  /// To read and write a file that is made; an error where there is something of the name.
  case new
}

/// How a byte of a lock file is held.
package enum LockKind: Sendable { case shared, exclusive }

/// An open file.
package protocol StorageFile: AnyObject {
  var path: String { get }
  /// The length in bytes.
  func size() throws(StoreError) -> Int
  /// The bytes from `offset` on, fewer than `count` only at the end of the file.
  func read(at offset: Int, count: Int) throws(StoreError) -> [UInt8]
  /// Writes bytes, making the file longer where they reach beyond its end.
  func write(_ bytes: [UInt8], at offset: Int) throws(StoreError)
  /// Looks whether the device has room for the file to become so long, and throws `diskFull` where it
  /// has not. Nothing is set aside: what others write meanwhile can still leave too little.
  func checkRoom(upTo size: Int) throws(StoreError)
  /// Makes the file shorter or longer; what is added reads as zeros.
  func truncate(to size: Int) throws(StoreError)
  /// Whether its name still leads to it: it has not been removed, and no other has taken its place.
  var hasName: Bool { get }
  /// Makes everything written so far durable.
  func sync() throws(StoreError)
  /// The first `count` bytes as memory. The file must be at least that long and never get shorter.
  func map(count: Int) throws(StoreError) -> MappedBytes
  /// Tries to hold a byte of the file, of which there need be none, against other open files; says
  /// whether it could. A process that ends lets go of everything.
  func lock(byte: Int, _ kind: LockKind) throws(StoreError) -> Bool
  func unlock(byte: Int)
  func close()
}
