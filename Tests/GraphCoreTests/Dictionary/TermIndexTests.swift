import TestSupport
import Testing

@testable @_spi(Columns) import GraphCore

@Suite struct TermIndexTests {
  private func key(_ text: String) -> TextKey {
    unsafe text.utf8Span.span.withUnsafeBufferPointer { unsafe TextKey($0) }
  }

  private func number(of text: String, in index: TermIndex) -> Int? {
    let key = key(text)
    let buckets = index.buckets
    var bucket = buckets.home(of: key.hash)
    while true {
      let matches = buckets.matches(of: key, in: bucket)
      if matches != 0 { return buckets[buckets.slot(matches, of: bucket)].number }
      if !buckets.isFull(bucket) { return nil }
      bucket = buckets.next(after: bucket)
    }
  }

  /// Few buckets, so that many are full and searches go around the end.
  @Test(arguments: 0..<10 as Range<UInt64>)
  func entriesAreFoundUntilTheyAreTakenOut(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var index = TermIndex()
    var numbers: [String: Int] = [:]
    let most = [12, 48, 200][Int(seed % 3)]
    for step in 0..<600 {
      let number = Int.random(in: 0..<most, using: &random)
      let text = String(repeating: "名", count: number % 7) + (number == 0 ? "" : "\(number)")
      if numbers[text] != nil {
        index.remove(key(text), number: number)
        numbers[text] = nil
      } else {
        index.reserve(index.count + 1)
        let key = key(text)
        index.insert(
          TermIndex.Slot(key, number: number, place: UInt32(step)),
          from: index.buckets.home(of: key.hash))
        numbers[text] = number
      }
      #expect(index.count == numbers.count, "seed \(seed), step \(step)")
      for other in 0..<most {
        let text = String(repeating: "名", count: other % 7) + (other == 0 ? "" : "\(other)")
        #expect(self.number(of: text, in: index) == numbers[text], "seed \(seed), step \(step)")
      }
    }
  }

  /// Its key has all that a text of up to eleven bytes is, and zeros at its end count.
  @Test func keysOfShortTextsAreEqualWhereTheTextsAre() {
    let texts = [
      "", "\0", "\0\0", "a", "a\0", "abcdefgh", "abcdefgh\0", "abcdefghijk", "abcdefghij",
    ]
    for left in texts {
      for right in texts {
        let (one, other) = (key(left), key(right))
        let isEqual = one.content == other.content && one.tag == other.tag
        #expect(isEqual == (left == right))
        #expect(one.isShort)
      }
    }
    #expect(!key("abcdefghijkl").isShort)
  }
}
