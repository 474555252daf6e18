/// The log beside a file: what has been committed since its sections were written.
///
/// ```
///  sector 0   u8[8] "graphlog"   u64 salt   u64 epoch   zeros   u64 checksum of what is before it
///  sector n   u64 lsn   u32 place in the record   u32 sectors of the record
///             488 bytes of the record   u64 checksum, seeded with the salt, of what is before it
///
///  record     u32 length of the payload   u64 checksum of it, seeded with the salt   payload
///             zeros up to the end of the last sector
/// ```
///
/// A commit is a record. Records begin at a sector, so that no sector is written twice and a torn
/// write harms nothing that was committed before it. The record with number `lsn` is valid if and
/// only if
///
/// 1. the header's salt is that of the file's header, and its checksum is right;
/// 2. every record before it is valid; the first has number 1, each other one more than the last;
/// 3. all its sectors are there, with right checksums, this number, and places from 0 on;
/// 4. its payload has the length and the checksum that it says.
///
/// Behind the valid records there may be one that was being written when the power went: sectors of
/// zeros, and sectors of the next record. Anything else there is damage: a sector that is neither,
/// or one of a later record, cannot come from a power cut, because a record is begun only when the
/// one before it is durable.
enum LogFormat {
  static let sectorSize = 512
  static let magic: [UInt8] = FileMagic.log
  static let sectorPayload = 488
  static let recordHeader = 12

  static func header(salt: UInt64, epoch: UInt64) -> [UInt8] {
    var writer = ByteWriter()
    writer.append(magic)
    writer.u64(salt)
    writer.u64(epoch)
    return sealed(writer, seed: 0)
  }

  /// Fills a sector up and puts its checksum at the end.
  private static func sealed(_ body: ByteWriter, seed: UInt64) -> [UInt8] {
    var writer = body
    writer.append([UInt8](repeating: 0, count: sectorSize - 8 - writer.count))
    writer.u64(Checksum.of(writer.bytes, seed: seed))
    return writer.bytes
  }

  /// The sectors of a record.
  static func record(_ payload: [UInt8], lsn: UInt64, salt: UInt64) -> [UInt8] {
    var record = ByteWriter(minimumCapacity: payload.count + recordHeader)
    record.u32(UInt32(payload.count))
    record.u64(Checksum.of(payload, seed: salt))
    record.append(payload)
    let sectors = (record.count + sectorPayload - 1) / sectorPayload
    var result: [UInt8] = []
    result.reserveCapacity(sectors * sectorSize)
    for place in 0..<sectors {
      var sector = ByteWriter(minimumCapacity: sectorSize)
      sector.u64(lsn)
      sector.u32(UInt32(place))
      sector.u32(UInt32(sectors))
      let start = place * sectorPayload
      sector.append(record.bytes[start..<min(record.count, start + sectorPayload)])
      result.append(contentsOf: sealed(sector, seed: salt))
    }
    return result
  }

  /// How many bytes a record with a payload takes.
  static func size(ofPayload count: Int) -> Int {
    (count + recordHeader + sectorPayload - 1) / sectorPayload * sectorSize
  }
}

/// The valid records of a log.
struct LogContent {
  var payloads: [ByteView] = []
  /// Where the next record goes.
  var end = LogFormat.sectorSize
  /// What is wrong behind the valid records, if it cannot come from a power cut.
  var damage: String?

  /// Reads a log whose header should have this salt. Takes memory for its records and no more, however
  /// long the file is.
  ///
  /// - Throws: `StoreError` with code `damaged` where the header is, `logForeign` for another salt.
  init(_ file: any StorageFile, salt: UInt64) throws(StoreError) {
    var log = try LogSectors(file, salt: salt)
    switch try log.headerSalt() {
    case nil: throw StoreError(.damaged, "the log has a damaged header", path: file.path)
    case salt: break
    default:
      throw StoreError(
        .logForeign, "belongs to another file or to another state of it", path: file.path)
    }
    var place = 1
    while place < log.count {
      guard let first = try log.sector(place), first.lsn == UInt64(payloads.count + 1),
        let payload = try LogContent.payload(&log, place, first)
      else { break }
      payloads.append(payload)
      place += Int(first.total)
    }
    end = place * LogFormat.sectorSize
    damage = try LogContent.damage(&log, from: place, next: UInt64(payloads.count + 1))
  }

  /// What is wrong from a sector on, behind which the next record goes.
  private static func damage(
    _ log: inout LogSectors, from start: Int, next: UInt64
  ) throws(StoreError) -> String? {
    var place = start
    while place < log.count {
      let zeros = try log.zeros(from: place)
      place += zeros
      if zeros > 0 { continue }
      guard let sector = try log.sector(place) else {
        return "the sector at byte \(place * LogFormat.sectorSize) is damaged"
      }
      if sector.lsn > next {
        return "record \(next) is damaged, and record \(sector.lsn) follows it"
      }
      place += 1
    }
    return nil
  }

