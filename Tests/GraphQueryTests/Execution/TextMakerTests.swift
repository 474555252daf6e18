@_spi(Columns) import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

/// Texts and records that are made by the batch, against those that are made one by one.
@Suite struct TextMakerTests {
  private static func texts(_ random: inout SeededGenerator) -> [String] {
    let parts = ["", "a", "开发区", "é", "\u{10FFFF}", "太原", "ab cd", "0123456789abcdefXYZ"]
    return (0..<400).map { _ in
      (0..<Int.random(in: 0...4, using: &random))
        .map { _ in parts[Int.random(in: 0..<parts.count, using: &random)] }.joined()
    }
  }

  @Test(arguments: [true, false]) func textsAreMadeAsOneByOne(keepsAll: Bool) throws {
    var random = SeededGenerator(seed: 11)
    let texts = Self.texts(&random)
    let dictionary = TermDictionary()
    let operands = (0..<2).map { _ in
      Column(
        texts.map { _ in UInt64(dictionary.intern(texts[Int.random(in: 0..<400, using: &random)])) }
      )
    }
    operands[1][0] = UInt64(dictionary.intern("太原 taiyuan 开发区 é\u{10FFFF} 0123456789"))
    let terms = TermSpace(dictionary, keepsAll: keepsAll)
    let output = Column<UInt64>(repeating: 0, count: texts.count)
    let numbers = (0..<2).map { _ in
      Column(texts.map { _ in UInt64(bitPattern: Int64.random(in: -2...9, using: &random)) })
    }
    defer { keepAlive(operands, output, numbers) }
    func text(_ word: UInt64) -> String { terms.text(UInt32(truncatingIfNeeded: word)) }
    let maker = TextMaker(terms)
    let span = SourceSpan(source: SourceID(index: 0), lower: 0, upper: 0)
    // Twice, so that all are known the second time, and have the terms that they got.
    for _ in 0..<2 {
      try maker.concatenate(
        [operands[0].words, operands[1].words, operands[0].words], count: texts.count,
        into: output.words, at: span)
      for i in 0..<texts.count {
        let expected = text(operands[0][i]) + text(operands[1][i]) + text(operands[0][i])
        #expect(text(output[i]) == expected && UInt64(terms.intern(expected)) == output[i])
      }
      maker.substring(
        operands[0].words, from: numbers[0].words, length: numbers[1].words, count: texts.count,
        into: output.words)
      for i in 0..<texts.count {
        let scalars = text(operands[0][i]).unicodeScalars
        let (start, length) = (
          Int(Int64(bitPattern: numbers[0][i])), Int(Int64(bitPattern: numbers[1][i]))
        )
        var expected = String.UnicodeScalarView()
        if start >= 0 {
          expected.append(
            contentsOf: scalars.dropFirst(start).prefix(length < 0 ? scalars.count : length))
        }
        #expect(text(output[i]).unicodeScalars.elementsEqual(expected), "\(start) \(length)")
      }
      // Parts of the same text, one behind the other and back again.
      let same = Column(repeating: operands[1][0], count: texts.count)
      let places = Column<UInt64>(repeating: 0, count: texts.count)
      for i in 0..<texts.count {
        let step = UInt64(i % 37)
        places[i] = step < 30 ? step / 2 : 37 - step
      }
      defer { keepAlive(same, places) }
      maker.substring(
        same.words, from: places.words, length: numbers[1].words, count: texts.count,
        into: output.words)
      for i in 0..<texts.count {
        let length = Int(Int64(bitPattern: numbers[1][i]))
        let scalars = text(same[i]).unicodeScalars.dropFirst(Int(places[i]))
        let expected = scalars.prefix(length < 0 ? scalars.count : length)
        #expect(text(output[i]).unicodeScalars.elementsEqual(expected), "\(places[i]) \(length)")
      }
      try maker.texts(
        of: numbers[0].words, .number, count: texts.count, into: output.words, at: span)
      for i in 0..<texts.count {
        #expect(text(output[i]) == "\(Int64(bitPattern: numbers[0][i]))")
      }
    }
  }

  @Test(arguments: [true, false]) func recordsAreMadeAsOneByOne(keepsAll: Bool) {
    var random = SeededGenerator(seed: 12)
    let records = RecordTable()
    var known: [[UInt64]: UInt64] = [:]
    for number in 0..<50 {
      let tuple = [UInt64(number % 7), UInt64(number)]
      known[tuple] = UInt64(records.intern(tuple))
    }
    let terms = TermSpace(TermDictionary(), records: records, keepsAll: keepsAll)
    for arity in [1, 2, 3] {
      let fields = (0..<arity).map { _ in
        Column((0..<900).map { _ in UInt64.random(in: 0..<9, using: &random) })
      }
      let columns = Column(fields.map(\.words))
      let (ids, hashes) = (
        Column<UInt64>(repeating: 0, count: 900), Column<UInt64>(repeating: 0, count: 900)
      )
      let places = Column<UInt64>(repeating: 0, count: 900)
      defer { keepAlive(fields, columns, ids, hashes, places) }
      terms.intern(records: columns.words, count: 900, hashes: hashes.words, into: ids.words)
      for i in 0..<900 {
        let tuple = fields.map { $0[i] }
        #expect(known[tuple, default: ids[i]] == ids[i])
        known[tuple] = ids[i]
      }
      #expect(Set(known.values).count == known.count)
      for position in 0...arity {
        for i in 0..<900 { places[i] = UInt64(position) }
        terms.fields(places.words, ofRecords: ids.words, count: 900, into: hashes.words)
        for i in 0..<900 {
          #expect(hashes[i] == (position < arity ? fields[position][i] : 0))
        }
      }
    }
  }

  /// Operands of which most come again, then hardly any, then most again.
  @Test func whatIsKnownIsWhatWasMade() {
    var random = SeededGenerator(seed: 5)
    let known = KnownResults(operandCount: 2)
    var shares: [Double] = []
    for values: UInt64 in [50, 1 << 20, 50] {
      var (asked, made) = (0, 0)
      for _ in 0..<800 {
        let count = Int.random(in: 1...Batch.capacity, using: &random)
        let operands = (0..<2).map { _ in
          Column((0..<count).map { _ in UInt64.random(in: 0..<values, using: &random) })
        }
        let output = Column<UInt64>(repeating: 0, count: count)
        defer { keepAlive(operands, output) }
        known.compute(operands.map(\.words), count: count, into: output.words) {
          for i in 0..<$1 { $2[i] = $0[0][i] &<< 20 | $0[1][i] }
          made += $1
        }
        asked += count
        #expect((0..<count).allSatisfy { output[$0] == operands[0][$0] &<< 20 | operands[1][$0] })
      }
      shares.append(Double(made) / Double(asked))
    }
    #expect(shares[0] < 0.1 && shares[1] > 0.99 && shares[2] < 0.8, "\(shares)")
  }
}
