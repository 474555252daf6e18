import Synchronization

/// Blocks of 128 KiB to 4 MiB, side by side, in memory that is used again.
///
/// The C library asks the system for each block of such a size and gives it back at once, so that the next one begins
/// with pages that are new to the process. Here blocks come from *chunks* of 64 *units*; the free units of a chunk are
/// the bits of one word:
///
/// ```
///  chunk of 4 MiB   │ block     │ free │ block            │ free …
///  word             │ 0 0 0 0 0 │ 1 1  │ 0 0 0 0 0 0 0 0  │ 1 1 1 1 …
/// ```
///
/// A block takes the first run of units that is long enough, from the lowest chunk on: first fit in the order of
/// addresses leaves the least between blocks, and what is given back joins its neighbours by itself (Wilson,
/// Johnstone, Neely, Boles, "Dynamic storage allocation: a survey and critical review", 1995). All
/// chunks of a GiB are 256 words to look at.
///
/// Half a chunk without blocks is given back to the system, except for a few of the lowest. Pages are the system's
/// ordinary ones: huge ones take less time where their memory is at hand, and several times as much where a virtual
/// machine has to ask its host for it first (decision 0020). Any thread may ask.
@safe
final class BlockHeap: @unchecked Sendable {
  /// What sizes are rounded up to: a block has half a unit to spare on average.
  static let unit = 1 << 16
  private static let unitsPerChunk = UInt64.bitWidth
  static let chunkSize = unitsPerChunk * unit
  /// From this size on blocks belong here, up to below that of a chunk.
  static let leastBlock = 1 << 17
  /// What is given back together.
  private static let halfSize = chunkSize / 2
  private static let unitsPerHalf = unitsPerChunk / 2
  /// So many free halves keep their memory.
  private static let keptHalves = 2

  static let shared = BlockHeap(addresses: 1 << 36)

  private let lock = Mutex(())
  /// Where the first chunk begins, once there is one. Its successors follow without a gap.
  private var base: UnsafeMutableRawPointer?
  /// How many bytes of addresses are asked for, and how many chunks have room in what was granted.
  private let addresses: Int
  private var chunkLimit = 0
  /// For each chunk its free units.
  private var free: [UInt64] = []
  /// The free halves that have memory.
  private var idleHalves: [Int] = []

  init(addresses: Int) {
    unsafe base = nil
    self.addresses = addresses
  }

  /// A block that holds anything; nothing where the addresses are used up.
  func allocate(_ byteCount: Int) -> UnsafeMutableRawPointer? {
    let count = Self.units(byteCount)
    return unsafe lock.withLock { _ in
      for chunk in free.indices {
        if let start = Self.firstRun(of: count, in: free[chunk]) {
          return unsafe take(count, from: start, of: chunk)
        }
      }
      if unsafe base == nil { reserveAddresses() }
      guard free.count < chunkLimit else { return nil }
      free.append(.max)
      return unsafe take(count, from: 0, of: free.count - 1)
    }
  }

  /// Lets a block grow where it is, if what lies behind it is free. One that need not grow always can.
  func extend(
    _ block: UnsafeMutableRawPointer, from size: Int, to newSize: Int
  ) -> Bool {
    let (count, newCount) = (Self.units(size), Self.units(newSize))
    return lock.withLock { _ in
      guard let (chunk, start) = unsafe place(of: block) else { return false }
      if newCount <= count { return true }
      guard start + newCount <= Self.unitsPerChunk else { return false }
      let more = Self.mask(from: start + count, newCount - count)
      guard free[chunk] & more == more else { return false }
      use(more, of: chunk)
      return true
    }
  }

  /// Takes a block back, if it is one of these.
  func release(_ block: UnsafeMutableRawPointer, _ size: Int) -> Bool {
    lock.withLock { _ in
      guard let (chunk, start) = unsafe place(of: block) else { return false }
      let units = Self.mask(from: start, Self.units(size))
      assert(free[chunk] & units == 0, "block heap: units released twice")
      free[chunk] |= units
      for half in 0..<2 {
        let own = Self.mask(from: half * Self.unitsPerHalf, Self.unitsPerHalf)
        if own & units != 0, free[chunk] & own == own {
          noteIdle(chunk * 2 + half)
        }
      }
      return true
    }
  }

  // MARK: Units

  private static func units(_ byteCount: Int) -> Int { (byteCount + unit - 1) / unit }

  private static func mask(from start: Int, _ count: Int) -> UInt64 {
    (UInt64.max >> UInt64(unitsPerChunk - count)) << UInt64(start)
  }

  /// Where the first run of so many bits begins: a bit remains that has as many behind it, which takes a logarithm of
  /// steps (Warren, "Hacker's Delight", 2nd edition, section 6-2).
  static func firstRun(of count: Int, in word: UInt64) -> Int? {
    var starts = word
    var covered = 1
    while covered < count {
      let step = min(covered, count - covered)
      starts &= starts >> UInt64(step)
      covered += step
    }
    return starts == 0 ? nil : starts.trailingZeroBitCount
  }

  private func take(
    _ count: Int, from start: Int, of chunk: Int
  ) -> UnsafeMutableRawPointer? {
    use(Self.mask(from: start, count), of: chunk)
    return unsafe base.map { unsafe $0 + chunk * Self.chunkSize + start * Self.unit }
  }

  private func use(_ units: UInt64, of chunk: Int) {
    free[chunk] &= ~units
    idleHalves.removeAll { half in
      let start = half % 2 * Self.unitsPerHalf
      return half / 2 == chunk
        && Self.mask(from: start, Self.unitsPerHalf) & units != 0
    }
  }

  /// The chunk of a block and the unit that it begins with.
  private func place(of block: UnsafeMutableRawPointer) -> (chunk: Int, unit: Int)? {
    guard let base = unsafe base else { return nil }
    let offset = unsafe block - base
    guard offset >= 0, offset < free.count * Self.chunkSize else { return nil }
    return (offset / Self.chunkSize, offset % Self.chunkSize / Self.unit)
  }

  /// Half a chunk is free. Of those that keep their memory the highest gives it back when they become too many:
  /// it is the last that would be used again.
  private func noteIdle(_ half: Int) {
    idleHalves.append(half)
    guard idleHalves.count > Self.keptHalves, let highest = idleHalves.max() else { return }
    idleHalves.removeAll { $0 == highest }
    if let base = unsafe base {
      unsafe Memory.discard(base + highest * Self.halfSize, Self.halfSize)
    }
  }

  /// Addresses cost nothing, but the process may be granted fewer than it asks for; where they are limited, most are
  /// left to others.
  private func reserveAddresses() {
    var size = min(addresses, (ProcessControl.addressLimit ?? .max) / 8)
    while size >= Self.chunkSize {
      if let block = unsafe Memory.map(exactly: size) {
        unsafe base = block
        chunkLimit = size / Self.chunkSize
        return
      }
      size /= 4
    }
  }
}
