/// A hash set of the texts of a dictionary: buckets of four slots, each bucket a line of the cache.
///
/// ```
///  bucket   │ content, low half │ content, high half │ tag         │ number      │
///           │ 0   1   2   3     │ 0   1   2   3      │ 0  1  2  3  │ 0  1  2  3  │   32 bits each
///
///           content                                  tag
///  short    bytes 0 to 7                             bytes 8 to 10 │ length + 1
///  longer   hash │ place in heap                     0             │ length + 1, 255 at most
///  free                                              0
/// ```
///
/// The slots of a bucket lie side by side, so that all four are compared with a key at once: the processor
/// cannot foretell which one it will be.
///
/// A short text is found in one access to far memory, where its bucket is; a longer one in two. A bucket
/// is filled from its first slot on. An entry lies in the bucket of its hash or, where that is full, in the
/// next one that is not: a search ends in a bucket whose last slot is free. Removal pulls later entries
/// back to keep that true. At most three of four slots are taken.
struct TermIndex {
  struct Slot: BitwiseCopyable {
    let content: UInt64
    let tag: UInt32
    private let storedNumber: UInt32

    static let free = Slot(content: 0, tag: 0, storedNumber: 0)

    @inline(__always)
    fileprivate init(content: UInt64, tag: UInt32, storedNumber: UInt32) {
      self.content = content
      self.tag = tag
      self.storedNumber = storedNumber
    }

    @inline(__always)
    init(_ key: TextKey, number: Int, place: UInt32) {
      content = key.isShort ? key.content : key.content | UInt64(place) << 32
      tag = key.tag
      storedNumber = UInt32(truncatingIfNeeded: number)
    }

    @inline(__always)
    var isFree: Bool { tag == 0 }

    /// The number of the text in the heap.
    @inline(__always)
    var number: Int { Int(storedNumber) }

    /// Where a longer text begins in the heap.
    @inline(__always)
    var place: UInt32 { UInt32(truncatingIfNeeded: content >> 32) }
  }

  /// How many slots a bucket has: those of a line of the cache.
  static let width = 4
  /// The words of 32 bits of a bucket.
  fileprivate static let bucketSize = 4 * width

  private let words: Column<UInt32>
  private(set) var count = 0
  private(set) var bucketCount: Int

  init(minimumCapacity: Int = 0) {
    bucketCount = 4
    while bucketCount * 3 < minimumCapacity { bucketCount *= 2 }
    words = Column()
    words.growTable(by: bucketCount * Self.bucketSize)
  }

  /// The bytes that the set holds in memory.
  var byteCount: Int { words.byteCount }

  /// The buckets for loops; invalid after the next insertion.
  @inline(__always)
  var buckets: TermBuckets { TermBuckets(words: words.words, mask: bucketCount &- 1) }

  // MARK: Changing

  /// Inserts an entry that is absent into the first free slot from a bucket on, for which `reserve` has
  /// made room.
  @inline(__always)
  mutating func insert(_ slot: Slot, from bucket: Int) {
    buckets.put(slot, from: bucket)
    count &+= 1
  }

  /// Counts entries that the caller put into the buckets itself, after making room by `reserve`.
  mutating func noteInsertions(_ inserted: Int) { count += inserted }

  /// Makes room for `total` entries.
  @inline(__always)
  mutating func reserve(_ total: Int) {
    if total > bucketCount &* 3 { grow(for: total) }
  }

