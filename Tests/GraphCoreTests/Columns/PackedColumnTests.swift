import TestSupport
import Testing

@testable @_spi(Columns) import GraphCore

/// Packed columns give back what was packed, whole and by row, and refuse damaged bytes.
@Suite struct PackedColumnTests {
  private func roundTrip(_ numbers: [UInt64]) throws {
    var encoder = PackedColumnEncoder()
    let bytes = encoder.encode(numbers)
    let column = try PackedColumn(ByteView(copying: bytes + [1, 2, 3]))
    #expect(column.byteCount == bytes.count)
    let decoded = try column.decode(as: UInt64.self, below: nil)
    try #require(decoded.count == numbers.count)
    for row in numbers.indices where decoded[row] != numbers[row] {
      Issue.record("row \(row) of \(numbers.count)")
      return
    }
    for row in stride(from: 0, to: numbers.count, by: max(1, numbers.count / 37)) {
      #expect(try column.value(at: row) == numbers[row])
    }
  }

  @Test func everyShape() throws {
    var random = SeededGenerator(seed: 7)
    for count in [0, 1, 2, 3, 127, 128, 129, 255, 256, 1000, 5000] {
      for width in [0, 1, 3, 8, 13, 21, 31, 32, 40, 57, 58, 63, 64] {
        let mask: UInt64 = width == 64 ? .max : (1 << UInt64(width)) - 1
        let numbers = (0..<count).map { _ in random.next() % 9 == 0 ? mask : random.next() & mask }
        try roundTrip(numbers)
        try roundTrip(numbers.sorted())
        try roundTrip(Set(numbers).sorted())
        // Mostly small, now and then or more often large.
        try roundTrip(numbers.map { random.next() % 20 == 0 ? $0 : $0 & 7 })
        try roundTrip(numbers.map { random.next() % 4 == 0 ? $0 : $0 & 7 })
      }
      try roundTrip((0..<UInt64(count)).map { 5 + $0 * 3 })
      try roundTrip([UInt64](repeating: 9, count: count))
    }
  }

