/// Sealed texts: buckets of sixteen, each text told by what it shares with the one before it (front
/// coding: Witten, Moffat and Bell, "Managing Gigabytes", 2nd edition, chapter 4), the rest in the
/// codes of a symbol table.
///
/// ```
///  u32 count   u32 bytes of the longest text   u64 bytes of all texts
///  u8  unit of shared prefixes (1 or 3)   u8 bit 0: the texts ascend, and ids are ranks
///  symbol table          see `SymbolTable`
///  zeros up to a multiple of 8
///  packed column         where each bucket begins in the payload
///  payload               the buckets
///
///  text: u8 shared · 16 + length     15 in either half: more follows, as a varint to be added,
///                                    that of `shared` first
///        codes, `length` bytes of them
/// ```
///
/// `shared` counts units of the text before; the first text of a bucket shares nothing. A text is
/// found by its id in one bucket, and an id by its text, where the texts ascend, in a binary search
/// over the beginnings of buckets (`+Search`).
@safe
package final class PackedDictionary {
  /// How many texts a bucket has: the most that are decoded for one.
  package static let bucketSize = 16

  package let count: Int
  /// The bytes of all texts.
  package let byteCount: Int
  /// Whether texts ascend with their ids.
  package let isSorted: Bool
  private let capacity: Int
  private let symbols: SymbolTable
  let starts: PackedColumn
  private let payload: ByteView
  /// Where the payload lies in the section.
  private let payloadStart: Int
  private let source: GuardedBytes
  let heads = DictionaryHeads()
  /// Told of what is found damaged where no error can be thrown.
  private let report: (FormatError) -> Void
  let codes: Codes

  /// What texts are put together from, without owners: counting references would cost as much as a
  /// text. Whoever holds it holds the dictionary as well.
  @safe
  struct Codes: BitwiseCopyable {
    let payload: UnownedBytes
    /// How many bytes a unit of shared prefixes has.
    let unit: Int
    /// The symbols, a slot each, and their lengths.
    let symbols: UnsafePointer<UInt8>
    let lengths: UnsafePointer<UInt8>
    fileprivate let soundness: GuardedBytes.Soundness
  }

  /// A dictionary whose bytes are known to be as they were written.
  package convenience init(_ bytes: ByteView) throws(FormatError) {
    try self.init(GuardedBytes(bytes, checksums: nil)) { _ in }
  }

  /// A dictionary whose buckets are checked as they are touched, at an offset, a multiple of eight.
  init(
    _ source: GuardedBytes, at offset: Int = 0, report: @escaping (FormatError) -> Void
  ) throws(FormatError) {
    self.source = source
    self.report = report
    let bytes = try source.bytes.slice(offset, max(0, source.bytes.count - offset))
    // The head and the symbols take less than a block; the starts of buckets follow.
    try source.check(offset, offset + min(bytes.count, GuardedBytes.blockSize))
    var reader = ByteReader(bytes)
    count = Int(try reader.u32())
    capacity = Int(try reader.u32())
    byteCount = try reader.length()
    let unit = Int(try reader.u8())
    isSorted = try reader.u8() & 1 == 1
    symbols = try SymbolTable(&reader)
    while reader.offset % 8 != 0 { _ = try reader.u8() }
    starts = try PackedColumn(source, at: offset + reader.offset)
    _ = try reader.view(starts.byteCount)
    payloadStart = offset + reader.offset
    payload = try reader.view(reader.remaining)
    codes = unsafe Codes(
      payload: payload.unowned, unit: unit, symbols: UnsafePointer(symbols.storage),
      lengths: UnsafePointer(symbols.lengths), soundness: source.soundness)
    let buckets = (count + PackedDictionary.bucketSize - 1) / PackedDictionary.bucketSize
    // A text takes at least a byte; a code gives at most 24, and the texts of a bucket may share
    // them: a small file cannot claim to hold more than memory does.
    guard unit >= 1, unit <= 8, starts.count == buckets, count <= payload.count,
      capacity <= payload.count * SymbolTable.maximumLength,
      byteCount <= payload.count * SymbolTable.maximumLength * PackedDictionary.bucketSize
    else { throw FormatError("a dictionary has a wrong header") }
  }

  /// Lends the bytes of a text; an empty text where they are damaged.
  package func withBytes<R>(of id: UInt32, _ body: (Span<UInt8>) throws -> R) rethrows -> R {
    try unsafe withBuffer(of: id) { try unsafe body(Span(_unsafeElements: $0)) }
  }

  /// Lends the bytes of a text; an empty text where they are damaged. O(bucket).
  func withBuffer<R>(
    of id: UInt32, _ body: (UnsafeBufferPointer<UInt8>) throws -> R
  ) rethrows -> R {
    if let result = try unsafe withBuffer(of: id, fitting: usualCapacity, body) { return result }
    if usualCapacity < capacity,
      let result = try unsafe withBuffer(of: id, fitting: capacity, body)
    {
      return result
    }
    return try unsafe body(UnsafeBufferPointer(start: nil, count: 0))
  }

  /// Most texts fit on the stack, and a long one somewhere in the dictionary must not make every other cost an
  /// allocation of its length: those of a bucket that do not fit are put together anew.
  private var usualCapacity: Int { min(capacity, 1024 - Self.bufferSlack) }
  /// What is written behind the end of a text.
  private static let bufferSlack = 32

  /// Nothing where the texts of the bucket up to this one do not fit, or are damaged.
  @inline(__always)
  private func withBuffer<R>(
    of id: UInt32, fitting limit: Int, _ body: (UnsafeBufferPointer<UInt8>) throws -> R
  ) rethrows -> R? {
    try unsafe withUnsafeTemporaryAllocation(
      of: UInt8.self, capacity: limit + Self.bufferSlack
    ) { buffer in
      guard let base = buffer.baseAddress else { return nil }
      let length: Int
      do throws(FormatError) {
        var cursor = try Cursor(self, bucket: Int(id) / PackedDictionary.bucketSize, fitting: limit)
        for _ in 0...(Int(id) % PackedDictionary.bucketSize) {
          try unsafe cursor.next(into: base)
        }
        length = cursor.length
      } catch {
        if limit == capacity { report(error) }
        return nil
      }
      return try unsafe body(UnsafeBufferPointer(rebasing: UnsafeBufferPointer(buffer)[..<length]))
    }
  }

  /// Tells whoever watches over the file of damage found here.
  func noteDamage(_ error: FormatError) { report(error) }

  /// Gives out all texts in the order of their ids. O(bytes).
  package func forEach(_ body: (Span<UInt8>) -> Void) throws(FormatError) {
    let buffer = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity + Self.bufferSlack)
    defer { unsafe buffer.deallocate() }
    var total = 0
    for bucket in 0..<starts.count {
      var cursor = try Cursor(self, bucket: bucket, fitting: capacity)
      let size = min(PackedDictionary.bucketSize, count - bucket * PackedDictionary.bucketSize)
      for _ in 0..<size {
        try unsafe cursor.next(into: buffer)
        total += cursor.length
        guard total <= byteCount else { throw FormatError("texts are longer than they should be") }
        unsafe body(
          Span(_unsafeElements: UnsafeBufferPointer(start: buffer, count: cursor.length)))
      }
    }
  }

  /// Lends the texts of some ids, one after the other, until the closure returns `false`; says whether
  /// it never did. The rest of a damaged bucket is empty texts. O(bytes).
  func forEach(
    in ids: Range<Int>, _ body: (UInt32, Span<UInt8>) -> Bool
  ) -> Bool {
    var id = ids.lowerBound
    // What is left is what did not fit.
    return forEach(from: &id, below: ids.upperBound, fitting: usualCapacity, body)
      && forEach(from: &id, below: ids.upperBound, fitting: capacity, body)
  }

  /// Lends texts, up to the first that does not fit.
  private func forEach(
    from id: inout Int, below limit: Int, fitting length: Int,
    _ body: (UInt32, Span<UInt8>) -> Bool
  ) -> Bool {
    guard id < limit else { return true }
    let size = PackedDictionary.bucketSize
    return unsafe withUnsafeTemporaryAllocation(
      of: UInt8.self, capacity: length + Self.bufferSlack
    ) { buffer in
      guard let base = buffer.baseAddress else { return true }
      while id < limit {
        let end = min(limit, (id / size + 1) * size)
        var isGoingOn = true
        do throws(FormatError) {
          var cursor = try Cursor(self, bucket: id / size, fitting: length)
          for _ in 0..<(id % size) { try unsafe cursor.next(into: base) }
          while id < end && isGoingOn {
            try unsafe cursor.next(into: base)
            let text = unsafe UnsafeBufferPointer(start: base, count: cursor.length)
            isGoingOn = unsafe body(
              UInt32(truncatingIfNeeded: id), Span(_unsafeElements: text))
            id += 1
          }
        } catch {
          if length < capacity { return true }
          report(error)
          while id < end && isGoingOn {
            isGoingOn = body(UInt32(truncatingIfNeeded: id), Span())
            id += 1
          }
        }
        if !isGoingOn { return false }
      }
      return true
    }
  }

  // MARK: - Buckets

  /// Where a bucket lies in the payload; its bytes may be read.
  @inline(__always)
  func range(ofBucket bucket: Int) throws(FormatError) -> Range<Int> {
    let start: Int
    let end: Int
    if let starts = heads.starts, let range = starts.range(of: bucket) {
      (start, end) = (Int(range.start), Int(range.end))
    } else {
      (start, end) = try decodedRange(ofBucket: bucket)
    }
    guard start >= 0, end >= start, end <= codes.payload.count else {
      throw FormatError("a bucket lies outside")
    }
    let (first, last) = (payloadStart &+ start, payloadStart &+ end)
    if !codes.soundness.covers(first, last) { try source.check(first, last) }
    return unsafe Range(uncheckedBounds: (start, end))
  }

  @inline(never)
  private func decodedRange(ofBucket bucket: Int) throws(FormatError) -> (Int, Int) {
    heads.countReading(ofBuckets: starts.count) { unpackedStarts() }
    let (place, next) = try starts.values(at: bucket)
    return (
      Int(truncatingIfNeeded: place),
      next.map { Int(truncatingIfNeeded: $0) } ?? payload.count
    )
  }

  /// Where all buckets begin, and the end of the last; `nil` where that is damaged.
  private func unpackedStarts() -> Column<UInt64>? {
    do throws(FormatError) {
      let result = try starts.decode(as: UInt64.self, below: UInt64(payload.count) + 1)
      result.append(UInt64(payload.count))
      return result
    } catch {
      report(error)
      return nil
    }
  }

  /// Walks through the texts of a bucket.
  struct Cursor {
    private let dictionary: PackedDictionary
    private var offset: Int
    /// Where the bucket ends.
    private let limit: Int
    /// How many bytes a text may have.
    private let capacity: Int
    private(set) var length = 0

    init(
      _ dictionary: PackedDictionary, bucket: Int, fitting capacity: Int
    ) throws(FormatError) {
      self.dictionary = dictionary
      self.capacity = capacity
      let range = try dictionary.range(ofBucket: bucket)
      offset = range.lowerBound
      limit = range.upperBound
    }

    /// Puts the next text into the buffer in place of the one before it.
    mutating func next(into buffer: UnsafeMutablePointer<UInt8>) throws(FormatError) {
      let head = try dictionary.codes.head(at: &offset, below: limit)
      guard head.shared <= length else { throw FormatError("a text lies outside") }
      // The codes lie below `limit`, which is within the payload.
      let start = unsafe (dictionary.payload.base + offset).assumingMemoryBound(to: UInt8.self)
      guard
        let end = unsafe dictionary.symbols.decode(
          start, head.count, into: buffer, at: head.shared, capacity: capacity)
      else { throw FormatError("a text is too long") }
      length = end
      offset += head.count
    }
  }
}

extension PackedDictionary.Codes {
  /// What a text begins with: how many bytes it shares with the one before it, and how many bytes of
  /// codes follow, which lie below `limit`.
  @inline(__always)
  func head(
    at offset: inout Int, below limit: Int
  ) throws(FormatError) -> (shared: Int, count: Int) {
    guard offset < limit else { throw FormatError("a text lies outside") }
    let header = Int(try payload.load(offset, as: UInt8.self))
    offset &+= 1
    var shared = header >> 4
    var count = header & 15
    if shared == 15 { shared &+= try varint(at: &offset) }
    if count == 15 { count &+= try varint(at: &offset) }
    guard count <= limit &- offset else { throw FormatError("a text lies outside") }
    return (shared &* unit, count)
  }

  private func varint(at offset: inout Int) throws(FormatError) -> Int {
    var result = 0
    var shift = 0
    while shift < 35 {
      let byte: UInt8 = try payload.load(offset)
      offset += 1
      result |= Int(byte & 127) << shift
      if byte < 128 { return result }
      shift += 7
    }
    throw FormatError("a length is too large")
  }
}