  /// Grows where it is, so that it never takes the room of two.
  ///
  /// With more bits of its hash an entry goes to `home + n * oldCount` for some n, or less far behind that than
  /// it was behind `home`. Taken in the order of the buckets, each finds a free slot at the latest in the
  /// bucket that it was taken from, or at the same place of a later part: none is in the way of those that
  /// come after it. The run of full buckets at the beginning, and the one that ends it, may hold entries that
  /// went around the end; they come last.
  @inline(never)
  private mutating func grow(for total: Int) {
    let oldCount = bucketCount
    while bucketCount * 3 < total { bucketCount *= 2 }
    let wrapped = Column<Slot>()
    defer { keepAlive(wrapped) }
    words.growTable(by: (bucketCount - oldCount) * Self.bucketSize)
    let buckets = buckets
    var bucket = 0
    var isInRun = true
    while isInRun {
      isInRun = buckets.isFull(bucket)
      buckets.clear(bucket) { wrapped.append($0) }
      bucket += 1
    }
    while bucket < oldCount {
      buckets.clear(bucket) { buckets.put($0, from: buckets.home(of: TextKey($0).hash)) }
      bucket &+= 1
    }
    for entry in 0..<wrapped.count {
      buckets.put(wrapped[entry], from: buckets.home(of: TextKey(wrapped[entry]).hash))
    }
  }

  /// Takes out the entry of a text that is present. O(1) expected.
  mutating func remove(_ key: TextKey, number: Int) {
    let buckets = buckets
    var bucket = buckets.home(of: key.hash)
    var slot: Int?
    while true {
      slot = buckets.slots(of: bucket).first {
        !buckets[$0].isFree && buckets[$0].number == number
      }
      if slot != nil { break }
      precondition(buckets.isFull(bucket), "term index: the text to remove is absent")
      bucket = (bucket + 1) & buckets.mask
    }
    while let hole = slot {
      let wasFull = buckets.isFull(bucket)
      buckets.free(hole)
      slot = nil
      var next = bucket
      var mayFollow = wasFull
      while mayFollow, slot == nil {
        next = (next + 1) & buckets.mask
        mayFollow = buckets.isFull(next)
        // An entry may move back only to a bucket that is not before its own.
        slot = buckets.slots(of: next).first { place in
          let entry = buckets[place]
          guard !entry.isFree else { return false }
          let home = buckets.home(of: TextKey(entry).hash)
          return (next - home) & buckets.mask >= (next - bucket) & buckets.mask
        }
      }
      if let slot { buckets.put(buckets[slot], from: bucket) }
      bucket = next
    }
    count -= 1
  }
}

/// The buckets of a `TermIndex` as loops see them.
struct TermBuckets: BitwiseCopyable {
  private let words: Words<UInt32>
  let mask: Int

  @inline(__always)
  fileprivate init(words: Words<UInt32>, mask: Int) {
    self.words = words
    self.mask = mask
  }

  /// What the four columns of a bucket hold, in their order.
  private enum Lane {
    static let low = 0
    static let high = 4
    static let tag = 8
    static let number = 12
  }

  var slotCount: Int { (mask &+ 1) &* TermIndex.width }

  /// The bucket that a search for a hash begins at.
  @inline(__always)
  func home(of hash: UInt32) -> Int { Int(hash) & mask }

  @inline(__always)
  func next(after bucket: Int) -> Int { (bucket &+ 1) & mask }

  @inline(__always)
  func prefetch(_ bucket: Int) { words.prefetch(bucket &* TermIndex.bucketSize) }

  /// Begins to bring the bucket of a slot near.
  @inline(__always)
  func prefetch(slot: Int) { prefetch(slot / TermIndex.width) }

  /// Begins to bring the next bucket near, where a search may go on.
  @inline(__always)
  func prefetchOverflow(of bucket: Int) {
    if isFull(bucket) { prefetch(next(after: bucket)) }
  }

  @inline(__always)
  func isFull(_ bucket: Int) -> Bool {
    words[bucket &* TermIndex.bucketSize &+ Lane.tag &+ TermIndex.width &- 1] != 0
  }

  func slots(of bucket: Int) -> Range<Int> {
    bucket * TermIndex.width..<(bucket + 1) * TermIndex.width
  }

