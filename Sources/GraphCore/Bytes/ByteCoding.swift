/// Bytes that are not what their format says; `reason` is a clause without the place, which whoever
/// catches it adds.
package struct FormatError: Error, Sendable, Equatable {
  package let reason: String

  package init(_ reason: String) { self.reason = reason }
}

/// A view of bytes that may hold anything: every access is checked, and one that reaches outside is
/// an error, never a crash. Whole numbers are little-endian.
@safe
package struct ByteView {
  let base: UnsafeRawPointer
  package let count: Int
  private let owner: AnyObject?

  init(base: UnsafeRawPointer, count: Int, owner: AnyObject?) {
    unsafe self.base = base
    self.count = count
    self.owner = owner
  }

  /// A copy of an array's bytes.
  package init(copying bytes: [UInt8]) { self = MappedBytes(copying: bytes).bytes }

  /// A number of `T`'s width at an offset. Throws where a byte of it lies outside.
  @inline(__always)
  package func load<T: FixedWidthInteger & BitwiseCopyable>(
    _ offset: Int, as type: T.Type = T.self
  ) throws(FormatError) -> T {
    try unowned.load(offset)
  }

  /// The same bytes for loops.
  @inline(__always)
  var unowned: UnownedBytes { unsafe UnownedBytes(base: base, count: count) }

  /// The bytes from `offset` on, `length` of them. Throws where any of them lies outside.
  package func slice(_ offset: Int, _ length: Int) throws(FormatError) -> ByteView {
    guard offset >= 0, length >= 0, offset <= count, length <= count - offset else {
      throw FormatError("a part lies outside")
    }
    return unsafe ByteView(base: base + offset, count: length, owner: owner)
  }

  /// The bytes as an array. O(count).
  package var array: [UInt8] {
    unsafe [UInt8](UnsafeRawBufferPointer(start: base, count: count))
  }

  /// Lends the bytes.
  package func withBytes<R>(_ body: (Span<UInt8>) throws -> R) rethrows -> R {
    let start = unsafe base.assumingMemoryBound(to: UInt8.self)
    return try unsafe body(
      Span(_unsafeElements: UnsafeBufferPointer(start: start, count: count)))
  }

  /// The bytes as UTF-8 text; what is none becomes U+FFFD. O(count).
  package var text: String {
    unsafe String(decoding: UnsafeRawBufferPointer(start: base, count: count), as: UTF8.self)
  }
}

/// The bytes of a view without their owner, for loops in which counting references would cost more
/// than what is read. Whoever holds them holds the view as well.
@safe
struct UnownedBytes: BitwiseCopyable {
  let base: UnsafeRawPointer
  let count: Int

  /// A byte that the caller has made sure to be there.
  @inline(__always)
  func byte(_ offset: Int) -> UInt8 {
    assert(offset >= 0 && offset < count)
    return unsafe base.load(fromByteOffset: offset, as: UInt8.self)
  }

  /// Eight bytes that the caller has made sure to be there.
  @inline(__always)
  func word(_ offset: Int) -> UInt64 {
    assert(offset >= 0 && offset &+ 8 <= count)
    return UInt64(littleEndian: unsafe base.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
  }

  /// A number of `T`'s width at an offset.
  @inline(__always)
  func load<T: FixedWidthInteger & BitwiseCopyable>(
    _ offset: Int, as type: T.Type = T.self
  ) throws(FormatError) -> T {
    guard offset >= 0, offset <= count &- MemoryLayout<T>.size else {
      throw FormatError("a field lies outside")
    }
    return T(littleEndian: unsafe base.loadUnaligned(fromByteOffset: offset, as: T.self))
  }
}

/// Reads fields one after the other, each checked: a field that reaches beyond the end is an error,
/// and then the place stays where it was.
package struct ByteReader {
  package let bytes: ByteView
  package private(set) var offset = 0

  package init(_ bytes: ByteView) { self.bytes = bytes }

  package var isAtEnd: Bool { offset == bytes.count }
  /// How many bytes are still to be read.
  package var remaining: Int { bytes.count - offset }

  package mutating func u8() throws(FormatError) -> UInt8 { try next() }
  package mutating func u16() throws(FormatError) -> UInt16 { try next() }
  package mutating func u32() throws(FormatError) -> UInt32 { try next() }
  package mutating func u64() throws(FormatError) -> UInt64 { try next() }

  /// A number of a size that memory can be asked for.
  package mutating func length() throws(FormatError) -> Int {
    let word: UInt64 = try next()
    guard word < 1 << 48 else { throw FormatError("a length is too large") }
    return Int(word)
  }

  /// A number in groups of seven bits, lowest first (LEB128): one byte up to 127, at most ten.
  package mutating func varint() throws(FormatError) -> UInt64 {
    var result: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      let byte = try u8()
      guard shift < 63 || byte < 2 else { throw FormatError("a number is too large") }
      result |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return result }
      shift += 7
    }
  }

  /// A number in groups of seven bits that counts something of at least a byte each.
  package mutating func count() throws(FormatError) -> Int {
    let value = try varint()
    guard value <= UInt64(remaining) else { throw FormatError("a count is too large") }
    return Int(value)
  }

  /// A text after its length.
  package mutating func text() throws(FormatError) -> String {
    try view(count()).text
  }

  /// The next `length` bytes, where they lie.
  package mutating func view(_ length: Int) throws(FormatError) -> ByteView {
    let result = try bytes.slice(offset, length)
    offset += length
    return result
  }

  private mutating func next<T: FixedWidthInteger & BitwiseCopyable>() throws(FormatError) -> T {
    let value: T = try bytes.load(offset)
    offset += MemoryLayout<T>.size
    return value
  }
}

/// Gathers fields; the counterpart of `ByteReader`.
package struct ByteWriter {
  package private(set) var bytes: [UInt8] = []

  package init(minimumCapacity: Int = 0) { bytes.reserveCapacity(minimumCapacity) }

  package var count: Int { bytes.count }

  package mutating func u8(_ value: UInt8) { bytes.append(value) }
  package mutating func u16(_ value: UInt16) { append(value) }
  package mutating func u32(_ value: UInt32) { append(value) }
  package mutating func u64(_ value: UInt64) { append(value) }

  /// Appends a number in groups of seven bits; see `ByteReader.varint`.
  package mutating func varint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }

  /// Appends a text behind its length, which is a varint.
  package mutating func text(_ text: String) {
    varint(UInt64(text.utf8.count))
    bytes.append(contentsOf: text.utf8)
  }

  package mutating func append(_ other: some Sequence<UInt8>) { bytes.append(contentsOf: other) }

  /// Appends zeros up to a multiple of `alignment`.
  package mutating func pad(to alignment: Int) {
    let rest = bytes.count % alignment
    if rest != 0 { bytes += [UInt8](repeating: 0, count: alignment - rest) }
  }

  /// Overwrites the eight bytes at an offset, which were written before.
  package mutating func patch(_ value: UInt64, at offset: Int) {
    for place in 0..<8 {
      bytes[offset + place] = UInt8(truncatingIfNeeded: value >> UInt64(8 * place))
    }
  }

  /// Forgets what was written from `count` on.
  package mutating func truncate(to count: Int) { bytes.removeLast(bytes.count - count) }

  private mutating func append<T: FixedWidthInteger>(_ value: T) {
    var rest = value
    for _ in 0..<(T.bitWidth / 8) {
      bytes.append(UInt8(truncatingIfNeeded: rest))
      rest >>= 8
    }
  }
}
