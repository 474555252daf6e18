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

  /// Texts around the length that fits on the stack, among short ones of the same buckets.
  @Test func longTextsAmongShortOnes() throws {
    var random = SeededGenerator(seed: 21)
    var names = PackedDictionaryTests.names(60, seed: 4)
    for length in [900, 991, 992, 993, 1024, 1100, 70_000] {
      let unit = String(UInt64.random(in: 0 ... .max, using: &random), radix: 36)
      let text = String(repeating: unit, count: length / unit.utf8.count + 1)
      names.append(String(decoding: Array(text.utf8).prefix(length), as: UTF8.self))
    }
    names.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    let packed = try PackedDictionary(ByteView(copying: PackedDictionaryTests.pack(names)))
    let dictionary = TermDictionary(sealed: packed)
    for (id, name) in names.enumerated() { #expect(dictionary.text(of: UInt32(id)) == name) }
    for first in 0..<names.count {
      var found: [String] = []
      let isWhole = packed.forEach(in: first..<names.count) { id, text in
        #expect(Int(id) == first + found.count)
        found.append(String(copying: text))
        return true
      }
      #expect(isWhole && found == Array(names[first...]))
    }
    var count = 0
    let isWhole = packed.forEach(in: 0..<names.count) { _, text in
      count += 1
      return text.count < 70_000
    }
    #expect(!isWhole && names[count - 1].utf8.count == 70_000)
  }

  /// Texts that are nearly those of the dictionary, before and after the heads of buckets are known.
  @Test(arguments: [1, 40, 900]) func neighboursAreNotMistaken(count: Int) throws {
    var random = SeededGenerator(seed: 15)
    let numbers = (0..<count).map { _ in String(random.next() % 20_000) }
    let shared = (0..<count).map { "山西省长治市上党区\($0 % 7)号\($0)" }
    for texts in [PackedDictionaryTests.names(count, seed: 16), numbers, shared] {
      let known = Set(texts.map { Array($0.utf8) }).sorted { $0.lexicographicallyPrecedes($1) }
      let bytes = unsafe PackedDictionaryWriter.pack(count: known.count, isSorted: true) {
        unsafe known[$0].withUnsafeBufferPointer($1)
      }
      let packed = try PackedDictionary(ByteView(copying: bytes))
      let places = Dictionary(uniqueKeysWithValues: known.enumerated().map { ($1, UInt32($0)) })
      for _ in 0..<2 {
        for text in known {
          var others = [text, text + [0], text + Array("晋".utf8), Array(text.dropLast())]
          others += [Array(text.dropFirst()), text + text]
          if !text.isEmpty {
            let place = Int(random.next() % UInt64(text.count))
            for change in [1, 255] as [UInt8] {
              var other = text
              other[place] &+= change
              others.append(other)
            }
          }
          for other in others {
            let found = unsafe other.withUnsafeBufferPointer { unsafe packed.lookup($0) }
            #expect(found == places[other], "\(other)")
          }
        }
      }
    }
  }

  @Test func longTexts() throws {
    let long = String(repeating: "长文", count: 40_000)
    let texts = ["a", long, long + "x", long + String(repeating: "y", count: 300)].sorted {
      $0.utf8.lexicographicallyPrecedes($1.utf8)
    }
    let packed = try PackedDictionary(ByteView(copying: PackedDictionaryTests.pack(texts)))
    let dictionary = TermDictionary(sealed: packed)
    for (id, text) in texts.enumerated() {
      #expect(dictionary.text(of: UInt32(id)) == text)
      #expect(dictionary.lookup(text) == UInt32(id))
    }
    #expect(dictionary.lookup(long + "xy") == nil)
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
