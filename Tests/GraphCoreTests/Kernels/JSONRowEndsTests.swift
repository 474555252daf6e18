import TestSupport
import Testing

@testable @_spi(Columns) import GraphCore

/// The ends of rows of JSON, 64 bytes at a time, against one byte at a time.
@Suite struct JSONRowEndsTests {
  @Test(arguments: 1...400 as ClosedRange<UInt64>) func endsAreThoseOfAStateForEachByte(
    seed: UInt64
  ) {
    var random = SeededGenerator(seed: seed)
    let letters = Array(#"[]{}[]"\,a"#.utf8) + [0xE5]
    let rare = Int.random(in: 1...20, using: &random)
    let isInside = Bool.random(using: &random)
    let bytes = Column<UInt8>()
    defer { keepAlive(bytes) }
    var ends = JSONRowEnds(isInside: isInside)
    // The text comes in pieces, and all but the last few bytes of it are looked at.
    for _ in 0..<Int.random(in: 1...5, using: &random) {
      for _ in 0..<Int.random(in: 0...200, using: &random) {
        let isLetter = Int.random(in: 0..<rare, using: &random) > 0
        bytes.append(isLetter ? 97 : letters[Int.random(in: 0..<letters.count, using: &random)])
      }
      ends.look(at: bytes.words)
      let expected = lastEnd(in: bytes.words.slice(0, bytes.count / 64 * 64), isInside: isInside)
      #expect(ends.last == expected, "seed \(seed)")
    }
  }

  private func lastEnd(in bytes: Words<UInt8>, isInside: Bool) -> Int {
    var (depth, last) = (isInside ? 1 : 0, 0)
    var (isText, isEscaped) = (false, false)
    for place in 0..<bytes.count {
      let byte = bytes[place]
      if isEscaped {
        isEscaped = false
        if byte == UInt8(ascii: "\\") || byte == UInt8(ascii: "\"") { continue }
      } else if byte == UInt8(ascii: "\\") {
        isEscaped = true
        continue
      }
      if byte == UInt8(ascii: "\"") { isText.toggle() }
      if isText { continue }
      if byte == UInt8(ascii: "[") || byte == UInt8(ascii: "{") { depth += 1 }
      if byte == UInt8(ascii: "]") || byte == UInt8(ascii: "}") {
        depth -= 1
        if depth == 1 { last = place + 1 }
      }
    }
    return last
  }
}
