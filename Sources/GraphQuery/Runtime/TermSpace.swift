@_spi(Columns) package import GraphCore
import Synchronization

/// The texts a query works with: those of the store and those it makes itself.
///
/// A text of the store keeps its id, so that joins with stored columns need no translation. Texts
/// made on the way count down from the highest id, so that they never collide with ids the store
/// gives out meanwhile.
package final class TermSpace {
  private let stored: TermDictionary
  /// The number of stored texts that this space may look at.
  private var storedCount: Int
  /// Ids below this one are in the order of their texts.
  let ascendingCount: Int
  private let made = TermDictionary()
  /// The records of the session's facts, and those made on the way, whose ids count down too.
  package let records: RecordTable
  private var recordCount: Int
  private let madeRecords = RecordTable()

  /// Whether texts and records that are made are stored: what is lowered once must still hold when
  /// facts have been read.
  private let keepsAll: Bool

  package init(
    _ stored: TermDictionary, records: RecordTable = RecordTable(), keepsAll: Bool = false
  ) {
    self.keepsAll = keepsAll
    self.stored = stored
    storedCount = stored.count
    ascendingCount = min(stored.ascendingCount, stored.count)
    self.records = records
    recordCount = records.count
  }

  // MARK: Warnings

  /// What was found odd in texts while a program ran, each once; it stops nothing.
  package var warnings: DiagnosticCollector { collected.withLock { $0 } }

  /// Several workers may come upon the same.
  private let collected = Mutex(DiagnosticCollector())

  /// Notes something odd; the same is told once.
  package func warn(_ diagnostic: Diagnostic) { collected.withLock { $0.add(diagnostic) } }

  // MARK: Records

  /// The records that the rows of a batch make. `hashes` is scratch.
  func intern(
    records columns: Words<Words<UInt64>>, count: Int, hashes: Words<UInt64>,
    into output: Words<UInt64>
  ) {
    RecordTable.hash(columns, count: count, into: hashes)
    let target = keepsAll ? records : madeRecords
    records.bringNear(hashes.slice(0, count))
    if !keepsAll { target.bringNear(hashes.slice(0, count)) }
    for i in 0..<count {
      let row = RecordTable.Row(columns: columns, number: i)
      var id = records.lookup(row, hashes[i])
      if id == 0 || Int(id) > recordCount {
        if !keepsAll || id == 0 { id = target.lookup(row, hashes[i]) }
        if id == 0 { id = target.add(row, hashes[i]) }
        if keepsAll { recordCount = records.count } else { id = UInt32.max - id }
      }
      output[i] = UInt64(id)
    }
  }

  /// A field of the record of each row of a batch.
  func fields(
    _ positions: Words<UInt64>, ofRecords ids: Words<UInt64>, count: Int, into output: Words<UInt64>
  ) {
    let (stored, made) = (records.view, madeRecords.view)
    for i in 0..<count {
      let (position, id) = (Int(positions[i]), UInt32(truncatingIfNeeded: ids[i]))
      output[i] =
        Int(id) <= recordCount
        ? stored.field(position, of: id) : made.field(position, of: UInt32.max - id)
    }
  }

  /// A field of a record; 0 where the record has no such field, as `nil` has none.
  package func field(_ position: Int, ofRecord id: UInt32) -> UInt64 {
    Int(id) <= recordCount
      ? records.field(position, of: id) : madeRecords.field(position, of: UInt32.max - id)
  }

  /// The bytes that the texts and records hold in memory, those of the store included as far as
  /// they are not read from a file.
  var byteCount: Int {
    stored.memoryByteCount + made.memoryByteCount + records.byteCount + madeRecords.byteCount
  }

  /// Whether there is hardly any room for more texts.
  var isNearlyFull: Bool { made.isNearlyFull || keepsAll && stored.isNearlyFull }

  /// Whether another run may work with the space: what it has made is little, and was not told to anybody.
  var isReusable: Bool { made.count < 1024 && madeRecords.count == 0 && warnings.all.isEmpty }

  // MARK: Texts

  /// Whether several threads may read texts at a time: packed ones are unpacked into a shared place.
  var isShareable: Bool { !stored.isPacked }

  /// The texts that were made, in the order of their ids; nothing where records were made too.
  var madeTexts: [String]? {
    guard madeRecords.count == 0 else { return nil }
    return (0..<made.count).map { made.text(of: UInt32($0)) }
  }

  /// The id of a text: its own where it is stored, else the next one from above. Amortised
  /// O(length), or O(log texts) comparisons where stored texts are packed.
  package func intern(_ text: String) -> UInt32 {
    if let id = stored.lookup(text), Int(id) < storedCount { return id }
    if keepsAll { return kept(stored.intern(text)) }
    return UInt32.max - made.intern(text)
  }

  package func intern(_ bytes: [UInt8]) -> UInt32 {
    if let id = stored.lookup(bytes.span), Int(id) < storedCount { return id }
    if keepsAll { return kept(stored.intern(bytes.span)) }
    return UInt32.max - made.intern(bytes.span)
  }

  /// The terms of the texts of a batch.
  func intern(_ batch: TextBatch, into output: Words<UInt64>) {
    let (fields, bytes) = (batch.fields.words, batch.bytes)
    if keepsAll {
      stored.intern(fields, in: bytes)
      storedCount = stored.count
      for i in 0..<fields.count { output[i] = UInt64(fields[i].term) }
      return
    }
    stored.find(fields, in: bytes)
    for i in 0..<fields.count {
      if stored.isPacked && fields[i].term == TextField.unknown {
        fields[i].term = stored.lookup(fields[i], in: bytes) ?? TextField.unknown
      }
      if Int(fields[i].term) >= storedCount { fields[i].term = TextField.unknown }
      output[i] = UInt64(fields[i].term)
    }
    made.internUnknown(fields, in: bytes)
    for i in 0..<fields.count where output[i] == UInt64(TextField.unknown) {
      output[i] = UInt64(UInt32.max - fields[i].term)
    }
  }

  private func kept(_ id: UInt32) -> UInt32 {
    storedCount = stored.count
    return id
  }

  /// The text of an id, stored or made. O(length).
  package func text(_ id: UInt32) -> String {
    Int(id) < storedCount ? stored.text(of: id) : made.text(of: UInt32.max - id)
  }

  /// Appends the bytes of a text. O(length).
  package func append(_ id: UInt32, to output: inout [UInt8]) {
    if Int(id) < storedCount {
      stored.append(id, to: &output)
    } else {
      made.append(UInt32.max - id, to: &output)
    }
  }

  /// Lends the bytes of a text; they are valid until the next text is made.
  package func withBytes<R>(_ id: UInt32, _ body: (Span<UInt8>) throws -> R) rethrows -> R {
    if Int(id) < storedCount { return try stored.withBytes(of: id, body) }
    return try made.withBytes(of: UInt32.max - id, body)
  }

  /// The bytes of many texts at a time; only where `isShareable`. They are valid until a text is made.
  func find(_ ids: Words<UInt64>, into views: Words<TextView>) {
    var isStored = true
    for i in 0..<ids.count { isStored = isStored && ids[i] < storedCount }
    if isStored { return stored.find(ids, into: views) }
    for i in 0..<ids.count {
      let id = ids[i]
      let (dictionary, place) = id < storedCount ? (stored, id) : (made, UInt64(UInt32.max) - id)
      views[i] = dictionary.view(of: place)
    }
  }

  /// Eight bytes of each of many texts from an offset on, which is 0 or at least 8: as numbers that order as they
  /// do, with zeros for what lies behind an end.
  func prefixes(of ids: Words<UInt32>, from offset: Int, into keys: Words<UInt64>) {
    var areNear = isShareable
    for i in 0..<ids.count { areNear = areNear && ids[i] < storedCount }
    if areNear { return stored.prefixes(of: ids, from: offset, into: keys) }
    for i in 0..<ids.count {
      let id = ids[i]
      keys[i] =
        Int(id) < storedCount
        ? stored.prefix(of: id, from: offset) : made.prefix(of: UInt32.max - id, from: offset)
    }
  }

  /// Whether the first text comes before the second in code point order, which is that of UTF-8.
  package func precedes(_ a: UInt32, _ b: UInt32) -> Bool {
    if a == b { return false }
    if Int(max(a, b)) < ascendingCount { return a < b }
    return withBytes(a) { first in withBytes(b) { TextOrder.precedes(first, $0) } }
  }
}
