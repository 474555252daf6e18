import TestSupport
import Testing

@testable @_spi(Columns) import GraphCore

@Suite struct TextWaveTests {
  /// Some texts one behind the other, as those of a chunk are.
  private final class Chunk {
    let bytes = Column<UInt8>()
    let fields = Column<TextField>()
    let batch = TextWave.Batch()
    var texts: [String] = []

    func append(_ text: String) {
      texts.append(text)
      fields.append(TextField(start: UInt32(bytes.count), count: UInt32(text.utf8.count)))
      for byte in text.utf8 { bytes.append(byte) }
      bytes.reserve(bytes.count + ShortText.longest)
    }
  }

  private func chunk(of count: Int, _ range: Int, _ random: inout SeededGenerator) -> Chunk {
    let chunk = Chunk()
    for _ in 0..<count {
      let number = Int.random(in: 0..<range, using: &random)
      chunk.append(number == 0 ? "" : String(repeating: "名", count: number % 14) + "\(number)")
    }
    return chunk
  }

  @Test(arguments: 0..<8 as Range<UInt64>)
  func idsAreThoseOfAddingOneAfterTheOther(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let range = [50, 3000, 1_000_000][Int(seed % 3)]
    let alone = TermDictionary()
    let dictionary = TermDictionary()
    let wave = TextWave(dictionary, Workers(count: 2 + Int(seed % 2)))
    for _ in 0..<3 {
      let chunks = (0..<Int.random(in: 1..<6, using: &random)).map { _ in
        chunk(of: TextWave.fewest / 2, range, &random)
      }
      defer { keepAlive(chunks) }
      for chunk in chunks {
        chunk.batch.begin(in: chunk.bytes.words)
        wave.look(for: chunk.fields.words, in: chunk.bytes.words, chunk.batch)
      }
      wave.add(chunks.map(\.batch))
      for chunk in chunks {
        for (place, text) in chunk.texts.enumerated() {
          let term = wave.term(of: chunk.fields[place], in: chunk.batch)
          #expect(term == alone.intern(text), "seed \(seed): \(text)")
        }
      }
    }
    #expect(dictionary.count == alone.count && dictionary.byteCount == alone.byteCount)
    #expect(dictionary.checkInvariants() == [], "seed \(seed)")
    // What was added together is forgotten one by one.
    dictionary.rollback(to: dictionary.count / 2)
    #expect(dictionary.checkInvariants() == [], "seed \(seed)")
  }

  /// Texts whose place in the index is full up to the end of a worker's part, several times each.
  @Test func textsThatLeaveTheirPartAreFound() {
    let mask = 1023
    let crowded = [mask / 2, mask].flatMap { bucket in
      (0..<50_000).lazy.map { "\($0)" }.filter { text in
        unsafe text.utf8Span.span.withUnsafeBufferPointer {
          unsafe Int(TextKey($0).hash) & mask == bucket
        }
      }.prefix(3 * TermIndex.width)
    }
    #expect(crowded.count == 6 * TermIndex.width)
    let chunks = (0..<2).map { round in
      let chunk = Chunk()
      for text in crowded { chunk.append(text) }
      for number in 0..<1200 { chunk.append("\(round) \(number)") }
      return chunk
    }
    defer { keepAlive(chunks) }
    let alone = TermDictionary()
    let dictionary = TermDictionary()
    let wave = TextWave(dictionary, Workers(count: 2))
    for chunk in chunks {
      chunk.batch.begin(in: chunk.bytes.words)
      wave.look(for: chunk.fields.words, in: chunk.bytes.words, chunk.batch)
    }
    wave.add(chunks.map(\.batch))
    #expect(dictionary.buckets.mask == mask)
    for chunk in chunks {
      for (place, text) in chunk.texts.enumerated() {
        #expect(wave.term(of: chunk.fields[place], in: chunk.batch) == alone.intern(text))
      }
    }
    #expect(dictionary.count == alone.count)
    #expect(dictionary.checkInvariants() == [])
  }

  /// A column of texts that are all new, beside one of few: only the second one is worth looking up.
  @Test func columnsOfNewTextsAreToldFromOthers() {
    let rowCount = 2 * TextWave.fewest
    let alone = TermDictionary()
    let dictionary = TermDictionary()
    let wave = TextWave(dictionary, Workers(count: 2))
    for round in 0..<3 {
      let chunk = Chunk()
      for row in 0..<rowCount { chunk.append("row \(row) of \(round)") }
      for row in 0..<rowCount { chunk.append("kind \(row % 7)") }
      chunk.batch.begin(in: chunk.bytes.words)
      for column in 0..<2 {
        let fields = chunk.fields.words.slice(column * rowCount, rowCount)
        wave.look(for: fields, in: chunk.bytes.words, chunk.batch)
      }
      wave.add([chunk.batch])
      for (place, text) in chunk.texts.enumerated() {
        let term = wave.term(of: chunk.fields[place], in: chunk.batch)
        #expect(term == alone.intern(text), "\(text)")
      }
      #expect(wave.areMostlyNew == [true, false], "round \(round)")
    }
    #expect(dictionary.count == 3 * rowCount + 7)
    #expect(dictionary.checkInvariants() == [])
  }
}
