import TestSupport
import Testing

@testable @_spi(Columns) import GraphCore

/// Numbers in lanes come back by the kernel of their width and one by one.
@Suite struct LanePackingTests {
  @Test(arguments: 0...32) func everyWidth(width: Int) throws {
    var random = SeededGenerator(seed: UInt64(width))
    let mask: UInt64 = (1 << UInt64(width)) - 1
    let numbers = Column<UInt64>(repeating: 0, count: 128)
    let space = Column<UInt32>(repeating: 0, count: 128)
    let decoded = Column<UInt32>(repeating: 0, count: 128)
    defer { keepAlive(numbers, space, decoded) }
    for shift in [0, 7] as [UInt64] {
      for place in 0..<128 { numbers[place] = random.next() }
      let words = LanePacking.pack(numbers.words, from: shift, width: width, into: space.words)
      #expect(words.count * 4 == LanePacking.byteCount(width: width))
      var writer = ByteWriter()
      for place in 0..<words.count { writer.u32(words[place].littleEndian) }
      writer.append(repeatElement(UInt8.max, count: LanePacking.slack))
      let view = ByteView(copying: writer.bytes)
      LanePacking.unpack(view.unowned, at: 0, width: width, base: 5, into: decoded.words)
      for place in 0..<128 {
        let expected = numbers[place] >> shift & mask
        #expect(
          LanePacking.read(view.unowned, at: 0, place: place, width: width) == expected)
        #expect(decoded[place] == UInt32(truncatingIfNeeded: expected) &+ 5)
      }
      if width <= LanePacking.widestSummed {
        LanePacking.unpackSums(
          view.unowned, at: 0, width: width, base: 3, from: 1000, into: decoded.words)
        var sum: UInt32 = 1000
        for place in 0..<128 {
          sum &+= UInt32(truncatingIfNeeded: numbers[place] >> shift & mask) &+ 3
          #expect(decoded[place] == sum)
        }
      }
      withExtendedLifetime(view) {}
    }
  }

  /// Where number 37 lies is what the format says.
  @Test func layout() {
    let numbers = Column<UInt64>(repeating: 0, count: 128)
    let space = Column<UInt32>(repeating: 0, count: 128)
    numbers[37] = 0b101
    let words = LanePacking.pack(numbers.words, from: 0, width: 5, into: space.words)
    // Slot 9 of lane 1: bits 45 to 49 of the lane, from bit 13 of its second word on.
    #expect((0..<words.count).filter { words[$0] != 0 } == [5])
    #expect(words[5] == 0b101 << 13)
    keepAlive(numbers, space)
  }
}
