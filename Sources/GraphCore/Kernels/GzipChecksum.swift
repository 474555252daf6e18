/// The CRC-32 of some bytes (RFC 1952, 8), and how many they are.
///
/// Sixteen bytes at a time by tables, of which each tells what a byte adds at its distance from their end
/// (Kounavis and Berry, "A systematic approach to building high performance software-based CRC generators", 2005).
struct GzipChecksum {
  private var state: UInt32 = 0xFFFF_FFFF
  private(set) var count = 0
  var value: UInt32 { ~state }

  private static let stride = 16

  /// For each distance from the end of so many bytes, and for each byte, what it adds.
  private static let table: [UInt32] = {
    var table = (0..<256).map { (byte: UInt32) in
      (0..<8).reduce(byte) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ value >> 1 : value >> 1 }
    }
    for index in 256..<(stride * 256) {
      let before = table[index - 256]
      table.append(before >> 8 ^ table[Int(before & 0xFF)])
    }
    return table
  }()

  mutating func add(_ bytes: Span<UInt8>) {
    var state = state
    unsafe bytes.withUnsafeBytes { bytes in
      unsafe Self.table.withUnsafeBufferPointer { table in
        guard let start = bytes.baseAddress, let table = table.baseAddress else { return }
        var next = unsafe start
        let end = unsafe start + bytes.count
        while unsafe end - next >= Self.stride {
          let first = unsafe UInt64(littleEndian: next.loadUnaligned(as: UInt64.self))
          let second = unsafe UInt64(littleEndian: (next + 8).loadUnaligned(as: UInt64.self))
          let low = UInt32(truncatingIfNeeded: first) ^ state
          let high = UInt32(truncatingIfNeeded: first &>> 32)
          let rest =
            unsafe sum(UInt32(truncatingIfNeeded: second), table, 4)
            ^ sum(UInt32(truncatingIfNeeded: second &>> 32), table, 0) ^ sum(high, table, 8)
          state = unsafe sum(low, table, 12) ^ rest
          unsafe next += Self.stride
        }
        while unsafe next < end {
          let byte = unsafe next.load(as: UInt8.self)
          state = unsafe table[Int(UInt8(truncatingIfNeeded: state) ^ byte)] ^ state >> 8
          unsafe next += 1
        }
      }
    }
    self.state = state
    count += bytes.count
  }

  /// What four bytes add, of which the last is so far from the end.
  @inline(__always)
  private func sum(
    _ bytes: UInt32, _ table: UnsafePointer<UInt32>, _ distance: Int
  ) -> UInt32 {
    let table = unsafe table + 256 &* distance
    let b0 = unsafe table[768 &+ Int(bytes & 0xFF)],
      b1 = unsafe table[512 &+ Int(bytes &>> 8 & 0xFF)]
    let b2 = unsafe table[256 &+ Int(bytes &>> 16 & 0xFF)], b3 = unsafe table[Int(bytes &>> 24)]
    return b0 ^ b1 ^ (b2 ^ b3)
  }
}
