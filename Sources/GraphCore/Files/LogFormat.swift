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
  static let magic: [UInt8] = Array("graphlog".utf8)
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
    writer.append(repeatElement(0, count: sectorSize - 8 - writer.count))
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

  /// What a sector says of itself.
  private struct Sector {
    var lsn: UInt64
    var place: UInt32
    var total: UInt32
  }

  /// Reads a log whose header should have this salt.
  init(_ bytes: [UInt8], salt: UInt64) throws(FormatError) {
    let view = ByteView(copying: bytes)
    let header = try view.slice(0, LogFormat.sectorSize - 8)
    guard try header.slice(0, 8).array == LogFormat.magic,
      try view.load(LogFormat.sectorSize - 8) == Checksum.of(header)
    else { throw FormatError("the log has a damaged header") }
    guard try view.load(8) == salt else { throw FormatError("foreign") }
    let sectors = view.count / LogFormat.sectorSize
    var place = 1
    while place < sectors {
      guard let first = try LogContent.sector(view, place, salt),
        first.lsn == UInt64(payloads.count + 1), first.place == 0, first.total > 0,
        Int(first.total) <= sectors - place,
        let payload = try LogContent.payload(view, place, first, salt)
      else { break }
      payloads.append(payload)
      place += Int(first.total)
    }
    end = place * LogFormat.sectorSize
    let next = UInt64(payloads.count + 1)
    for rest in place..<max(sectors, place) {
      if let sector = try LogContent.sector(view, rest, salt) {
        if sector.lsn > next {
          damage = "record \(next) is damaged, and record \(sector.lsn) follows it"
          return
        }
      } else if try !LogContent.isZero(view, rest) {
        damage = "the sector at byte \(rest * LogFormat.sectorSize) is damaged"
        return
      }
    }
  }

  private static func sector(
    _ view: ByteView, _ place: Int, _ salt: UInt64
  ) throws(FormatError) -> Sector? {
    let bytes = try view.slice(place * LogFormat.sectorSize, LogFormat.sectorSize)
    let body = try bytes.slice(0, LogFormat.sectorSize - 8)
    guard try bytes.load(LogFormat.sectorSize - 8) == Checksum.of(body, seed: salt) else {
      return nil
    }
    return Sector(lsn: try bytes.load(0), place: try bytes.load(8), total: try bytes.load(12))
  }

  private static func isZero(_ view: ByteView, _ place: Int) throws(FormatError) -> Bool {
    let start = place * LogFormat.sectorSize
    for offset in stride(from: start, to: start + LogFormat.sectorSize, by: 8) {
      if try view.load(offset, as: UInt64.self) != 0 { return false }
    }
    return true
  }

  /// The payload of the record that begins at a sector, if all of it is there.
  private static func payload(
    _ view: ByteView, _ start: Int, _ first: Sector, _ salt: UInt64
  ) throws(FormatError) -> ByteView? {
    var record: [UInt8] = []
    record.reserveCapacity(Int(first.total) * LogFormat.sectorPayload)
    for place in 0..<Int(first.total) {
      guard let sector = try sector(view, start + place, salt), sector.lsn == first.lsn,
        sector.place == UInt32(place), sector.total == first.total
      else { return nil }
      record += try view.slice(
        (start + place) * LogFormat.sectorSize + 16, LogFormat.sectorPayload
      ).array
    }
    let whole = ByteView(copying: record)
    let length = Int(try whole.load(0, as: UInt32.self))
    guard length <= whole.count - LogFormat.recordHeader,
      LogFormat.size(ofPayload: length) == Int(first.total) * LogFormat.sectorSize
    else { return nil }
    let payload = try whole.slice(LogFormat.recordHeader, length)
    return try whole.load(4) == Checksum.of(payload, seed: salt) ? payload : nil
  }
}