  subscript(slot: Int) -> TermIndex.Slot {
    @inline(__always) get {
      let first = firstWord(of: slot)
      let (low, high) = (words[first &+ Lane.low], words[first &+ Lane.high])
      return TermIndex.Slot(
        content: UInt64(low) | UInt64(high) << 32, tag: words[first &+ Lane.tag],
        storedNumber: words[first &+ Lane.number])
    }
    @inline(__always) nonmutating set {
      let first = firstWord(of: slot)
      words[first &+ Lane.low] = UInt32(truncatingIfNeeded: newValue.content)
      words[first &+ Lane.high] = UInt32(truncatingIfNeeded: newValue.content >> 32)
      words[first &+ Lane.tag] = newValue.tag
      words[first &+ Lane.number] = UInt32(truncatingIfNeeded: newValue.number)
    }
  }

  @inline(__always)
  private func firstWord(of slot: Int) -> Int {
    let lane = slot & (TermIndex.width &- 1)
    return (slot &- lane) &* (TermIndex.bucketSize / TermIndex.width) &+ lane
  }

  /// The slots of a bucket that hold a key, the lowest bit for the first: one at most where the text is short.
  @inline(__always)
  func matches(of key: TextKey, in bucket: Int) -> UInt32 {
    let low = SIMD4(repeating: UInt32(truncatingIfNeeded: key.content))
    let high = SIMD4(repeating: UInt32(truncatingIfNeeded: key.content >> 32))
    // The high half is the place of a longer text.
    let highMask = SIMD4<UInt32>(repeating: key.isShort ? UInt32.max : 0)
    return zeros(
      (lanes(Lane.low, of: bucket) ^ low)
        | (lanes(Lane.tag, of: bucket) ^ SIMD4(repeating: key.tag))
        | (lanes(Lane.high, of: bucket) ^ high) & highMask)
  }

  /// The slot of a bucket that the lowest bit of `matches` tells of.
  @inline(__always)
  func slot(_ matches: UInt32, of bucket: Int) -> Int {
    bucket &* TermIndex.width &+ matches.trailingZeroBitCount
  }

  @inline(__always)
  private func lanes(_ column: Int, of bucket: Int) -> SIMD4<UInt32> {
    let start = unsafe words.base + (bucket &* TermIndex.bucketSize &+ column)
    return unsafe UnsafeRawPointer(start).loadUnaligned(as: SIMD4<UInt32>.self)
  }

  /// A bit for each lane that is zero.
  @inline(__always)
  private func zeros(_ lanes: SIMD4<UInt32>) -> UInt32 {
    // In this form it is one instruction behind the comparison.
    let bits = SIMD4<UInt32>(repeating: 0).replacing(with: SIMD4(1, 2, 4, 8), where: lanes .== 0)
    let half = bits.lowHalf | bits.highHalf
    return half.x | half.y
  }

  /// Puts an entry into the first free slot from a bucket on, where there is room; returns the slot.
  @inline(__always)
  @discardableResult
  func put(_ entry: TermIndex.Slot, from bucket: Int) -> Int {
    var bucket = bucket
    while isFull(bucket) { bucket = next(after: bucket) }
    let slot = slot(zeros(lanes(Lane.tag, of: bucket)), of: bucket)
    self[slot] = entry
    return slot
  }

  /// Frees the slots of a bucket and hands over what they held.
  @inline(__always)
  fileprivate func clear(_ bucket: Int, _ body: (TermIndex.Slot) -> Void) {
    let first = bucket &* TermIndex.width
    let held = (self[first], self[first &+ 1], self[first &+ 2], self[first &+ 3])
    for place in 0..<TermIndex.width { self[first &+ place] = .free }
    if held.0.isFree { return }
    body(held.0)
    if held.1.isFree { return }
    body(held.1)
    if held.2.isFree { return }
    body(held.2)
    if held.3.isFree { return }
    body(held.3)
  }

  /// Frees a slot; the last entry of its bucket takes its place.
  fileprivate func free(_ slot: Int) {
    let bucket = slots(of: slot / TermIndex.width)
    let last = bucket.last { !self[$0].isFree } ?? slot
    self[slot] = self[last]
    self[last] = .free
  }
}
