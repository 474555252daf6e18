@_spi(Columns) import GraphCore

/// Hands out blocks of 32-bit words, in sizes of which each second one doubles, and takes them back for reuse.
///
/// Rows of a relation grow one by one, millions of them; taking their space from large chunks costs
/// neither a call to the system's allocator nor its bookkeeping per block. Blocks never move. All
/// are given back together, when the arena goes.
final class WordArena {
  private var chunks: [Column<UInt32>] = []
  /// What is left of the last chunk.
  private var space = Words<UInt32>.empty
  /// Per size class the blocks that were given back.
  private var free: [[Words<UInt32>]] = Array(repeating: [], count: 70)
  private(set) var byteCount = 0

  /// A block of a class's size with arbitrary content. Amortised O(1).
  func take(_ sizeClass: Int) -> Words<UInt32> {
    if let block = free[sizeClass].popLast() { return block }
    return cut(Self.size(of: sizeClass))
  }

  /// A block of exactly `count` words that will never be given back.
  func takeExactly(_ count: Int) -> Words<UInt32> {
    count == 0 ? .empty : cut(count)
  }

  private func cut(_ count: Int) -> Words<UInt32> {
    if count > space.count { addChunk(atLeast: count) }
    let block = space.slice(0, count)
    space = space.slice(count, space.count - count)
    return block
  }

  /// A block with all words zero.
  func takeZeroed(_ sizeClass: Int) -> Words<UInt32> {
    let block = take(sizeClass)
    for i in 0..<block.count { block[i] = 0 }
    return block
  }

  /// Gives a block back that was taken, in its whole size.
  func give(back block: Words<UInt32>) {
    free[Self.sizeClass(for: block.count)].append(block)
  }

  /// How many words the blocks of a class have: 2, 3, 4, 6, 8, 12, 16 … from the fourth class on, and none in the
  /// first one. Between two powers of two there is one more, so that a fifth of what is taken stays empty, not a
  /// third.
  @inline(__always)
  static func size(of sizeClass: Int) -> Int { ((2 | sizeClass & 1) << (sizeClass >> 1)) >> 2 }

  /// The class of the smallest blocks with so many words.
  static func sizeClass(for count: Int) -> Int {
    if count <= 2 { return 4 }
    let bits = Int.bitWidth - (count - 1).leadingZeroBitCount
    return count <= 3 << (bits - 2) ? 2 * bits + 1 : 2 * bits + 2
  }

  private func addChunk(atLeast size: Int) {
    // Chunks grow with what is in use, so that small relations stay small.
    let chunk = Column<UInt32>(
      minimumCapacity: max(size, min(max(byteCount / 8, 1 << 12), 1 << 22)))
    chunk.grow(by: chunk.capacity)
    chunks.append(chunk)
    byteCount += chunk.byteCount
    space = chunk.words
  }
}
