/// The log of an open file: appends records and makes each durable before it says so.
final class WriteAheadLog {
  private let file: any StorageFile
  private let salt: UInt64
  private var nextRecord: UInt64
  /// Where the next record goes; the size of the log.
  private(set) var end: Int

  /// Begins the log of a database in the place of whatever is there, and makes it durable with its name.
  init(
    _ system: any FileSystem, of path: String, salt: UInt64, epoch: UInt64
  ) throws(StoreError) {
    file = try system.open(path + "-log", .replace, .companion(of: path))
    self.salt = salt
    nextRecord = 1
    end = LogFormat.sectorSize
    try file.write(LogFormat.header(salt: salt, epoch: epoch), at: 0)
    try file.sync()
    try system.syncFolder(of: file.path)
  }

  /// Continues the log of a database behind its valid records.
  init(
    _ system: any FileSystem, of path: String, salt: UInt64, content: LogContent
  ) throws(StoreError) {
    file = try system.open(path + "-log", .write, .companion(of: path))
    self.salt = salt
    nextRecord = UInt64(content.payloads.count + 1)
    end = content.end
    // What a power cut left behind the records must not outlive the next one.
    if try file.size() > end { try file.truncate(to: end) }
  }

  /// Writes a record behind the others. Where that fails, the log is as it was before.
  func append(_ payload: [UInt8]) throws(StoreError) {
    do throws(StoreError) {
      try file.write(LogFormat.record(payload, lsn: nextRecord, salt: salt), at: end)
    } catch {
      do throws(StoreError) {
        try file.truncate(to: end)
      } catch {
        throw StoreError(
          .poisoned, "a failed write cannot be undone", path: file.path,
          underlying: error.underlying)
      }
      throw error
    }
    end += LogFormat.size(ofPayload: payload.count)
    nextRecord += 1
  }

  /// Whether its name still leads to it.
  var hasName: Bool { file.hasName }

  /// Makes the records durable. After a failure nobody knows which of them are.
  func sync() throws(StoreError) { try file.sync() }

  func close() { file.close() }
}