  /// The payload of the record that begins at a sector, if all of it is there.
  private static func payload(
    _ log: inout LogSectors, _ start: Int, _ first: LogSectors.Sector
  ) throws(StoreError) -> ByteView? {
    guard first.place == 0, first.total > 0, Int(first.total) <= log.count - start else {
      return nil
    }
    // How long a record says it is, is believed a sector at a time.
    var record: [UInt8] = []
    for place in 0..<Int(first.total) {
      guard let sector = try log.sector(start + place), sector.lsn == first.lsn,
        sector.place == UInt32(place), sector.total == first.total
      else { return nil }
      record += sector.content
    }
    let whole = ByteView(copying: record)
    guard let said = try? whole.load(0, as: UInt32.self) else { return nil }
    let length = Int(said)
    guard length <= whole.count - LogFormat.recordHeader,
      LogFormat.size(ofPayload: length) == Int(first.total) * LogFormat.sectorSize,
      let payload = try? whole.slice(LogFormat.recordHeader, length),
      let checksum = try? whole.load(4, as: UInt64.self)
    else { return nil }
    return checksum == Checksum.of(payload, seed: log.salt) ? payload : nil
  }
}

/// The sectors of a log that is read a piece at a time, in whatever order.
private struct LogSectors {
  /// A sector whose checksum is right.
  struct Sector {
    let lsn: UInt64
    let place: UInt32
    let total: UInt32
    let content: [UInt8]
  }

  let salt: UInt64
  /// How many whole sectors there are.
  let count: Int
  private let file: any StorageFile
  /// The piece that was read last, and the sector that it begins with.
  private var piece: [UInt8] = []
  private var view: ByteView?
  private var first = 0

  private static let sectorsAtOnce = 1024

  init(_ file: any StorageFile, salt: UInt64) throws(StoreError) {
    self.file = file
    self.salt = salt
    count = try file.size() / LogFormat.sectorSize
  }

  /// Makes the piece one that holds a sector; says whether there is one.
  private mutating func fetch(_ place: Int) throws(StoreError) -> Bool {
    if place >= first, place < first + piece.count / LogFormat.sectorSize { return true }
    let rest = max(0, min(count - place, Self.sectorsAtOnce))
    piece = try file.read(at: place * LogFormat.sectorSize, count: rest * LogFormat.sectorSize)
    view = nil
    first = place
    return piece.count >= LogFormat.sectorSize
  }

  /// The bytes of a sector; `nil` behind the end.
  private mutating func bytes(_ place: Int) throws(StoreError) -> ByteView? {
    guard try fetch(place) else { return nil }
    let view = self.view ?? ByteView(copying: piece)
    self.view = view
    return try? view.slice((place - first) * LogFormat.sectorSize, LogFormat.sectorSize)
  }

  /// The salt in the header; `nil` where that is damaged.
  mutating func headerSalt() throws(StoreError) -> UInt64? {
    guard let bytes = try bytes(0),
      let body = try? bytes.slice(0, LogFormat.sectorSize - 8),
      (try? body.slice(0, 8).array) == LogFormat.magic,
      (try? bytes.load(LogFormat.sectorSize - 8)) == Checksum.of(body)
    else { return nil }
    return try? bytes.load(8)
  }

  /// What a sector says; `nil` where its checksum is wrong.
  mutating func sector(_ place: Int) throws(StoreError) -> Sector? {
    guard let bytes = try bytes(place),
      let body = try? bytes.slice(0, LogFormat.sectorSize - 8),
      (try? bytes.load(LogFormat.sectorSize - 8)) == Checksum.of(body, seed: salt),
      let lsn = try? bytes.load(0, as: UInt64.self),
      let place = try? bytes.load(8, as: UInt32.self),
      let total = try? bytes.load(12, as: UInt32.self),
      let content = try? bytes.slice(16, LogFormat.sectorPayload)
    else { return nil }
    return Sector(lsn: lsn, place: place, total: total, content: content.array)
  }

  /// How many sectors of zeros are known to begin here: 0 where there is none, and perhaps not all.
  mutating func zeros(from place: Int) throws(StoreError) -> Int {
    guard try fetch(place) else { return 0 }
    func isZero(_ range: Range<Int>) -> Bool {
      unsafe piece.withUnsafeBytes {
        unsafe Memory.isZero(UnsafeRawBufferPointer(rebasing: $0[range]))
      }
    }
    let start = (place - first) * LogFormat.sectorSize
    let whole = piece.count / LogFormat.sectorSize * LogFormat.sectorSize
    if isZero(start..<whole) { return (whole - start) / LogFormat.sectorSize }
    return isZero(start..<start + LogFormat.sectorSize) ? 1 : 0
  }
}
