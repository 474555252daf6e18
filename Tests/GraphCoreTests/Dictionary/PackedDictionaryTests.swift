import TestSupport
import Testing

@testable import GraphCore

/// Packed texts are found by id and by text, and a dictionary over them behaves as one without.
@Suite struct PackedDictionaryTests {
  static func pack(_ texts: [String], isSorted: Bool = true) -> [UInt8] {
    let bytes = texts.map { Array($0.utf8) }
    return unsafe PackedDictionaryWriter.pack(count: texts.count, isSorted: isSorted) {
      unsafe bytes[$0].withUnsafeBufferPointer($1)
    }
  }

  static func names(_ count: Int, seed: UInt64) -> [String] {
    var random = SeededGenerator(seed: seed)
    let places = ["太原", "大同", "运城", "晋城", "Berlin", "a", ""]
    let brands = ["晋", "华泰", "恒", "鑫瑞", "🙂", "\u{0}"]
    let forms = ["有限公司", "股份有限公司", "集团", "GmbH", ""]
    var result = Set<String>()
    while result.count < count {
      func pick(_ from: [String]) -> String { from[Int(random.next() % UInt64(from.count))] }
      result.insert(
        pick(places) + pick(brands) + pick(brands) + pick(forms)
          + (random.next() % 3 == 0 ? "" : String(random.next() % 5000)))
    }
    return result.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  @Test(arguments: [0, 1, 2, 15, 16, 17, 700]) func bothWays(count: Int) throws {
    let names = PackedDictionaryTests.names(count, seed: 3)
    let packed = try PackedDictionary(ByteView(copying: PackedDictionaryTests.pack(names)))
    #expect(packed.count == count)
    let dictionary = TermDictionary(sealed: packed)
    for (id, name) in names.enumerated() {
      #expect(dictionary.text(of: UInt32(id)) == name)
      #expect(dictionary.lookup(name) == UInt32(id))
      #expect(dictionary.lookup(name + "?") == nil)
      #expect(dictionary.length(of: UInt32(id)) == name.utf8.count)
    }
    var all: [String] = []
    try packed.forEach { all.append(String(copying: $0)) }
    #expect(all == names)
  }

  @Test func longTexts() throws {
    let long = String(repeating: "长文", count: 40_000)
    let texts = ["a", long, long + "x", long + String(repeating: "y", count: 300)].sorted {
      $0.utf8.lexicographicallyPrecedes($1.utf8)
    }
    let packed = try PackedDictionary(ByteView(copying: PackedDictionaryTests.pack(texts)))
    let dictionary = TermDictionary(sealed: packed)
    for (id, text) in texts.enumerated() { #expect(dictionary.text(of: UInt32(id)) == text) }
  }

  @Test func newTextsFollowPackedOnes() throws {
    let names = PackedDictionaryTests.names(3000, seed: 4)
    let packed = try PackedDictionary(ByteView(copying: PackedDictionaryTests.pack(names)))
    let dictionary = TermDictionary(sealed: packed)
    #expect(dictionary.intern("new") == 3000)
    #expect(dictionary.intern(names[7]) == 7)
    let mark = dictionary.mark
    #expect(dictionary.intern("other") == 3001)
    // Enough searches to have it unpacked on the way.
    for _ in 0..<2 {
      for (id, name) in names.enumerated() { #expect(dictionary.intern(name) == UInt32(id)) }
    }
    #expect(dictionary.text(of: 3001) == "other")
    dictionary.rollback(to: mark)
    #expect(dictionary.lookup("other") == nil)
    #expect(dictionary.lookup("new") == 3000)
    #expect(dictionary.checkInvariants() == [])
  }

  @Test func unsortedTexts() throws {
    let names = Array(PackedDictionaryTests.names(100, seed: 5).reversed())
    let packed = try PackedDictionary(
      ByteView(copying: PackedDictionaryTests.pack(names, isSorted: false)))
    let dictionary = TermDictionary(sealed: packed)
    for (id, name) in names.enumerated() { #expect(dictionary.lookup(name) == UInt32(id)) }
  }

  @Test func damagedBytesNeverCrash() throws {
    var random = SeededGenerator(seed: 6)
    let names = PackedDictionaryTests.names(200, seed: 6)
    let bytes = PackedDictionaryTests.pack(names)
    for _ in 0..<1500 {
      var damaged = bytes
      for _ in 0..<(1 + random.next() % 3) {
        damaged[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
      }
      if random.next() % 4 == 0 { damaged.removeLast(Int(random.next() % UInt64(bytes.count))) }
      guard let packed = try? PackedDictionary(ByteView(copying: damaged)), packed.count > 0 else {
        continue
      }
      let dictionary = TermDictionary(sealed: packed)
      for id in 0..<min(dictionary.count, 50) { _ = dictionary.text(of: UInt32(id)) }
      for name in names.prefix(20) { _ = dictionary.lookup(name) }
      dictionary.unpack()
    }
  }
}

extension String {
  fileprivate init(copying bytes: Span<UInt8>) {
    self.init(decoding: bytes.indices.map { bytes[$0] }, as: UTF8.self)
  }
}
