import TestSupport
import Testing

@testable import GraphCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite struct BlockHeapTests {
  private static let half = BlockHeap.chunkSize / 2

  /// A block, filled with a mark.
  @safe private final class Block {
    let base: UnsafeMutableRawPointer
    var size: Int
    let mark: UInt8

    init?(_ heap: BlockHeap, _ size: Int, mark: UInt8) {
      guard let base = unsafe heap.allocate(size) else { return nil }
      unsafe self.base = base
      self.size = size
      self.mark = mark
      unsafe memset(base, Int32(mark), size)
    }

    func grow(to newSize: Int, in heap: BlockHeap) -> Bool {
      guard unsafe heap.extend(base, from: size, to: newSize) else { return false }
      if newSize > size {
        unsafe memset(base + size, Int32(mark), newSize - size)
      }
      size = newSize
      return true
    }

    /// All bytes are the mark where each is the one before it. A loop over them would take a debug build long.
    var isIntact: Bool {
      unsafe base.load(as: UInt8.self) == mark && memcmp(base, base + 1, size - 1) == 0
    }

    func release(to heap: BlockHeap) -> Bool { unsafe heap.release(base, size) }
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func blocksNeverOverlapAndKeepWhatTheyHold(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let heap = BlockHeap(addresses: 64 << 20)
    var blocks: [Block] = []
    for step in 0..<400 {
      let size = Int.random(in: BlockHeap.leastBlock..<BlockHeap.chunkSize, using: &random)
      let choice = Int.random(in: 0..<4, using: &random)
      let index = blocks.indices.randomElement(using: &random)
      if choice < 2 {
        let made = Block(heap, size, mark: UInt8(truncatingIfNeeded: step))
        if let made { blocks.append(made) }
      } else if let index, choice == 2, size > blocks[index].size {
        _ = blocks[index].grow(to: size, in: heap)
      } else if let index {
        let block = blocks.remove(at: index)
        #expect(block.isIntact && block.release(to: heap), "seed \(seed), step \(step)")
      }
    }
    for block in blocks { #expect(block.isIntact && block.release(to: heap), "seed \(seed)") }
    // All is free again: a block of nearly a chunk fits sixteen times.
    let all = (0..<17).compactMap { _ in Block(heap, BlockHeap.chunkSize - 1, mark: 1) }
    #expect(all.count == 16)
  }

  @Test func theFirstRunThatIsLongEnoughIsTaken() {
    #expect(BlockHeap.firstRun(of: 1, in: 0) == nil)
    #expect(BlockHeap.firstRun(of: 64, in: .max) == 0)
    #expect(BlockHeap.firstRun(of: 64, in: .max << 1) == nil)
    #expect(BlockHeap.firstRun(of: 3, in: 0b1110_1101) == 5)
    #expect(BlockHeap.firstRun(of: 2, in: 0b1110_1101) == 2)
    for word in [0x8000_0000_0000_0001, 0xF0F0_7777_FFFF_0001, 0x7FFF_FFFF_FFFF_FFFE] as [UInt64] {
      for count in 1...64 {
        let first = (0...64 - count).first { start in
          (start..<start + count).allSatisfy { word >> UInt64($0) & 1 == 1 }
        }
        #expect(BlockHeap.firstRun(of: count, in: word) == first, "\(count) of \(word)")
      }
    }
  }

  @Test func aBlockGrowsIntoWhatIsFreeBehindIt() throws {
    let heap = BlockHeap(addresses: 8 << 20)
    let first = try #require(Block(heap, 200_000, mark: 1))
    #expect(first.grow(to: 1_000_000, in: heap))
    let second = try #require(Block(heap, 200_000, mark: 2))
    // Within its last unit it may always, further not with another behind it.
    #expect(first.grow(to: 1_000_001, in: heap))
    #expect(!first.grow(to: 1_100_000, in: heap))
    #expect(second.release(to: heap))
    #expect(first.grow(to: BlockHeap.chunkSize - 1, in: heap))
    #expect(!first.grow(to: BlockHeap.chunkSize + 1, in: heap))
    #expect(first.isIntact)
  }

  @Test func withoutAddressesThereIsNoBlock() throws {
    let heap = BlockHeap(addresses: 8 << 20)
    let size = BlockHeap.chunkSize - 1
    let first = try #require(Block(heap, size, mark: 1))
    let second = try #require(Block(heap, size, mark: 2))
    #expect(Block(heap, BlockHeap.leastBlock, mark: 3) == nil)
    #expect(first.release(to: heap))
    #expect(Block(heap, BlockHeap.leastBlock, mark: 3) != nil)
    #expect(second.isIntact)
    // What came from elsewhere is not taken.
    let other = try #require(Block(BlockHeap(addresses: 8 << 20), size, mark: 4))
    #expect(!other.release(to: heap))
    #expect(!other.grow(to: size, in: heap))
  }

  #if os(Linux)
    @Test func onlyTheLowestFreeHalvesKeepTheirMemory() {
      let heap = BlockHeap(addresses: 16 << 20)
      let blocks = (0..<4).compactMap { _ in Block(heap, Self.half, mark: 7) }
      #expect(blocks.allSatisfy { $0.release(to: heap) })
      let held = (0..<4).map { _ in
        unsafe heap.allocate(Self.half).map { unsafe $0.load(as: UInt8.self) }
      }
      #expect(held == [7, 7, 0, 0])
    }
  #endif
}
