/// Packs columns; see `PackedColumn` for what comes out.
package struct PackedColumnEncoder {
  private let values = Column<UInt64>(repeating: 0, count: PackedColumn.blockSize)
  private let differences = Column<UInt64>(repeating: 0, count: PackedColumn.blockSize)
  private let lanes = Column<UInt32>(repeating: 0, count: PackedColumn.blockSize)
  private let widths = Column<Int>(repeating: 0, count: 65)

  package init() {}

  /// Packs a column. O(count), some 10 ns a value.
  package mutating func encode<T: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _ column: Words<T>
  ) -> [UInt8] {
    let count = column.count
    precondition(count <= Int(UInt32.max), "a column is too long")
    var greatest: UInt64 = 0
    var ascends = true
    var isArithmetic = true
    var former = count > 0 ? UInt64(column[0]) : 0
    greatest = former
    let step = count > 1 ? UInt64(column[1]) &- former : 0
    for row in 1..<max(count, 1) {
      let value = UInt64(column[row])
      greatest = max(greatest, value)
      ascends = ascends && value > former
      isArithmetic = isArithmetic && value >= former && value &- former == step
      former = value
    }
    var writer = ByteWriter()
    if isArithmetic && !(count > 1 << 20 && column[0] == column[1]) {
      header(count, kind: 1, 0, 0, false, &writer)
      writer.u64(count > 0 ? UInt64(column[0]) : 0)
      writer.u64(count > 1 ? UInt64(column[1]) - UInt64(column[0]) : 1)
      writer.patch(UInt64(writer.count), at: 8)
      return writer.bytes
    }
    let valueWidth = BitPacking.width(of: greatest)
    let mask: UInt64 = valueWidth == 64 ? .max : (1 << UInt64(valueWidth)) - 1
    var payload = BitWriter()
    var firsts: [UInt64] = []
    var starts: [Int] = []
    var start = 0
    while start < count {
      let length = min(PackedColumn.blockSize, count - start)
      var least = UInt64.max
      let words = values.words
      for place in 0..<length {
        let value = UInt64(column[start &+ place])
        words[place] = value
        least = min(least, value)
      }
      starts.append(payload.count)
      firsts.append(encodeBlock(length, least, mask, ascends ? 1 : 0, into: &payload))
      start += length
    }
    assemble(
      count, valueWidth, ascends, firsts, starts, payload.bytes, into: &writer)
    return writer.bytes
  }

  private func header(
    _ count: Int, kind: UInt8, _ firstWidth: Int, _ valueWidth: Int, _ ascends: Bool,
    _ writer: inout ByteWriter
  ) {
    writer.u32(UInt32(count))
    writer.u8(kind)
    writer.u8(UInt8(firstWidth))
    writer.u8(UInt8(valueWidth))
    writer.u8(ascends ? 1 : 0)
    writer.u64(0)
  }

  private func assemble(
    _ count: Int, _ valueWidth: Int, _ ascends: Bool, _ firsts: [UInt64], _ starts: [Int],
    _ payload: [UInt8], into writer: inout ByteWriter
  ) {
    let blocks = firsts.count
    let firstWidth = BitPacking.width(of: firsts.max() ?? 0)
    header(count, kind: 0, firstWidth, valueWidth, ascends, &writer)
    let payloadStart =
      PackedColumn.headerSize + (blocks + 31) / 32 * 8 + blocks * 2 + (blocks * firstWidth + 7) / 8
    for group in stride(from: 0, to: blocks, by: 32) {
      writer.u64(UInt64(payloadStart + starts[group]))
    }
    for block in 0..<blocks { writer.u16(UInt16(starts[block] - starts[block / 32 * 32])) }
    var packed = BitWriter()
    for value in firsts { packed.append(value, width: firstWidth) }
    packed.finish()
    writer.append(packed.bytes)
    writer.append(payload)
    writer.append(repeatElement(0, count: LanePacking.slack))
    writer.patch(UInt64(writer.count), at: 8)
  }

  /// Packs the first `length` of `values` in whichever way is shorter; returns the first value.
  private mutating func encodeBlock(
    _ length: Int, _ least: UInt64, _ mask: UInt64, _ bias: UInt64, into payload: inout BitWriter
  ) -> UInt64 {
    let values = values.words
    let differences = differences.words
    let first = values[0]
    var former = first
    differences[0] = 0
    for place in 1..<max(length, 1) {
      let value = values[place]
      differences[place] = (value &- former &- bias) & mask
      former = value
    }
    let deltas = choice(differences, length) { bits, count in
      // Rows of far ends, which begin anew, may have many; sets and offsets are quicker with few.
      bits + (bias == 1 ? 2 * count : count / 2)
    }
    for place in 0..<length { values[place] &-= least }
    // Values are read one at a time, and as quickly as they are unpacked, if they have few.
    let offsets = choice(values, length) { _, count in 8 * count }
    if deltas.bits + deltas.bits >> PackedColumnEncoder.deltaPrice < offsets.bits {
      emit(differences, length, deltas.width, isDelta: true, into: &payload)
      return first
    }
    emit(values, length, offsets.width, isDelta: false, into: &payload)
    return least
  }

  /// Differences have to save this many halvings of what they take (a thirty-second of it), because a
  /// value that depends on no other is read without them.
  private static let deltaPrice = 5

  /// The width that takes the fewest bits, with what is wider as exceptions.
  ///
  /// - Parameter price: what exceptions cost beside their high parts, by the bits that their places take and by how many
  ///   they are. It is more than the bits, because each is patched in by itself.
  @inline(__always)
  private func choice(
    _ numbers: Words<UInt64>, _ count: Int, price: (_ bits: Int, _ count: Int) -> Int
  ) -> (width: Int, bits: Int) {
    let widths = widths.words
    for width in 0...64 { widths[width] = 0 }
    for place in 0..<count { widths[BitPacking.width(of: numbers[place])] &+= 1 }
    var widest = 64
    while widest > 0 && widths[widest] == 0 { widest -= 1 }
    var best = (width: widest, bits: count * widest)
    var exceptions = 0
    var width = widest - 1
    while width >= 0 {
      exceptions += widths[width + 1]
      if exceptions > 127 { break }
      let places = Exceptions.placeByteCount(exceptions, of: count) * 8
      let bits = count * width + 8 + exceptions * (widest - width) + price(places, exceptions)
      if bits < best.bits { best = (width, bits) }
      width -= 1
    }
    return best
  }

  private func emit(
    _ numbers: Words<UInt64>, _ count: Int, _ width: Int, isDelta: Bool,
    into payload: inout BitWriter
  ) {
    let mask: UInt64 = width == 64 ? .max : (1 << UInt64(width)) - 1
    var exceptions: [Int] = []
    var highWidth = 0
    var union: UInt64 = 0
    for place in 0..<count { union |= numbers[place] }
    if union & ~mask != 0 {
      for place in 0..<count where numbers[place] & ~mask != 0 { exceptions.append(place) }
      highWidth = BitPacking.width(of: union >> UInt64(width))
    }
    payload.append(byte: UInt8(width))
    payload.append(byte: UInt8(exceptions.count) | (isDelta ? 128 : 0))
    if count == LanePacking.count {
      let low = min(width, 32)
      payload.append(LanePacking.pack(numbers, from: 0, width: low, into: lanes.words))
      payload.append(LanePacking.pack(numbers, from: 32, width: width - low, into: lanes.words))
    } else {
      for place in 0..<count { payload.append(numbers[place] & mask, width: width) }
      payload.finish()
    }
    guard !exceptions.isEmpty else { return }
    payload.append(byte: UInt8(highWidth))
    if Exceptions.areBits(exceptions.count, of: count) {
      var next = exceptions[...]
      for place in 0..<count {
        payload.append(next.first == place ? 1 : 0, width: 1)
        if next.first == place { next.removeFirst() }
      }
      payload.finish()
    } else {
      for place in exceptions { payload.append(byte: UInt8(place)) }
    }
    for place in exceptions { payload.append(numbers[place] >> UInt64(width), width: highWidth) }
    payload.finish()
  }
}

extension PackedColumnEncoder {
  /// Packs some numbers.
  package mutating func encode<T: FixedWidthInteger & UnsignedInteger & BitwiseCopyable>(
    _ numbers: [T]
  ) -> [UInt8] {
    let column = Column(numbers)
    return withExtendedLifetime(column) { encode(column.words) }
  }
}
