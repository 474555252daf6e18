import TestSupport
import Testing

@testable import GraphCore

/// Kernels over texts, against what they are in short.
@Suite struct TextKernelTests {
  /// Short texts of few letters, which have much in common.
  private static func texts(seed: UInt64) -> [[UInt8]] {
    var random = SeededGenerator(seed: seed)
    return (0..<120).map { _ in
      (0..<Int(random.next() % 24)).map { _ in [0, 97, 98, 0xFF][Int(random.next() % 4)] }
    }
  }

  @Test func partsAreFoundWhereTheyAreFirst() {
    let texts = Self.texts(seed: 31)
    for text in texts {
      for part in texts {
        let part = Array(part.prefix(6))
        let place =
          text.count < part.count
          ? nil : (0...(text.count - part.count)).first { text[$0...].starts(with: part) }
        #expect(TextSearch.firstPlace(of: part.span, in: text.span) == place)
        #expect(TextSearch.contains(text.span, part.span) == (place != nil))
      }
    }
    #expect(TextSearch.firstPlace(of: "集团", in: "大运集团") == 6)
    #expect(TextSearch.firstPlace(of: "", in: "") == 0)
  }

  @Test func orderIsThatOfBytes() {
    let texts = Self.texts(seed: 32)
    for left in texts {
      for right in texts + [left] {
        #expect(
          TextOrder.precedes(left.span, right.span) == left.lexicographicallyPrecedes(right))
      }
    }
  }
}
