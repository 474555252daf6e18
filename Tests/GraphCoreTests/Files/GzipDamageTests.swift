import TestSupport
import Testing

@testable @_spi(Columns) import GraphCore

/// Holds the reader against one that goes bit by bit: the same text, and of whatever happened to the bytes the same
/// is said.
@Suite struct GzipDamageTests {
  private func compare(
    _ bytes: [UInt8], _ note: String, chunkSize: Int = 1 << 12,
    _ location: Testing.SourceLocation = #_sourceLocation
  ) {
    // Others are no packed ones.
    guard GzipReader.isPacked(bytes.span) else { return }
    let expected = PlainGunzip.unpack(bytes)
    let source = LineSource(name: "x", bytes: bytes, chunkSize: chunkSize)
    let result = Result { () throws(FileError) in try source.all() }
    switch (expected, result) {
    case (.success(let text), .success(let found)):
      #expect(text == found, "\(note)", sourceLocation: location)
    case (.failure(let damage), .failure(let error)):
      #expect(damage.reason == error.reason, "\(note)", sourceLocation: location)
    default: Issue.record("\(expected) \(result), \(note)", sourceLocation: location)
    }
  }

  private func steps(
    _ count: Int, behind known: Int, _ random: inout SeededGenerator
  ) -> [GzipPacker.Step] {
    var size = known
    // Texts of few and of many letters, near and far matches.
    let letters = Int.random(in: 1...256, using: &random)
    let farthest = Int.random(in: 1...32768, using: &random)
    return (0..<count).map { _ in
      if size > 0, Int.random(in: 0..<3, using: &random) == 0 {
        let length = Int.random(in: 3...(Bool.random(using: &random) ? 258 : 20), using: &random)
        let distance = Int.random(in: 1...min(size, farthest), using: &random)
        size += length
        return .copy(length: length, distance: distance)
      }
      size += 1
      return .literal(UInt8(Int.random(in: 0..<letters, using: &random)))
    }
  }

  /// A member with blocks of every kind.
  private func member(_ most: Int, _ random: inout SeededGenerator) -> [UInt8] {
    var packer = GzipPacker()
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      let count = Int.random(in: 0...most, using: &random)
      switch Int.random(in: 0..<4, using: &random) {
      case 0:
        packer.store((0..<count).map { _ in .random(in: 0...255, using: &random) })
      case 1:
        packer.beginCoded()
        for step in steps(count, behind: packer.text.count, &random) { packer.add(step) }
        packer.endCoded()
      default:
        packer.addBlock(of: steps(count, behind: packer.text.count, &random), &random)
      }
    }
    return packer.finish()
  }

  private func begin() -> SeededGenerator {
    let seed = UInt64.random(in: 0...UInt64.max)
    print("seed \(seed)")
    return SeededGenerator(seed: seed)
  }

  @Test func everyKindOfBlockIsRead() {
    var random = begin()
    for _ in 0..<20 {
      let bytes = (0..<Int.random(in: 1...3, using: &random)).flatMap { _ in
        member(Bool.random(using: &random) ? 400 : 20, &random)
      }
      if case .failure(let damage) = PlainGunzip.unpack(bytes) { Issue.record("\(damage)") }
      for size in [64, 1000, 1 << 16] { compare(bytes, "whole", chunkSize: size) }
    }
  }

  @Test func cutAtEveryByte() {
    var random = begin()
    for _ in 0..<2 {
      let bytes = member(40, &random) + member(40, &random)
      for count in 2..<bytes.count { compare(Array(bytes[..<count]), "cut at \(count)") }
    }
  }

  @Test func changedBytes() {
    var random = begin()
    for _ in 0..<25 {
      let whole = member(100, &random)
      for _ in 0..<20 {
        var bytes = whole
        for _ in 0..<Int.random(in: 1...3, using: &random) {
          let place = Int.random(in: 2..<bytes.count, using: &random)
          switch Int.random(in: 0..<4, using: &random) {
          case 0: bytes[place] = .random(in: 0...255, using: &random)
          case 1: bytes.remove(at: place)
          case 2: bytes.insert(.random(in: 0...255, using: &random), at: place)
          default: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
          }
        }
        compare(bytes, "changed")
      }
    }
  }

  /// Codes that are none, most of them: their lengths stand in the first bytes of a block.
  @Test func changedCodes() {
    var random = begin()
    for _ in 0..<20 {
      var packer = GzipPacker()
      packer.addBlock(of: steps(100, behind: 0, &random), &random)
      let whole = packer.finish()
      for _ in 0..<20 {
        var bytes = whole
        let place = Int.random(in: 10..<min(bytes.count, 100), using: &random)
        bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        compare(bytes, "byte \(place)")
      }
    }
  }

  @Test func referencesToWhatIsNotThere() {
    var random = begin()
    for known in [0, 1, 7, 300, 4000] {
      for distance in [1, 2, 8, 301, 32768] where distance > known {
        for isBefore in [false, true] {
          // What another member holds is not there either.
          var packer = GzipPacker()
          packer.store(Array(repeating: 65, count: 500))
          let before = isBefore ? packer.finish() : []
          packer = GzipPacker()
          let text = (0..<known).map { GzipPacker.Step.literal(UInt8($0 & 7)) }
          packer.addBlock(of: text + [.copy(length: 9, distance: distance)] + text, &random)
          let bytes = before + packer.finish()
          compare(bytes, "\(known) \(distance)")
          #expect(throws: FileError.self) { try LineSource(name: "x", bytes: bytes).all() }
        }
      }
    }
  }

  @Test func rubbishBehind() {
    var random = begin()
    for _ in 0..<10 {
      let bytes = member(50, &random)
      for count in [1, 2, 3, 9, 40, 100] {
        let rubbish = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
        compare(bytes + rubbish, "rubbish")
        compare(bytes + [0x1F, 0x8B, 8, 0] + rubbish, "a member of rubbish")
      }
    }
  }

  /// A block that says it is a code and is anything.
  @Test func anyBits() {
    var random = begin()
    for _ in 0..<500 {
      let rest = (0..<Int.random(in: 0...200, using: &random)).map { index in
        let byte = UInt8.random(in: 0...255, using: &random)
        return index > 0 ? byte : byte & 0xF8 | (Bool.random(using: &random) ? 2 : 4)
      }
      compare([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255] + rest, "any bits")
    }
  }

  @Test func checksumsOfEveryLength() {
    var random = begin()
    let bytes = (0..<200).map { _ in UInt8.random(in: 0...255, using: &random) }
    for count in bytes.indices {
      for start in [0, 1, 5, 16] where start <= count {
        var checksum: UInt32 = ~0
        for byte in bytes[..<count] {
          checksum ^= UInt32(byte)
          for _ in 0..<8 {
            checksum = checksum & 1 == 1 ? 0xEDB8_8320 ^ checksum >> 1 : checksum >> 1
          }
        }
        var found = GzipChecksum()
        found.add(bytes.span.extracting(0..<start))
        found.add(bytes.span.extracting(start..<count))
        #expect(found.value == ~checksum && found.count == count)
      }
    }
  }
}
