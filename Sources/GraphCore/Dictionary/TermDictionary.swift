/// All texts of a graph, each once: text to a small number and back.
///
/// ```
///  heap    │length│大运集团│length│zone│…   UTF-8, padded to four bytes
///  starts  │ 0 │ 4 │…                      where text i begins, in units of four bytes
///  index   ids by the hash of the text; short texts are in it
/// ```
///
/// A length takes a byte, or five of which the first is 255. The index holds all that finding a short text
/// takes, and leads straight to a longer one: one and two reads of distant memory. The heap leads from ids
/// to texts.
///
/// Where the graph lies in a file, the texts of the file stay there, packed, and have the lowest
/// ids: first those that were there when it was last written as a whole, then those that have been
/// added to it. Heap and index hold what came later. A dictionary that is asked much unpacks them.
///
/// Ids are dense from 0 in the order of first arrival. Two texts are the same if and only if their
/// bytes are; Unicode equivalence plays no part. Texts are only ever added, or forgotten from the
/// end by `rollback`.
@safe
package final class TermDictionary {
  private let heap = Column<UInt8>(minimumCapacity: 64)
  private let starts = Column<UInt32>()
  // Interning is the hottest call of a load; the checks would be a third of a hit.
  @safe @exclusivity(unchecked) private var index = TermIndex()
  /// The number of bytes of all texts.
  @safe @exclusivity(unchecked) package private(set) var byteCount = 0
  /// The texts of the file, if there is one and they have not been unpacked.
  @safe @exclusivity(unchecked) private var sealed: PackedDictionary?
  /// The texts that have been added to the file since.
  private var added: [AddedTexts] = []
  /// How many texts are in `sealed`, and how many in both; those in the heap follow.
  private var firstCount = 0
  @safe @exclusivity(unchecked) private var sealedCount = 0
  /// How often `intern` has looked into `sealed`.
  private var sealedSearches = 0

  package init() {}

  /// A dictionary whose first texts are packed.
  package convenience init(sealed: PackedDictionary) { self.init(sealed: sealed, added: []) }

  /// A dictionary whose first texts are packed, some of them added later.
  init(sealed: PackedDictionary, added: [AddedTexts]) {
    self.sealed = sealed
    self.added = added
    firstCount = sealed.count
    sealedCount = added.reduce(sealed.count) { $0 + $1.count }
    byteCount = added.reduce(sealed.byteCount) { $0 + $1.byteCount }
    if !sealed.isSorted { unpack() }
  }

  /// Whether some texts are packed: those may be read by one thread at a time.
  package var isPacked: Bool { sealedCount > 0 }

  /// How many of the first texts ascend with their ids, so that ids can be compared in their stead.
  package var ascendingCount: Int { sealed?.isSorted ?? false ? firstCount : 0 }

  /// How many texts there are; the next new text gets this id.
  package var count: Int { sealedCount &+ starts.count }

  /// The bytes that the dictionary holds in memory.
  package var memoryByteCount: Int {
    heap.byteCount + starts.byteCount + index.byteCount
  }

  /// What is said where there is no room for more texts.
  package static let fullMessage = "a session holds at most 12 GiB of new texts"

  /// From how many bytes in memory on nobody is to add more. The heap numbers its places by 32 bits, in units
  /// of four bytes; between two looks at this a reader takes less than the quarter of it that is kept free.
  package var fullByteCount = 12 << 30

  /// Whether whoever adds many texts has to stop: what would not fit at all is a trap. O(1).
  package var isNearlyFull: Bool {
    heap.count > fullByteCount || count > Int(UInt32.max) / 2 - 1 << 28
  }

  /// Whether a text of so many bytes can be added. O(1).
  func hasRoom(forText bytes: Int) -> Bool { !isNearlyFull && bytes < 1 << 32 - 1 << 16 }

  /// The id of a text, which is added if it is new. Amortised O(length).
  ///
  /// The bytes must not lie in the dictionary's own heap.
  package func intern(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt32 {
    index.reserve(index.count &+ 1)
    let key = unsafe TextKey(bytes)
    let (id, bucket) = unsafe find(bytes, key, from: index.buckets.home(of: key.hash))
    if let id { return id }
    if sealedCount > 0 {
      if let id = unsafe internSealed(bytes) { return id }
      // The texts may have been unpacked.
      return unsafe append(bytes, key)
    }
    return unsafe append(bytes, key, to: bucket)
  }

  /// The id of a text that stands in no bucket before one, where none is packed and there is room in the index.
  /// Amortised O(length).
  @inline(__always)
  func intern(_ bytes: UnsafeBufferPointer<UInt8>, _ key: TextKey, from bucket: Int) -> UInt32 {
    let (id, bucket) = unsafe find(bytes, key, from: bucket)
    return unsafe id ?? append(bytes, key, to: bucket)
  }

  /// The id of a text, which is added if it is new. Amortised O(length).
  package func intern(_ bytes: Span<UInt8>) -> UInt32 {
    unsafe bytes.withUnsafeBufferPointer { unsafe intern($0) }
  }

  /// The id of a text, which is added if it is new. Amortised O(length).
  package func intern(_ text: String) -> UInt32 { intern(text.utf8Span.span) }

  /// Makes room for so many new texts in the index. O(texts).
  package func expect(texts: Int) {
    index.reserve(starts.count + texts)
    starts.reserve(starts.count + texts)
  }

  /// The id of a text, or `nil` if it is unknown. O(length), or O(log texts) comparisons where
  /// it is packed.
  package func lookup(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt32? {
    if let id = unsafe find(bytes) { return id }
    return unsafe lookupSealed(bytes)
  }

  private func lookupSealed(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt32? {
    if let id = unsafe sealed?.lookup(bytes) { return id }
    var first = UInt32(firstCount)
    for texts in added {
      if let id = unsafe texts.lookup(bytes) { return first + id }
      first += UInt32(texts.count)
    }
    return nil
  }

  /// The id of a text, or `nil` if it is unknown. O(length), or O(log texts) comparisons where
  /// it is packed.
  package func lookup(_ bytes: Span<UInt8>) -> UInt32? {
    unsafe bytes.withUnsafeBufferPointer { unsafe lookup($0) }
  }

  /// The id of a text, or `nil` if it is unknown. O(length), or O(log texts) comparisons where
  /// it is packed.
  package func lookup(_ text: String) -> UInt32? { lookup(text.utf8Span.span) }

  /// The text of an id. O(length), or O(bucket) where it is packed.
  package func text(of id: UInt32) -> String {
    unsafe withBuffer(of: id) { unsafe String(decoding: $0, as: UTF8.self) }
  }

  /// Lends the bytes of a text; they are valid until the next text is added.
  package func withBytes<R>(of id: UInt32, _ body: (Span<UInt8>) throws -> R) rethrows -> R {
    try unsafe withBuffer(of: id) { try unsafe body(Span(_unsafeElements: $0)) }
  }

  /// The number of bytes of a text. O(1), or O(bucket) where it is packed.
  package func length(of id: UInt32) -> Int { unsafe withBuffer(of: id) { $0.count } }

  /// Whether the first text comes before the second by code point. O(length).
  package func precedes(_ left: UInt32, _ right: UInt32) -> Bool {
    if left < firstCount && right < firstCount { return left < right }
    return withBytes(of: left) { first in
      withBytes(of: right) { TextOrder.precedes(first, $0) }
    }
  }

  /// Appends the bytes of a text to a buffer. O(length), or O(bucket) where it is packed.
  package func append(_ id: UInt32, to output: inout [UInt8]) {
    unsafe withBuffer(of: id) { unsafe output.append(contentsOf: $0) }
  }

  /// The present end of the dictionary, for `rollback(to:)`.
  package var mark: Int { count }

  /// So many texts have been there since `settle` was called, or always.
  private(set) var settledCount = Int.max

  /// Begins to watch over the texts that there are.
  func settle() { settledCount = count }

  /// Forgets all texts that were added after the mark. O(texts forgotten).
  package func rollback(to mark: Int) {
    precondition(mark <= count && mark >= sealedCount)
    settledCount = min(settledCount, mark)
    while count > mark {
      let place = starts.count - 1
      let start = Int(starts[place])
      let bytes = unsafe bytes(of: UInt32(sealedCount + place))
      byteCount -= bytes.count
      unsafe index.remove(TextKey(bytes), number: place)
      heap.truncate(to: start << 2)
      starts.truncate(to: place)
    }
  }

  /// Checks that every text is found again under its id; for tests. O(bytes).
  package func checkInvariants() -> [String] {
    var problems: [String] = []
    let indexed = index.count
    if indexed != starts.count {
      problems.append("dictionary: index has \(indexed) of \(starts.count)")
    }
    for id in 0..<UInt32(count) {
      if unsafe withBuffer(of: id, { unsafe lookup($0) }) != id {
        problems.append("dictionary: term \(id) is not found")
      }
    }
    return problems
  }

  /// Lends the texts of some ids, one after the other, until the closure returns `false`. O(bytes),
  /// where a search for each would unpack a bucket.
  func forEach(in ids: Range<Int>, _ body: (UInt32, Span<UInt8>) -> Bool) {
    var next = ids.lowerBound
    if let sealed, next < firstCount {
      let end = min(ids.upperBound, firstCount)
      guard sealed.forEach(in: next..<end, body) else { return }
      next = end
    }
    while next < ids.upperBound {
      let id = UInt32(truncatingIfNeeded: next)
      guard withBytes(of: id, { body(id, $0) }) else { return }
      next += 1
    }
  }

  /// Eight bytes of a text as a number that orders as they do; what lies behind its end is 0.
  package func prefix(of id: UInt32, from offset: Int = 0) -> UInt64 {
    unsafe withBuffer(of: id) { text in
      unsafe PackedDictionary.prefix(
        UnsafeBufferPointer(rebasing: text[min(offset, text.count)...]))
    }
  }

  /// The bytes of a text, wherever they are.
  @inline(__always)
  func withBuffer<R>(
    of id: UInt32, _ body: (UnsafeBufferPointer<UInt8>) throws -> R
  ) rethrows -> R {
    if Int(id) < sealedCount {
      if Int(id) < firstCount, let sealed { return try unsafe sealed.withBuffer(of: id, body) }
      var rest = Int(id) - firstCount
      for texts in added {
        if rest < texts.count { return try unsafe texts.withBuffer(of: UInt32(rest), body) }
        rest -= texts.count
      }
    }
    return try unsafe body(bytes(of: id))
  }

  /// Begins to bring the texts of some ids near that are read one after the other: some places behind the present
  /// one where a text begins, and nearer the text.
  @inline(__always)
  func approach(_ ids: Words<UInt32>, behind place: Int) {
    let (near, far) = (place &+ 8, place &+ 16)
    guard far < ids.count else { return }
    starts.words.prefetch(Int(ids[far]) &- sealedCount)
    let known = Int(ids[near]) &- sealedCount
    guard known >= 0, known < starts.count else { return }
    let entry = unsafe heapBase + (Int(starts.words[known]) << 2)
    unsafe prefetch(entry)
    unsafe prefetch(entry + 40)
  }

  /// The bytes of a text in the heap.
  @inline(__always)
  private func bytes(of id: UInt32) -> UnsafeBufferPointer<UInt8> {
    let place = Int(id) &- sealedCount
    precondition(place >= 0 && place < starts.count, "term id out of range")
    let view = view(at: starts.words[place])
    return unsafe UnsafeBufferPointer(start: view.base, count: view.count)
  }

  /// The id of a text that is not packed.
  private func find(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt32? {
    let key = unsafe TextKey(bytes)
    return unsafe find(bytes, key, from: index.buckets.home(of: key.hash)).id
  }

  /// The id of a text that is not packed and stands in no bucket before one; the bucket where the search ended
  /// is the one to add it to.
  @inline(__always)
  func find(
    _ bytes: UnsafeBufferPointer<UInt8>, _ key: TextKey, from bucket: Int
  ) -> (id: UInt32?, bucket: Int) {
    let buckets = index.buckets
    var bucket = bucket
    while true {
      var matches = buckets.matches(of: key, in: bucket)
      while matches != 0 {
        let slot = buckets[buckets.slot(matches, of: bucket)]
        if unsafe key.isShort || isText(at: slot.place, bytes) {
          return (id(ofNumber: slot.number), bucket)
        }
        matches &= matches &- 1
      }
      if !buckets.isFull(bucket) { return (nil, bucket) }
      bucket = buckets.next(after: bucket)
    }
  }

  /// The id of the text with a number in the heap.
  @inline(__always)
  func id(ofNumber number: Int) -> UInt32 { UInt32(truncatingIfNeeded: sealedCount &+ number) }

  /// Whether this is the text at a place of the heap.
  @inline(__always)
  func isText(at place: UInt32, _ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    let text = view(at: place)
    guard text.count == bytes.count, let base = bytes.baseAddress else { return false }
    return unsafe ByteHash.equal(base, text.base, text.count)
  }

  /// Where the heap lies until the next text is added.
  @inline(__always)
  var heapBase: UnsafeRawPointer { unsafe UnsafeRawPointer(heap.words.base) }

  /// Where the text of an id, which must not be packed, begins in the heap.
  @inline(__always)
  func place(of id: UInt64) -> UInt32 {
    let place = Int(truncatingIfNeeded: id) &- sealedCount
    precondition(place >= 0 && place < starts.count, "term id out of range")
    return starts.words[place]
  }

  /// The text that begins at a place of the heap.
  @inline(__always)
  func view(at place: UInt32) -> TextView {
    let entry = unsafe UnsafeRawPointer(heap.words.base) + (Int(place) << 2)
    let length = unsafe entry.load(as: UInt8.self)
    if length == Self.isLong {
      return unsafe TextView(
        base: (entry + 5).assumingMemoryBound(to: UInt8.self),
        count: Int(entry.loadUnaligned(fromByteOffset: 1, as: UInt32.self)))
    }
    return unsafe TextView(
      base: (entry + 1).assumingMemoryBound(to: UInt8.self), count: Int(length))
  }

  /// The buckets of the index, for looking many texts up.
  @inline(__always)
  var buckets: TermBuckets { index.buckets }

  /// The id of a packed text. After many searches all texts are unpacked, which makes the next
  /// ones ten times faster.
  @inline(never)
  private func internSealed(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt32? {
    sealedSearches &+= 1
    // Unpacking a text costs a quarter of a search.
    if sealedSearches &* 2 > sealedCount &+ 65_536 {
      unpack()
      return unsafe find(bytes)
    }
    return unsafe lookupSealed(bytes)
  }

  /// Moves the packed texts into the heap; ids stay as they are. O(bytes).
  package func unpack() {
    guard let sealed else { return }
    let later = TermDictionary()
    let first = sealedCount
    for place in 0..<starts.count {
      _ = unsafe later.append(bytes(of: UInt32(first + place)))
    }
    heap.truncate(to: 0)
    starts.truncate(to: 0)
    heap.reserve(sealed.byteCount + 4 * first)
    index = TermIndex(minimumCapacity: first)
    let added = added
    self.sealed = nil
    self.added = []
    firstCount = 0
    sealedCount = 0
    byteCount = 0
    // Damaged buckets leave empty texts, so that every id keeps its place.
    var ascends = true
    do throws(FormatError) {
      try sealed.forEach { text in
        unsafe text.withUnsafeBufferPointer { bytes in
          if starts.count > 0 {
            let former = unsafe self.bytes(of: UInt32(starts.count - 1))
            ascends = unsafe ascends && former.lexicographicallyPrecedes(bytes)
          }
          _ = unsafe append(bytes)
        }
      }
      if sealed.isSorted && !ascends { throw FormatError("texts do not ascend") }
    } catch { sealed.noteDamage(error) }
    while starts.count < sealed.count {
      _ = unsafe append(UnsafeBufferPointer(start: nil, count: 0))
    }
    for texts in added {
      for place in 0..<texts.count {
        unsafe texts.withBuffer(of: UInt32(place)) { _ = unsafe append($0) }
      }
    }
    for place in 0..<later.starts.count {
      let bytes = unsafe later.bytes(of: UInt32(place))
      _ = unsafe append(bytes)
    }
  }

  private func append(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt32 {
    unsafe append(bytes, TextKey(bytes))
  }

  private func append(_ bytes: UnsafeBufferPointer<UInt8>, _ key: TextKey) -> UInt32 {
    index.reserve(index.count &+ 1)
    return unsafe append(bytes, key, to: index.buckets.home(of: key.hash))
  }

  /// Adds a new text, for which there is room in the index, to a bucket or one behind it.
  @inline(never)
  private func append(
    _ bytes: UnsafeBufferPointer<UInt8>, _ key: TextKey, to bucket: Int
  ) -> UInt32 {
    let (id, start) = makeRoom(texts: 1, bytes: bytes.count, units: Self.units(of: bytes.count))
    unsafe put(bytes, id: id, at: start)
    index.insert(slot(of: id, key), from: bucket)
    return UInt32(truncatingIfNeeded: id)
  }

  // MARK: Steps of adding

  /// In the place of a length: it follows, because it does not fit a byte.
  private static let isLong = UInt8.max

  /// How many units of four bytes a text takes in the heap.
  @inline(__always)
  static func units(of count: Int) -> Int {
    ((count < Int(isLong) ? 1 : 5) &+ count &+ 3) >> 2
  }

  /// Makes room for new texts, except in the index. Returns the id of the first, and where it begins.
  @inline(__always)
  func makeRoom(texts: Int, bytes: Int, units: Int) -> (id: Int, start: Int) {
    let id = sealedCount &+ starts.count
    let start = heap.count >> 2
    // Half of the numbers belong to texts that exist only while a query runs.
    precondition(
      id &+ texts <= Int(UInt32.max) / 2 && start &+ units < Int(UInt32.max),
      "the dictionary is full")
    // Behind the last text so many bytes may be read.
    let needed = heap.count &+ units << 2 &+ ShortText.longest
    if needed > heap.capacity { heap.reserve(max(needed, heap.capacity &* 2)) }
    heap.grow(by: units << 2)
    starts.grow(by: texts)
    byteCount &+= bytes
    return (id, start)
  }

  /// Writes a text into the room that was made for it.
  @inline(__always)
  func put(_ bytes: UnsafeBufferPointer<UInt8>, id: Int, at start: Int) {
    var entry = unsafe UnsafeMutableRawPointer(heap.words.base) + (start << 2)
    if bytes.count < Int(Self.isLong) {
      unsafe entry.storeBytes(of: UInt8(truncatingIfNeeded: bytes.count), as: UInt8.self)
      unsafe entry += 1
    } else {
      unsafe entry.storeBytes(of: Self.isLong, as: UInt8.self)
      unsafe entry.storeBytes(of: UInt32(bytes.count), toByteOffset: 1, as: UInt32.self)
      unsafe entry += 5
    }
    if let base = bytes.baseAddress {
      unsafe entry.copyMemory(from: base, byteCount: bytes.count)
    }
    starts.words[id &- sealedCount] = UInt32(truncatingIfNeeded: start)
  }

  /// Makes room in the index for some more texts, so that it stays where it is while they are added.
  func reserveIndex(more texts: Int) { index.reserve(index.count + texts) }

  /// The entry of a text that is not in the index yet.
  @inline(__always)
  func slot(of id: Int, _ key: TextKey) -> TermIndex.Slot {
    TermIndex.Slot(key, number: id &- sealedCount, place: starts.words[id &- sealedCount])
  }

  /// Counts texts that the caller put into the buckets itself.
  func noteIndexed(_ texts: Int) { index.noteInsertions(texts) }
}
