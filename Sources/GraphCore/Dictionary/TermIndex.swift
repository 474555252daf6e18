/// A hash set of the texts of a dictionary: buckets of four slots, each bucket a line of the cache.
///
/// ```
///  slot      63                           0 63     56 55         32 31               0
///           ┌──────────────────────────────┬─────────┬─────────────┬──────────────────┐
///   short   │ bytes 0 to 7                 │ length  │ bytes 8-10  │ number + 1       │
///           ├───────────────┬──────────────┼─────────┼─────────────┼──────────────────┤
///   longer  │ place in heap │ hash         │ ≤ 255   │ 0           │ number + 1       │
///           └───────────────┴──────────────┴─────────┴─────────────┴──────────────────┘
///             content                        label                    0 is a free slot
/// ```
///
/// A short text is found in one access to far memory, where its bucket is; a longer one in two. A bucket
/// is filled from its first slot on. An entry lies in the bucket of its hash or, where that is full, in the
/// next one that is not: a search ends in a bucket whose last slot is free. Removal pulls later entries
/// back to keep that true. At most three of four slots are taken.
struct TermIndex {
  struct Slot: BitwiseCopyable {
    var content: UInt64
    var label: UInt64

    static let free = Slot(content: 0, label: 0)

    @inline(__always)
    private init(content: UInt64, label: UInt64) {
      self.content = content
      self.label = label
    }

    @inline(__always)
    init(_ key: TextKey, number: Int, place: UInt32) {
      content = key.isShort ? key.content : key.content | UInt64(place) << 32
      label = UInt64(key.tag) << 32 | UInt64(truncatingIfNeeded: number &+ 1)
    }

    @inline(__always)
    var isFree: Bool { label & 0xFFFF_FFFF == 0 }

    /// Whether a key is this slot's.
    @inline(__always)
    func holds(_ key: TextKey) -> Bool {
      let mask = key.isShort ? UInt64.max : 0xFFFF_FFFF
      return (content ^ key.content) & mask == 0
        && UInt32(truncatingIfNeeded: label >> 32) == key.tag
    }

    /// The number of the text in the heap; -1 in a free slot.
    @inline(__always)
    var number: Int { Int(label & 0xFFFF_FFFF) &- 1 }

    /// Where a longer text begins in the heap.
    @inline(__always)
    var place: UInt32 { UInt32(truncatingIfNeeded: content >> 32) }
  }

  /// How many slots a bucket has: those of a line of the cache.
  static let width = 4

  private let slots: Column<Slot>
  private(set) var count = 0
  private(set) var bucketCount: Int

  init(minimumCapacity: Int = 0) {
    bucketCount = 4
    while bucketCount * 3 < minimumCapacity { bucketCount *= 2 }
    slots = Column()
    slots.growTable(by: bucketCount * Self.width)
  }

  /// The bytes that the set holds in memory.
  var byteCount: Int { slots.byteCount }

  /// The slots for loops; invalid after the next insertion.
  @inline(__always)
  var buckets: TermBuckets { TermBuckets(slots: slots.words, mask: bucketCount &- 1) }

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
    slots.growTable(by: (bucketCount - oldCount) * Self.width)
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
      slot = buckets.slots(of: bucket).first { buckets.slots[$0].number == number }
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
          let entry = buckets.slots[place]
          guard !entry.isFree else { return false }
          let home = buckets.home(of: TextKey(entry).hash)
          return (next - home) & buckets.mask >= (next - bucket) & buckets.mask
        }
      }
      if let slot { buckets.put(buckets.slots[slot], from: bucket) }
      bucket = next
    }
    count -= 1
  }
}

/// The buckets of a `TermIndex` as loops see them.
struct TermBuckets: BitwiseCopyable {
  let slots: Words<TermIndex.Slot>
  let mask: Int

  /// The bucket that a search for a hash begins at.
  @inline(__always)
  func home(of hash: UInt32) -> Int { Int(hash) & mask }

  @inline(__always)
  func next(after bucket: Int) -> Int { (bucket &+ 1) & mask }

  @inline(__always)
  func prefetch(_ bucket: Int) { slots.prefetch(bucket &* TermIndex.width) }

  /// Begins to bring the next bucket near, where a search may go on.
  @inline(__always)
  func prefetchOverflow(of bucket: Int) {
    if isFull(bucket) { prefetch(next(after: bucket)) }
  }

  @inline(__always)
  func isFull(_ bucket: Int) -> Bool { !slots[bucket &* TermIndex.width &+ 3].isFree }

  func slots(of bucket: Int) -> Range<Int> {
    bucket * TermIndex.width..<(bucket + 1) * TermIndex.width
  }

  /// The first slot of a bucket that holds a key; a free one or nothing where none does.
  ///
  /// All four are compared before anything depends on it, because the processor cannot foretell where
  /// it will be.
  @inline(__always)
  func match(_ key: TextKey, in bucket: Int) -> TermIndex.Slot? {
    let first = bucket &* TermIndex.width
    var found: UInt32 = 0
    for place in 0..<TermIndex.width {
      found |= (slots[first &+ place].holds(key) ? 1 : 0) &<< UInt32(truncatingIfNeeded: place)
    }
    return found == 0 ? nil : slots[first &+ found.trailingZeroBitCount]
  }

  /// Puts an entry into the first free slot from a bucket on, where there is room.
  @inline(__always)
  func put(_ slot: TermIndex.Slot, from bucket: Int) {
    var bucket = bucket
    while isFull(bucket) { bucket = next(after: bucket) }
    slots[firstFree(of: bucket)] = slot
  }

  /// The first free slot of a bucket that is not full.
  @inline(__always)
  private func firstFree(of bucket: Int) -> Int {
    let first = bucket &* TermIndex.width
    var taken = 0
    for place in 0..<TermIndex.width &- 1 { taken &+= slots[first &+ place].isFree ? 0 : 1 }
    return first &+ taken
  }

  /// Frees the slots of a bucket and hands over what they held.
  @inline(__always)
  fileprivate func clear(_ bucket: Int, _ body: (TermIndex.Slot) -> Void) {
    let first = bucket &* TermIndex.width
    let held = (slots[first], slots[first &+ 1], slots[first &+ 2], slots[first &+ 3])
    for place in 0..<TermIndex.width { slots[first &+ place] = .free }
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
    let last = bucket.last { !slots[$0].isFree } ?? slot
    slots[slot] = slots[last]
    slots[last] = .free
  }
}
