import Synchronization

/// Bytes in blocks of 64 KiB, each compared with its checksum when it is first touched.
final class GuardedBytes {
  let bytes: ByteView
  private let checksums: ByteView?
  /// A bit for each block that has been found sound.
  private let sound: Mutex<[UInt64]>

  /// - Parameter checksums: a checksum for each block; `nil` if the bytes are known to be sound.
  init(_ bytes: ByteView, checksums: ByteView?) {
    self.bytes = bytes
    self.checksums = checksums
    let blocks = (bytes.count + FileLayout.blockSize - 1) / FileLayout.blockSize
    sound = Mutex(Array(repeating: 0, count: checksums == nil ? 0 : (blocks + 63) / 64))
  }

  /// Makes sure that a part may be read. O(1) where it has been read before.
  func check(_ range: Range<Int>) throws(FormatError) {
    guard let checksums, !range.isEmpty else { return }
    guard range.lowerBound >= 0, range.upperBound <= bytes.count else {
      throw FormatError("a part lies outside")
    }
    let first = range.lowerBound / FileLayout.blockSize
    let last = (range.upperBound - 1) / FileLayout.blockSize
    for block in first...last {
      let isKnown = sound.withLock { $0[block >> 6] & (1 << UInt64(block & 63)) != 0 }
      if isKnown { continue }
      let start = block * FileLayout.blockSize
      let part = try bytes.slice(start, min(FileLayout.blockSize, bytes.count - start))
      guard try checksums.load(block * 8) == Checksum.of(part) else {
        throw FormatError("the bytes from \(start) of it on have changed")
      }
      sound.withLock { $0[block >> 6] |= 1 << UInt64(block & 63) }
    }
  }
}
