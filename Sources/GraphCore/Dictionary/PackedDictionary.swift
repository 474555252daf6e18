/// Sealed texts: buckets of sixteen, each text told by what it shares with the one before it, the
/// rest in the codes of a symbol table.
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
/// over the beginnings of buckets.
@safe
package final class PackedDictionary {
  package static let bucketSize = 16

  package let count: Int
  /// The bytes of all texts.
  package let byteCount: Int
  /// Whether texts ascend with their ids.
  package let isSorted: Bool
  private let capacity: Int
  private let unit: Int
  private let symbols: SymbolTable
  private let starts: PackedColumn
  private let payload: ByteView
  /// Where the payload lies in the section.
  private let payloadStart: Int
  private let source: GuardedBytes
  private let heads = DictionaryHeads()
  /// Told of what is found damaged where no error can be thrown.
  private let report: (FormatError) -> Void

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
    try source.check(offset, offset + min(bytes.count, FileLayout.blockSize))
    var reader = ByteReader(bytes)
    count = Int(try reader.u32())
    capacity = Int(try reader.u32())
    byteCount = try reader.length()
    unit = Int(try reader.u8())
    isSorted = try reader.u8() & 1 == 1
    symbols = try SymbolTable(&reader)
    while reader.offset % 8 != 0 { _ = try reader.u8() }
    starts = try PackedColumn(source, at: offset + reader.offset)
    _ = try reader.view(starts.byteCount)
    payloadStart = offset + reader.offset
    payload = try reader.view(reader.remaining)
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
    try unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: capacity + 32) { buffer in
      var length = 0
      if let base = buffer.baseAddress {
        do throws(FormatError) {
          var cursor = try Cursor(self, bucket: Int(id) / PackedDictionary.bucketSize)
          for _ in 0...(Int(id) % PackedDictionary.bucketSize) {
            try unsafe cursor.next(into: base)
          }
          length = cursor.length
        } catch { report(error) }
      }
      return try unsafe body(UnsafeBufferPointer(rebasing: UnsafeBufferPointer(buffer)[..<length]))
    }
  }

  /// Tells whoever watches over the file of damage found here.
  func noteDamage(_ error: FormatError) { report(error) }

  /// Gives out all texts in the order of their ids. O(bytes).
  package func forEach(_ body: (Span<UInt8>) -> Void) throws(FormatError) {
    let buffer = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity + 32)
    defer { unsafe buffer.deallocate() }
    var total = 0
    for bucket in 0..<starts.count {
      var cursor = try Cursor(self, bucket: bucket)
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
    let size = PackedDictionary.bucketSize
    return unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: capacity + 32) { buffer in
      guard let base = buffer.baseAddress else { return true }
      var id = ids.lowerBound
      while id < ids.upperBound {
        let end = min(ids.upperBound, (id / size + 1) * size)
        var isGoingOn = true
        do throws(FormatError) {
          var cursor = try Cursor(self, bucket: id / size)
          for _ in 0..<(id % size) { try unsafe cursor.next(into: base) }
          while id < end && isGoingOn {
            try unsafe cursor.next(into: base)
            let text = unsafe UnsafeBufferPointer(start: base, count: cursor.length)
            isGoingOn = unsafe body(
              UInt32(truncatingIfNeeded: id), Span(_unsafeElements: text))
            id += 1
          }
        } catch {
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

  /// The id of a text, or `nil` if it is not here. O(log count) in a sorted dictionary.
  package func lookup(_ text: UnsafeBufferPointer<UInt8>) -> UInt32? {
    guard count > 0, isSorted else { return nil }
    // The heads of all buckets are unpacked only when somebody looks for many texts.
    guard let prefixes = heads.prefixes(ifWorth: starts.count, { prefixesOfHeads() }) else {
      return unsafe search(text, 0, starts.count)
    }
    // Buckets whose head has the same first bytes need the whole text.
    let range = unsafe prefixes.range(of: PackedDictionary.prefix(text))
    return unsafe search(text, range.lowerBound, range.upperBound)
  }

  /// Looks for a text in the last bucket of a range whose head does not come after it, or in the one
  /// before the range. O(log buckets).
  private func search(
    _ text: UnsafeBufferPointer<UInt8>, _ first: Int, _ last: Int
  ) -> UInt32? {
    var low = first
    var end = last
    while low < end {
      let middle = (low + end) / 2
      let isAtMost = unsafe withBuffer(of: UInt32(middle * PackedDictionary.bucketSize)) {
        unsafe compare($0, text) <= 0
      }
      if isAtMost { low = middle + 1 } else { end = middle }
    }
    return low == 0 ? nil : unsafe find(text, bucket: low - 1)
  }

  private func find(_ text: UnsafeBufferPointer<UInt8>, bucket: Int) -> UInt32? {
    unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: capacity + 32) { buffer in
      guard let base = buffer.baseAddress else { return nil }
      do throws(FormatError) {
        var cursor = try Cursor(self, bucket: bucket)
        let first = bucket * PackedDictionary.bucketSize
        for id in first..<min(count, first + PackedDictionary.bucketSize) {
          try unsafe cursor.next(into: base)
          let order = unsafe compare(UnsafeBufferPointer(start: base, count: cursor.length), text)
          if order == 0 { return UInt32(id) }
          if order > 0 { return nil }
        }
      } catch { report(error) }
      return nil
    }
  }

  private func prefixesOfHeads() -> Column<UInt64> {
    let result = Column<UInt64>(minimumCapacity: starts.count)
    for bucket in 0..<starts.count {
      result.append(
        unsafe withBuffer(of: UInt32(bucket * PackedDictionary.bucketSize)) {
          unsafe PackedDictionary.prefix($0)
        })
    }
    return result
  }

  /// Where all buckets begin, and the end of the last; `nil` where that is damaged.
  private func unpackedStarts() -> Column<UInt64>? {
    do throws(FormatError) {
      let result: Column<UInt64> = try starts.decode(below: .max)
      result.append(UInt64(payload.count))
      return result
    } catch {
      report(error)
      return nil
    }
  }

  /// The first eight bytes as a number that orders as they do.
  static func prefix(_ text: UnsafeBufferPointer<UInt8>) -> UInt64 {
    if text.count >= 8, let base = text.baseAddress {
      return UInt64(bigEndian: unsafe UnsafeRawPointer(base).loadUnaligned(as: UInt64.self))
    }
    var result: UInt64 = 0
    for place in 0..<8 {
      result = result << 8 | (place < text.count ? UInt64(unsafe text[place]) : 0)
    }
    return result
  }

  private func compare(
    _ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>
  ) -> Int {
    let common = min(left.count, right.count)
    var place = 0
    if let first = left.baseAddress, let second = right.baseAddress {
      let (a, b) = unsafe (UnsafeRawPointer(first), UnsafeRawPointer(second))
      while place &+ 8 <= common {
        let x = UInt64(bigEndian: unsafe a.loadUnaligned(fromByteOffset: place, as: UInt64.self))
        let y = UInt64(bigEndian: unsafe b.loadUnaligned(fromByteOffset: place, as: UInt64.self))
        if x != y { return x < y ? -1 : 1 }
        place &+= 8
      }
    }
    while place < common {
      if unsafe left[place] != right[place] {
        return unsafe left[place] < right[place] ? -1 : 1
      }
      place &+= 1
    }
    return left.count - right.count
  }

  /// Walks through the texts of a bucket.
  private struct Cursor {
    let dictionary: PackedDictionary
    var offset: Int
    /// Where the bucket ends.
    let limit: Int
    var length = 0

    init(_ dictionary: PackedDictionary, bucket: Int) throws(FormatError) {
      self.dictionary = dictionary
      let starts = dictionary.heads.starts(ifWorth: dictionary.starts.count) {
        dictionary.unpackedStarts()
      }
      let end: Int
      if let range = starts?.range(of: bucket) {
        offset = Int(truncatingIfNeeded: range.start)
        end = Int(truncatingIfNeeded: range.end)
      } else {
        let (place, next) = try dictionary.starts.values(at: bucket)
        offset = Int(truncatingIfNeeded: place)
        end = next.map { Int(truncatingIfNeeded: $0) } ?? dictionary.payload.count
      }
      guard offset >= 0, end >= offset, end <= dictionary.payload.count else {
        throw FormatError("a bucket lies outside")
      }
      limit = end
      let start = dictionary.payloadStart
      try dictionary.source.check(start + offset, start + end)
    }

    /// Puts the next text into the buffer in place of the one before it.
    mutating func next(into buffer: UnsafeMutablePointer<UInt8>) throws(FormatError) {
      guard offset < limit else { throw FormatError("a text lies outside") }
      // `limit` is within the payload.
      let payload = unsafe dictionary.payload.base
      let header = unsafe payload.load(fromByteOffset: offset, as: UInt8.self)
      offset += 1
      var shared = Int(header >> 4)
      var codes = Int(header & 15)
      if shared == 15 { shared += try varint() }
      if codes == 15 { codes += try varint() }
      shared *= dictionary.unit
      guard shared <= length, codes <= limit - offset else {
        throw FormatError("a text lies outside")
      }
      let start = unsafe (payload + offset).assumingMemoryBound(to: UInt8.self)
      guard
        let end = unsafe dictionary.symbols.decode(
          start, codes, into: buffer, at: shared, capacity: dictionary.capacity)
      else { throw FormatError("a text is too long") }
      length = end
      offset += codes
    }

    private mutating func varint() throws(FormatError) -> Int {
      var result = 0
      var shift = 0
      while shift < 35 {
        let byte: UInt8 = try dictionary.payload.load(offset)
        offset += 1
        result |= Int(byte & 127) << shift
        if byte < 128 { return result }
        shift += 7
      }
      throw FormatError("a length is too large")
    }
  }
}
