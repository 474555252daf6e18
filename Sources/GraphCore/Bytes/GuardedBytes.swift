import Synchronization

/// Bytes in blocks of 64 KiB, each compared with its checksum when it is first touched.
@safe
final class GuardedBytes {
  /// How many bytes have a checksum of their own.
  static let blockSize = 65_536

  let bytes: ByteView
  private let checksums: ByteView?
  /// A bit for each block that has been found sound. Threads that race for a block both compare it.
  private let sound: UnsafeMutablePointer<Atomic<UInt64>>
  private let wordCount: Int

  /// - Parameter checksums: a checksum for each block; `nil` if the bytes are known to be sound.
  init(_ bytes: ByteView, checksums: ByteView?) {
    self.bytes = bytes
    self.checksums = checksums
    let blocks = (bytes.count + GuardedBytes.blockSize - 1) / GuardedBytes.blockSize
    wordCount = checksums == nil ? 0 : (blocks + 63) / 64
    unsafe sound = .allocate(capacity: max(1, wordCount))
    for word in 0..<wordCount { unsafe (sound + word).initialize(to: Atomic(0)) }
  }

  deinit {
    unsafe sound.deinitialize(count: wordCount)
    unsafe sound.deallocate()
  }

  /// Makes sure that the bytes from `start` to `end` may be read. O(1) where they have been before.
  @inline(__always)
  func check(_ start: Int, _ end: Int) throws(FormatError) {
    if soundness.covers(start, end) { return }
    try compare(start, end)
  }

  /// What has been found sound, for loops; whoever holds it holds the bytes as well.
  var soundness: Soundness {
    unsafe Soundness(bits: checksums == nil ? nil : sound, count: bytes.count)
  }

  /// What has been found sound of bytes, without their owner.
  @safe
  struct Soundness {
    /// `nil` where all bytes are known to be sound.
    fileprivate let bits: UnsafeMutablePointer<Atomic<UInt64>>?
    fileprivate let count: Int

    /// Whether the bytes from `start` to `end` lie in one block that is sound.
    @inline(__always)
    func covers(_ start: Int, _ end: Int) -> Bool {
      guard let bits = unsafe bits else { return true }
      let block = start >> 16
      guard start >= 0, start < end, end <= count, block == (end &- 1) >> 16 else { return false }
      return unsafe bits[block >> 6].load(ordering: .relaxed) & (1 << UInt64(block & 63)) != 0
    }
  }

  /// Compares all blocks of some bytes that have not been found sound.
  @inline(never)
  private func compare(_ start: Int, _ end: Int) throws(FormatError) {
    guard start < end else { return }
    guard start >= 0, end <= bytes.count else { throw FormatError("a part lies outside") }
    for block in (start >> 16)...((end - 1) >> 16)
    where !soundness.covers(block << 16, block << 16 + 1) {
      try compare(block)
    }
  }

  @inline(never)
  private func compare(_ block: Int) throws(FormatError) {
    guard let checksums else { return }
    let start = block * GuardedBytes.blockSize
    let part = try bytes.slice(start, min(GuardedBytes.blockSize, bytes.count - start))
    guard try checksums.load(block * 8) == Checksum.of(part) else {
      throw FormatError("the bytes from \(start) of it on have changed")
    }
    unsafe sound[block >> 6].bitwiseOr(1 << UInt64(block & 63), ordering: .relaxed)
  }
}
