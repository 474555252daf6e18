import GraphCore
import TestSupport
import Testing

@Suite struct TermDictionaryTests {
  @Test func equalityIsThatOfBytes() {
    let dictionary = TermDictionary()
    #expect(dictionary.intern("é") == 0)
    #expect(dictionary.intern("e\u{301}") == 1)
    #expect(dictionary.intern("") == 2)
    #expect(dictionary.intern("é") == 0)
    #expect(dictionary.lookup("") == 2)
    #expect(dictionary.lookup("x") == nil)
    #expect(dictionary.text(of: 1).unicodeScalars.count == 2)
    #expect(dictionary.precedes(1, 0))
  }

  @Test(arguments: 0..<10 as Range<UInt64>)
  func rollbackForgetsExactlyWhatIsNew(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let dictionary = TermDictionary()
    var texts: [String] = []
    var marks: [(count: Int, bytes: Int)] = []
    for step in 0..<2000 {
      switch Int.random(in: 0..<100, using: &random) {
      case 0: marks.append((dictionary.mark, dictionary.byteCount))
      case 1:
        guard let mark = marks.popLast() else { break }
        dictionary.rollback(to: mark.count)
        texts.removeLast(texts.count - mark.count)
        #expect(dictionary.byteCount == mark.bytes, "seed \(seed), step \(step)")
      default:
        let length = Int.random(in: 0..<40, using: &random)
        let text = String(repeating: "字", count: length / 8) + String(step % 700)
        let id = dictionary.intern(text)
        if id == texts.count { texts.append(text) }
        #expect(texts[Int(id)] == text, "seed \(seed), step \(step)")
      }
    }
    #expect(dictionary.count == texts.count, "seed \(seed)")
    #expect(dictionary.checkInvariants() == [], "seed \(seed)")
  }

  @Test func everyLengthIsHashedWithinItsBounds() {
    let dictionary = TermDictionary()
    for length in 0..<70 {
      for place in 0..<max(1, length) {
        var bytes = [UInt8](repeating: 65, count: length)
        if length > 0 { bytes[place] = 66 }
        let id = dictionary.intern(bytes.span)
        #expect(dictionary.lookup(bytes.span) == id)
        #expect(dictionary.withBytes(of: id) { $0.count } == length)
      }
    }
    #expect(dictionary.count == 1 + (1..<70).reduce(0, +))
  }
}
