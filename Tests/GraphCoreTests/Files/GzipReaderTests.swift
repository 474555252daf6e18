import TestSupport
import Testing

@testable @_spi(Columns) import GraphCore

@Suite struct GzipReaderTests {
  /// Reads a file with these bytes.
  private func read(_ bytes: [UInt8], chunkSize: Int = 1 << 18) throws -> [UInt8] {
    let path = "/tmp/graphsh-gzip-\(MonotonicClock.nanoseconds)-\(Int.random(in: 0..<1 << 40))"
    defer { Files.remove(path) }
    try Files.write(bytes, to: path)
    return try LineSource(path: path, chunkSize: chunkSize).all()
  }

  @Test func whatGzipPackedIsUnpacked() throws {
    let text = Self.rows
    for size in [64, 1000, 1 << 18] {
      #expect(try read(Self.packedRows, chunkSize: size) == Array(text.utf8))
    }
    #expect(try read(Self.packedRows + Self.packedRows) == Array((text + text).utf8))
  }

  @Test func plainFilesStayAsTheyAre() throws {
    for bytes in [[], [0x1F], [0x1F, 0x41], [0x1F, 0x41, 0x0A]] as [[UInt8]] {
      #expect(try read(bytes) == bytes)
    }
  }

  @Test func theChecksumIsCRC32() {
    for (text, value) in [("", 0), ("a", 0xE8B7_BE43), ("123456789", 0xCBF4_3926)] {
      var checksum = GzipChecksum()
      checksum.add(Array(text.utf8).span)
      #expect(checksum.value == UInt32(value))
    }
  }

  /// Blocks of every kind that need no code of their own, in any mixture.
  @Test func anyMixtureOfBlocks() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    print("seed \(seed)")
    var random = SeededGenerator(seed: seed)
    for _ in 0..<40 {
      var packer = GzipPacker()
      for _ in 0..<Int.random(in: 1...6, using: &random) {
        if Bool.random(using: &random) {
          packer.store(
            (0..<Int.random(in: 0...400, using: &random)).map { _ in
              .random(in: 0...255, using: &random)
            })
        } else {
          packer.beginCoded()
          for _ in 0..<Int.random(in: 0...300, using: &random) {
            if packer.text.count > 3, Int.random(in: 0..<3, using: &random) == 0 {
              packer.add(
                .copy(
                  length: .random(in: 3...258, using: &random),
                  distance: .random(in: 1...min(packer.text.count, 32768), using: &random)))
            } else {
              packer.add(.literal(.random(in: 0...255, using: &random)))
            }
          }
          packer.endCoded()
        }
      }
      let packed = packer.finish()
      #expect(try read(packed, chunkSize: 100) == packer.text)
    }
  }

  /// Files are read in pieces, which end anywhere in a block.
  @Test func longFiles() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    print("seed \(seed)")
    var random = SeededGenerator(seed: seed)
    var packer = GzipPacker()
    for _ in 0..<4 {
      packer.store(
        (0..<Int.random(in: 30_000...65_000, using: &random)).map { _ in
          .random(in: 0...255, using: &random)
        })
      let steps = (0..<20_000).map { index in
        index % 9 == 0
          ? GzipPacker.Step.copy(
            length: .random(in: 3...9, using: &random),
            distance: .random(in: 1...30_000, using: &random))
          : .literal(.random(in: 0...255, using: &random))
      }
      packer.addBlock(of: steps, &random)
    }
    let packed = packer.finish()
    #expect(packed.count > 200_000)
    #expect(try read(packed, chunkSize: 1 << 16) == packer.text)
  }

  /// Whatever happened to a file, it is read as it was or refused.
  @Test func damageIsFound() throws {
    let text = Array(Self.rows.utf8)
    for count in 2..<Self.packedRows.count {
      #expect(throws: FileError.self) { try read(Array(Self.packedRows[..<count])) }
    }
    let seed = UInt64.random(in: 0...UInt64.max)
    print("seed \(seed)")
    var random = SeededGenerator(seed: seed)
    for _ in 0..<1_500 {
      var bytes = Self.packedRows
      let place = Int.random(in: 2..<bytes.count, using: &random)
      bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      let result = try? read(bytes)
      #expect(result == nil || result == text, "byte \(place)")
    }
    #expect(throws: FileError.self) { try read(Self.packedRows + [1, 2, 3]) }
  }

  private static let rows: String = {
    let names = ["晋钢", "富士康", "英特丽", "supplies", "located_in", "祁县经济开发区", "亿元"]
    return (0..<60).map { "\($0)\t\(names[$0 * $0 % 7])\t\(names[($0 * 3 + $0 / 5) % 7])\n" }
      .joined()
  }()

  /// The rows as `gzip -9` packs them: one block with codes of its own.
  private static let packedRows: [UInt8] = {
    let digits = Array(
      [
        "1f8b08080100000002ff6e616d65732e66616374730085943d4ec3401085ebddd378feecf56910821491",
        "228814e8418802254a041d2d888a025120208072996c0cb7a0b1b31376902b5bab373bf38ddf73e136b7",
        "d39f9bbbf6e1c1c5a759bc7f8ccb5737391d8f47c3c1c4a31b1d1fec9f0c0ef786476ebd5cc5cb0b4fee",
        "7bfadc5cbdafdfbed29b6775da3c9cc7f9aaf9586c5ee6f1f32c2eaee36ce945df950a4bd5d72eacba49",
        "b7421f5451bad5d7ba45c755a8c99416409d77da1ddeed168054bb760bc0dd540905c4d095363654bd0b",
        "83a024891d7628151116aa7dd22374936a2d2a6d4b8f64d2a3feb42d158a3a4bcad2b00b56aa53e2c7d0",
        "4d65c3636dc250a15bd8a504e6de086d231019ae21b6e240f22734549ab2ca8a4d30734375af0fb8b02d",
        "c4d01b1dc63c3b4c7678988d3db0d84be3324f0f57a67f38e4a9e03a4f8f14b94ec04617ecffdd90e902",
        "e17fd223621a4e4a233d52e5e99160d24b9da7e717998275427b050000",
      ].joined())
    return stride(from: 0, to: digits.count, by: 2).map {
      UInt8(String(digits[$0...($0 + 1)]), radix: 16) ?? 0
    }
  }()
}