  /// Parts of a column, read before and after its blocks have been looked up.
  @Test func rangesAgreeWithTheWhole() throws {
    var random = SeededGenerator(seed: 11)
    var encoder = PackedColumnEncoder()
    for width in [1, 5, 12, 20, 31, 32] as [UInt64] {
      let mask: UInt64 = (1 << width) - 1
      let plain = (0..<1000).map { _ in random.next() & mask }
      let mixed = plain.map { random.next() % 15 == 0 ? $0 : $0 & 7 }
      let often = plain.map { random.next() % 3 == 0 ? $0 : $0 & 7 }
      for numbers in [plain, mixed, often, plain.sorted(), Array(Set(mixed)).sorted()] {
        let column = try PackedColumn(ByteView(copying: encoder.encode(numbers)))
        for _ in 0..<2 {
          for _ in 0..<60 {
            let first = Int(random.next() % UInt64(numbers.count))
            let end = min(numbers.count, first + 1 + Int(random.next() % 200))
            let part = Column<UInt32>(repeating: 0, count: end - first)
            try column.decode(first..<end, below: mask + 1, into: part.words)
            #expect(
              (first..<end).allSatisfy { UInt64(part[$0 - first]) == numbers[$0] },
              "\(first)..<\(end) of width \(width)")
          }
          let greatest = numbers.max() ?? 0
          let all = Column<UInt32>(repeating: 0, count: numbers.count)
          #expect(throws: FormatError.self) {
            try column.decode(0..<numbers.count, below: greatest, into: all.words)
          }
          let whole = try column.decode(as: UInt32.self, below: greatest + 1)
          #expect(numbers.indices.allSatisfy { UInt64(whole[$0]) == numbers[$0] })
          #expect(throws: FormatError.self) {
            try column.decode(as: UInt32.self, below: greatest)
          }
          try column.prepareForRows()
        }
      }
    }
  }

  /// Some exceptions have a byte for their place, and many a bit; a count that the bits do not agree with is
  /// damage.
  @Test func placesOfExceptionsAreBytesOrBits() throws {
    var encoder = PackedColumnEncoder()
    for (exceptions, bytes) in [(5, 5), (16, 16), (17, 16), (60, 16)] {
      let numbers = (0..<128).map { (place: Int) -> UInt64 in
        place % (128 / exceptions) == 0 && place / (128 / exceptions) < exceptions
          ? 1 << 40 + UInt64(place * 7919 % 1000) : UInt64(place * 31 % 4)
      }
      var packed = encoder.encode(numbers)
      let head = 16 + 8 + 2
      let highs = (exceptions * 39 + 7) / 8
      #expect(packed.count == head + 2 + 32 + 1 + bytes + highs + 16, "\(exceptions)")
      #expect(packed[head + 1] == UInt8(exceptions))
      if exceptions > 16 {
        packed[head + 2 + 32 + 1 + 5] ^= 1
        let column = try PackedColumn(ByteView(copying: packed))
        #expect(throws: FormatError.self) { try column.decode(as: UInt64.self, below: nil) }
      }
    }
  }

  /// Sets are decoded as such, and what is none is refused: in the last four of a block, in the middle,
  /// between blocks.
  @Test func onlyWhatAscendsIsASet() throws {
    var random = SeededGenerator(seed: 12)
    var encoder = PackedColumnEncoder()
    for spread in [1, 2, 900, 1 << 22] as [UInt64] {
      for count in [1, 5, 128, 129, 400] {
        var next: UInt64 = 3
        let numbers = (0..<count).map { _ -> UInt64 in
          next += 1 + random.next() % spread
          return next
        }
        let column = try PackedColumn(ByteView(copying: encoder.encode(numbers)))
        let decoded = try column.decodeAscending(below: next + 1)
        #expect(numbers.indices.allSatisfy { UInt64(decoded[$0]) == numbers[$0] })
        #expect(throws: FormatError.self) { try column.decodeAscending(below: next) }
        for place in [0, 2, 126, 127, 254, count - 2] where place >= 0 && place + 1 < count {
          var wrong = numbers
          wrong[place + 1] = wrong[place]
          let column = try PackedColumn(ByteView(copying: encoder.encode(wrong)))
          #expect(throws: FormatError.self, "\(place) of \(count), \(spread)") {
            try column.decodeAscending(below: next + 1)
          }
        }
      }
    }
  }

  /// Differences that overflow do not make a set of what is none.
  @Test func overflowIsNoSet() throws {
    var encoder = PackedColumnEncoder()
    let high: UInt64 = 1 << 31
    let numbers = (0..<256).map { (row: UInt64) -> UInt64 in row < 128 ? row * 3 : high + row * 5 }
    let bytes = encoder.encode(numbers)
    let limit: UInt64 = 1 << 32
    _ = try PackedColumn(ByteView(copying: bytes)).decodeAscending(below: limit)
    // The widths of payloads, and so their numbers, are replaced by greater ones.
    for place in 40..<min(bytes.count, 120) {
      var damaged = bytes
      damaged[place] = 24
      guard let column = try? PackedColumn(ByteView(copying: damaged)),
        let decoded = try? column.decodeAscending(below: limit)
      else { continue }
      var ascends = true
      for row in 1..<decoded.count { ascends = ascends && decoded[row - 1] < decoded[row] }
      #expect(ascends, "\(place)")
    }
  }

  @Test func lowerBoundsAgreeWithSearch() throws {
    var random = SeededGenerator(seed: 8)
    var encoder = PackedColumnEncoder()
    for spread in [1, 3, 1000] as [UInt64] {
      let numbers = Set((0..<700).map { _ in random.next() % (900 * spread) }).sorted()
      let column = try PackedColumn(ByteView(copying: encoder.encode(numbers)))
      for bound in stride(from: 0 as UInt64, to: 950 * spread, by: Int(spread)) {
        let expected = numbers.firstIndex { $0 >= bound } ?? numbers.count
        #expect(try column.lowerBound(bound) == expected)
      }
    }
  }

  @Test func valuesBeyondTheLimitAreRefused() throws {
    var encoder = PackedColumnEncoder()
    for numbers in [[1, 2, 3], [1, 9, 3, 900]] as [[UInt64]] {
      let column = try PackedColumn(ByteView(copying: encoder.encode(numbers)))
      #expect(throws: FormatError.self) {
        try column.decode(as: UInt32.self, below: numbers.max() ?? 0)
      }
      _ = try column.decode(as: UInt32.self, below: (numbers.max() ?? 0) + 1)
    }
  }

  @Test func damagedBytesNeverCrash() throws {
    var random = SeededGenerator(seed: 9)
    var encoder = PackedColumnEncoder()
    let numbers = (0..<600).map { _ in random.next() % 3 == 0 ? random.next() >> 20 : 5 }
    let bytes = encoder.encode(numbers)
    for _ in 0..<4000 {
      var damaged = bytes
      for _ in 0..<(1 + random.next() % 3) {
        damaged[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
      }
      if random.next() % 4 == 0 { damaged.removeLast(Int(random.next() % UInt64(bytes.count))) }
      guard let column = try? PackedColumn(ByteView(copying: damaged)),
        column.count < 1 << 24
      else { continue }
      _ = try? column.decode(as: UInt32.self, below: 1 << 32)
      _ = try? column.decode(as: UInt64.self, below: nil)
      _ = try? column.decodeAscending(below: 1 << 32)
      _ = try? column.value(at: column.count - 1)
      try? column.prepareForRows()
      let part = Column<UInt32>(repeating: 0, count: 40)
      if column.count > 300 {
        try? column.decode(250..<290, below: 1 << 32, into: part.words)
      }
      _ = try? column.lowerBound(77)
    }
  }
}
