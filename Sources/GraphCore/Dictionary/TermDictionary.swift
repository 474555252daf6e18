/// All texts of a graph, each once: text to a small number and back.
///
/// ```
///  heap    │id│length│大运集团│id│length│zone│…   4 + 4 + length bytes of UTF-8, padded to four
///  starts  │ 0 │ 5 │…                             where text i begins, in units of four bytes
///  index   starts by the hash of the text
/// ```
///
/// The index leads straight to an entry of the heap, which holds all that finding a text takes: two
/// reads of distant memory rather than three.
///
/// Ids are dense from 0 in the order of first arrival. Two texts are the same if and only if their
/// bytes are; Unicode equivalence plays no part. Texts are only ever added, or forgotten from the
/// end by `rollback`.
@safe
package final class TermDictionary {
  private let heap = Column<UInt8>()
  private let starts = Column<UInt32>()
  // Interning is the hottest call of a load; the checks would be a third of a hit.
  @exclusivity(unchecked) private var index = RowIndex()
  /// The number of bytes of all texts.
  package private(set) var byteCount = 0

  package init() {}

  /// How many texts there are; the next new text gets this id.
  package var count: Int { starts.count }

  /// The bytes that the dictionary holds in memory.
  package var memoryByteCount: Int {
    unsafe heap.byteCount + starts.byteCount + index.byteCount
  }

  /// The id of a text, which is added if it is new. Amortised O(length).
  ///
  /// The bytes must not lie in the dictionary's own heap.
  package func intern(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt32 {
    let hash = unsafe ByteHash.hash(bytes)
    if let id = unsafe find(bytes, hash) { return id }
    return unsafe append(bytes, hash)
  }

  /// The id of a text, which is added if it is new. Amortised O(length).
  package func intern(_ bytes: Span<UInt8>) -> UInt32 {
    unsafe bytes.withUnsafeBufferPointer { unsafe intern($0) }
  }

  /// The id of a text, which is added if it is new. Amortised O(length).
  package func intern(_ text: String) -> UInt32 { intern(text.utf8Span.span) }

  /// The id of a text, or `nil` if it is unknown. O(length).
  package func lookup(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt32? {
    unsafe find(bytes, ByteHash.hash(bytes))
  }

  /// The id of a text, or `nil` if it is unknown. O(length).
  package func lookup(_ bytes: Span<UInt8>) -> UInt32? {
    unsafe bytes.withUnsafeBufferPointer { unsafe lookup($0) }
  }

  /// The id of a text, or `nil` if it is unknown. O(length).
  package func lookup(_ text: String) -> UInt32? { lookup(text.utf8Span.span) }

  /// The text of an id. O(length).
  package func text(of id: UInt32) -> String {
    unsafe String(decoding: bytes(of: id), as: UTF8.self)
  }

  /// Lends the bytes of a text; they are valid until the next text is added.
  package func withBytes<R>(of id: UInt32, _ body: (Span<UInt8>) throws -> R) rethrows -> R {
    try unsafe body(Span(_unsafeElements: bytes(of: id)))
  }

  /// The number of bytes of a text. O(1).
  package func length(of id: UInt32) -> Int { unsafe bytes(of: id).count }

  /// Whether the first text comes before the second by code point. O(length).
  package func precedes(_ left: UInt32, _ right: UInt32) -> Bool {
    unsafe bytes(of: left).lexicographicallyPrecedes(bytes(of: right))
  }

  /// Appends the bytes of a text to a buffer. O(length).
  package func append(_ id: UInt32, to output: inout [UInt8]) {
    unsafe output.append(contentsOf: bytes(of: id))
  }

  /// The present end of the dictionary, for `rollback(to:)`.
  package var mark: Int { count }

  /// Forgets all texts that were added after the mark. O(texts forgotten).
  package func rollback(to mark: Int) {
    precondition(mark <= count)
    while starts.count > mark {
      let id = starts.count - 1
      let start = Int(starts[id])
      let bytes = unsafe bytes(of: UInt32(id))
      byteCount -= bytes.count
      unsafe index.remove(row: start, hash: ByteHash.hash(bytes))
      heap.truncate(to: start << 2)
      starts.truncate(to: id)
    }
  }

  /// Checks that every text is found again under its id; for tests. O(bytes).
  package func checkInvariants() -> [String] {
    var problems: [String] = []
    let indexed = unsafe index.count
    if indexed != count { problems.append("dictionary: index has \(indexed) of \(count)") }
    for id in 0..<UInt32(count) where unsafe lookup(bytes(of: id)) != id {
      problems.append("dictionary: term \(id) is not found")
    }
    return problems
  }

  /// The bytes of a text in the heap.
  @inline(__always)
  private func bytes(of id: UInt32) -> UnsafeBufferPointer<UInt8> {
    precondition(Int(id) < starts.count, "term id out of range")
    let entry = unsafe entry(at: Int(starts.words[Int(id)]))
    let length = unsafe entry.load(fromByteOffset: 4, as: UInt32.self)
    return unsafe UnsafeBufferPointer(
      start: (entry + 8).assumingMemoryBound(to: UInt8.self), count: Int(length))
  }

  @inline(__always)
  private func entry(at start: Int) -> UnsafeMutableRawPointer {
    unsafe UnsafeMutableRawPointer(heap.words.base) + (start << 2)
  }

  @inline(__always)
  private func find(_ bytes: UnsafeBufferPointer<UInt8>, _ hash: UInt32) -> UInt32? {
    let slots = unsafe index.words
    let mask = unsafe index.mask
    let entries = unsafe UnsafeRawPointer(heap.words.base)
    var slot = Int(hash) & mask
    while true {
      let found = slots[slot]
      if found == 0 { return nil }
      if RowIndex.hash(of: found) == hash {
        let entry = unsafe entries + (RowIndex.row(of: found) << 2)
        let length = unsafe entry.load(fromByteOffset: 4, as: UInt32.self)
        if Int(length) == bytes.count {
          let id = unsafe entry.load(as: UInt32.self)
          guard let base = bytes.baseAddress, length > 0 else { return id }
          let text = unsafe (entry + 8).assumingMemoryBound(to: UInt8.self)
          if unsafe ByteHash.equal(base, text, bytes.count) { return id }
        }
      }
      slot = (slot &+ 1) & mask
    }
  }

  @inline(never)
  private func append(_ bytes: UnsafeBufferPointer<UInt8>, _ hash: UInt32) -> UInt32 {
    let id = starts.count
    let start = heap.count >> 2
    // Half of the numbers belong to texts that exist only while a query runs.
    precondition(id < Int(UInt32.max) / 2 && start < Int(UInt32.max) - 1, "the dictionary is full")
    heap.grow(by: (8 &+ bytes.count &+ 3) & ~3)
    let entry = unsafe entry(at: start)
    unsafe entry.storeBytes(of: UInt32(truncatingIfNeeded: id), as: UInt32.self)
    unsafe entry.storeBytes(of: UInt32(bytes.count), toByteOffset: 4, as: UInt32.self)
    if let base = bytes.baseAddress {
      unsafe (entry + 8).copyMemory(from: base, byteCount: bytes.count)
    }
    starts.append(UInt32(truncatingIfNeeded: start))
    byteCount &+= bytes.count
    unsafe index.insert(row: start, hash: hash)
    return UInt32(truncatingIfNeeded: id)
  }
}
