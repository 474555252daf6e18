import GraphCore
import Testing

@Suite struct ChecksumTests {
  @Test func knownValues() {
    #expect(Checksum.of([]) == 0xEF46_DB37_51D8_E999)
    #expect(Checksum.of(Array("a".utf8)) == 0xD24E_C4F1_A98C_6E5B)
    #expect(Checksum.of(Array("abc".utf8)) == 0x44BC_2CF5_AD77_0999)
    let long = Array("Nobody inspects the spammish repetition".utf8)
    #expect(Checksum.of(long) == 0xFBCE_A83C_8A37_8BF1)
  }

  @Test func everyBitCounts() {
    for count in [1, 7, 8, 31, 32, 33, 100] {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37) }
      let whole = Checksum.of(bytes)
      for bit in 0..<(count * 8) {
        var flipped = bytes
        flipped[bit / 8] ^= 1 << (bit % 8)
        #expect(Checksum.of(flipped) != whole)
      }
      #expect(Checksum.of(bytes, seed: 1) != whole)
      #expect(Checksum.of([0] + bytes + [0], in: 1..<(count + 1)) == whole)
    }
  }
}
