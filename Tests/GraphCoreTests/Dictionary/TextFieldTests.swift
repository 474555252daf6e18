import TestSupport
import Testing

@testable @_spi(Columns) import GraphCore

@Suite struct TextFieldTests {
  @Test(arguments: 0..<10 as Range<UInt64>)
  func manyTextsAreInternedAsOneByOne(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let bytes = Column<UInt8>()
    let fields = Column<TextField>()
    var texts: [String] = []
    // A few texts that come up again and again are remembered.
    let range = seed % 2 == 0 ? 150 : 3
    for _ in 0..<Int.random(in: 0..<1200, using: &random) {
      let text =
        String(repeating: "字a", count: Int.random(in: 0..<min(range, 9), using: &random))
        + "\(Int.random(in: 0..<range, using: &random))"
      texts.append(Bool.random(using: &random) ? text : "")
      fields.append(
        TextField(start: UInt32(bytes.count), count: UInt32(texts[texts.count - 1].utf8.count)))
      for byte in texts[texts.count - 1].utf8 { bytes.append(byte) }
    }
    bytes.reserve(bytes.count + 16)
    defer { keepAlive(bytes, fields) }
    let one = TermDictionary()
    let many = TermDictionary()
    let later = TermDictionary()
    for text in texts.prefix(50) {
      #expect(one.intern(text) == many.intern(text))
      _ = later.intern(text)
    }
    let expected = texts.map { one.intern($0) }
    many.intern(fields.words, in: bytes.words)
    #expect((0..<fields.count).map { fields[$0].term } == expected, "seed \(seed)")
    // Looking up first and adding what is unknown afterwards comes to the same.
    later.find(fields.words, in: bytes.words)
    for (place, text) in texts.enumerated() {
      #expect(fields[place].term == (later.lookup(text) ?? TextField.unknown), "seed \(seed)")
    }
    later.internUnknown(fields.words, in: bytes.words)
    #expect((0..<fields.count).map { fields[$0].term } == expected, "seed \(seed)")
  }

  /// Of texts that are not in their keys two may look alike until they are compared.
  @Test func textsWithEqualKeysAreToldApart() {
    let texts = ["company 097270", "company 177345", "company 177345", "company 097270"]
    let bytes = Column<UInt8>()
    let fields = Column<TextField>()
    for text in texts {
      fields.append(TextField(start: UInt32(bytes.count), count: UInt32(text.utf8.count)))
      for byte in text.utf8 { bytes.append(byte) }
    }
    bytes.reserve(bytes.count + 16)
    defer { keepAlive(bytes, fields) }
    let dictionary = TermDictionary()
    #expect(dictionary.intern(texts[0]) == 0)
    dictionary.find(fields.words, in: bytes.words)
    #expect(fields[0].hash == fields[1].hash, "the texts no longer have one hash: find others")
    let unknown = TextField.unknown
    #expect((0..<4).map { fields[$0].term } == [0, unknown, unknown, 0])
    dictionary.intern(fields.words, in: bytes.words)
    #expect((0..<4).map { fields[$0].term } == [0, 1, 1, 0])
    dictionary.rollback(to: 1)
    #expect(dictionary.lookup(texts[1]) == nil)
    #expect(dictionary.lookup(texts[0]) == 0)
    #expect(dictionary.checkInvariants() == [])
  }
}
