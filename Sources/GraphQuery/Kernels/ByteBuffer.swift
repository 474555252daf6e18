@_spi(Columns) import GraphCore

/// Bytes of output, appended without a check per byte.
@safe
final class ByteBuffer {
  private let bytes = Column<UInt8>(minimumCapacity: 1 << 16)

  var count: Int { bytes.count }

  func removeAll() { bytes.truncate(to: 0) }

  /// Hands the bytes over as an array and forgets them.
  func take() -> [UInt8] {
    let words = bytes.words
    let result = unsafe [UInt8](unsafeUninitializedCapacity: words.count) { buffer, count in
      if let base = buffer.baseAddress {
        unsafe base.update(from: words.base, count: words.count)
      }
      count = words.count
    }
    removeAll()
    return result
  }

  func append(_ byte: UInt8) { bytes.append(byte) }

  func append(_ other: [UInt8]) {
    let place = unsafe room(for: other.count)
    unsafe other.withUnsafeBufferPointer { source in
      if let base = source.baseAddress { unsafe place.update(from: base, count: source.count) }
    }
  }

  func append(_ text: Span<UInt8>) {
    let place = unsafe room(for: text.count)
    unsafe text.withUnsafeBufferPointer { source in
      if let base = source.baseAddress { unsafe place.update(from: base, count: source.count) }
    }
  }

  /// Appends a text of a dictionary; a short one by one copy of fixed size.
  @inline(__always)
  func append(_ text: TextView) {
    guard text.count <= 16 else { return appendLong(text) }
    reserve(16)
    let place = unsafe UnsafeMutableRawPointer(bytes.words.base + bytes.count)
    let (low, high) = unsafe (
      UnsafeRawPointer(text.base).loadUnaligned(as: UInt64.self),
      UnsafeRawPointer(text.base).loadUnaligned(fromByteOffset: 8, as: UInt64.self)
    )
    unsafe place.storeBytes(of: low, as: UInt64.self)
    unsafe place.storeBytes(of: high, toByteOffset: 8, as: UInt64.self)
    bytes.grow(by: text.count)
  }

  @inline(never)
  private func appendLong(_ text: TextView) {
    let place = unsafe room(for: text.count)
    unsafe place.update(from: text.base, count: text.count)
  }

  /// Makes room for so many more bytes.
  @inline(__always)
  private func reserve(_ extra: Int) {
    if bytes.count &+ extra > bytes.capacity { bytes.reserve(bytes.capacity &* 2 &+ extra) }
  }

  @inline(__always)
  private func room(for count: Int) -> UnsafeMutablePointer<UInt8> {
    let start = bytes.count
    bytes.grow(by: count)
    return unsafe bytes.words.base + start
  }

  // MARK: Numbers

  func append(signed value: Int64) {
    if value < 0 { bytes.append(UInt8(ascii: "-")) }
    append(unsigned: value.magnitude)
  }

  func append(_ decimal: ExactDecimal) { decimal.withBytes { append($0) } }

  /// Appends a number in decimal, two digits at a time from a table.
  @inline(__always)
  func append(unsigned value: UInt64) {
    var rest = value
    var position = Self.digitCount(value)
    let place = unsafe room(for: position)
    while rest >= 100 {
      let (quotient, pair) = rest.quotientAndRemainder(dividingBy: 100)
      rest = quotient
      position &-= 2
      unsafe Self.put(pair, at: place + position)
    }
    if rest >= 10 {
      unsafe Self.put(rest, at: place)
    } else {
      unsafe place[0] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest)
    }
  }

  @inline(__always)
  private static func put(_ pair: UInt64, at place: UnsafeMutablePointer<UInt8>) {
    // Division by ten of a number below a hundred.
    let tens = (pair &* 103) &>> 10
    let ones = pair &- tens &* 10
    let digits = UInt16(truncatingIfNeeded: tens | ones &<< 8) &+ 0x3030
    unsafe UnsafeMutableRawPointer(place).storeBytes(of: digits.littleEndian, as: UInt16.self)
  }

  /// How many decimal digits a number has.
  @inline(__always)
  private static func digitCount(_ value: UInt64) -> Int {
    if value < 10 { return 1 }
    if value < 100 { return 2 }
    if value < 1000 { return 3 }
    if value < 10_000 { return 4 }
    if value < 100_000 { return 5 }
    if value < 1_000_000 { return 6 }
    if value < 10_000_000 { return 7 }
    var count = 7
    var rest = value / 10_000_000
    while rest > 0 {
      count &+= 1
      rest /= 10
    }
    return count
  }
}
