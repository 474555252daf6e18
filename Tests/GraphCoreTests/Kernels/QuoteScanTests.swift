import TestSupport
import Testing

@testable @_spi(Columns) import GraphCore

/// What stands in quotation marks, 64 bytes at a time, against one byte at a time.
@Suite struct QuoteScanTests {
  @Test(arguments: 1...400 as ClosedRange<UInt64>) func marksAreThoseOfAStateForEachByte(
    seed: UInt64
  ) {
    var random = SeededGenerator(seed: seed)
    let letters: [UInt8] = [UInt8(ascii: "\""), UInt8(ascii: ","), UInt8(ascii: "\n"), 97, 0xE5]
    let rare = Int.random(in: 1...60, using: &random)
    let count = Int.random(in: 0...300, using: &random)
    let bytes = Column<UInt8>()
    for _ in 0..<count + 64 {
      let isLetter = Int.random(in: 0..<rare, using: &random) > 0
      bytes.append(isLetter ? 97 : letters[Int.random(in: 0..<letters.count, using: &random)])
    }
    let inside = Column<UInt64>(repeating: 0, count: count / 64 + 1)
    defer { keepAlive(bytes, inside) }
    let found = QuoteScan.mark(
      bytes.words, count: count, separator: UInt8(ascii: ","), inside: inside.words)
    var (isOpen, mayBegin) = (false, true)
    var expected = QuoteScan.Result()
    for place in 0..<count {
      let byte = bytes.words[place]
      let isQuote = byte == UInt8(ascii: "\"")
      if isQuote {
        expected.holdsQuotes = true
        isOpen.toggle()
        if isOpen, !mayBegin { expected.isRegular = false }
      }
      let isInside = inside.words[place / 64] >> UInt64(place % 64) & 1 == 1
      #expect(isInside == isOpen, "seed \(seed), place \(place)")
      if isOpen, byte == UInt8(ascii: "\n") { expected.holdsLineEnds = true }
      mayBegin = !isOpen && (isQuote || byte == UInt8(ascii: ",") || byte == UInt8(ascii: "\n"))
    }
    expected.isOpen = isOpen
    #expect(found.isRegular == expected.isRegular, "seed \(seed)")
    #expect(found.isOpen == expected.isOpen, "seed \(seed)")
    #expect(found.holdsLineEnds == expected.holdsLineEnds, "seed \(seed)")
    #expect(found.holdsQuotes == expected.holdsQuotes, "seed \(seed)")
  }
}
