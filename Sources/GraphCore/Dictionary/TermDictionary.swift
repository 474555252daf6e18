/// All texts of a graph, each once: text to a small number and back.
///
/// ```
///  heap   │大运集团│zone│located_in│…        UTF-8, one text after the other
///  ends   │   12   │ 16 │    26    │…        where text i ends in the heap
///  index  rows of `ends` by the hash of their bytes
/// ```
///
/// Ids are dense from 0 in the order of first arrival. Two texts are the same if and only if their
/// bytes are; Unicode equivalence plays no part. Texts are only ever added, or forgotten from the
/// end by `rollback`.
@safe
package final class TermDictionary {
  private let heap = Column<UInt8>()
  private let ends = Column<UInt64>()
  private var index = RowIndex()

  package init() {}

  /// How many texts there are; the next new text gets this id.
  package var count: Int { ends.count }

  /// The number of bytes of all texts.
  package var byteCount: Int { heap.count }

  /// The bytes that the dictionary holds in memory.
  package var memoryByteCount: Int { heap.byteCount + ends.byteCount + index.byteCount }

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
    while ends.count > mark {
      let id = UInt32(ends.count - 1)
      let bytes = unsafe bytes(of: id)
      let start = heap.count - bytes.count
      unsafe index.remove(row: Int(id), hash: ByteHash.hash(bytes))
      heap.truncate(to: start)
      ends.truncate(to: Int(id))
    }
  }

  /// Checks that every text is found again under its id; for tests. O(bytes).
  package func checkInvariants() -> [String] {
    var problems: [String] = []
    if index.count != count { problems.append("dictionary: index has \(index.count) of \(count)") }
    for id in 0..<UInt32(count) where unsafe lookup(bytes(of: id)) != id {
      problems.append("dictionary: term \(id) is not found")
    }
    return problems
  }

  @inline(__always)
  private func bytes(of id: UInt32) -> UnsafeBufferPointer<UInt8> {
    precondition(Int(id) < ends.count, "term id out of range")
    let limits = ends.words
    let start = id == 0 ? 0 : Int(limits[Int(id) &- 1])
    return unsafe UnsafeBufferPointer(
      start: UnsafePointer(heap.words.base) + start, count: Int(limits[Int(id)]) &- start)
  }

  @inline(__always)
  private func find(_ bytes: UnsafeBufferPointer<UInt8>, _ hash: UInt32) -> UInt32? {
    let slots = index.words
    let mask = index.mask
    let limits = ends.words
    let texts = unsafe UnsafePointer(heap.words.base)
    var slot = Int(hash) & mask
    while true {
      let entry = slots[slot]
      if entry == 0 { return nil }
      if RowIndex.hash(of: entry) == hash {
        let row = RowIndex.row(of: entry)
        let start = row == 0 ? 0 : Int(limits[row &- 1])
        if Int(limits[row]) &- start == bytes.count {
          guard let base = bytes.baseAddress, bytes.count > 0 else {
            return UInt32(truncatingIfNeeded: row)
          }
          if unsafe ByteHash.equal(base, texts + start, bytes.count) {
            return UInt32(truncatingIfNeeded: row)
          }
        }
      }
      slot = (slot &+ 1) & mask
    }
  }

  @inline(never)
  private func append(_ bytes: UnsafeBufferPointer<UInt8>, _ hash: UInt32) -> UInt32 {
    let id = ends.count
    // Half of the numbers belong to texts that exist only while a query runs.
    precondition(id < Int(UInt32.max) / 2, "the dictionary is full")
    let start = heap.count
    heap.grow(by: bytes.count)
    if let base = bytes.baseAddress {
      unsafe (heap.words.base + start).update(from: base, count: bytes.count)
    }
    ends.append(UInt64(heap.count))
    index.insert(row: id, hash: hash)
    return UInt32(truncatingIfNeeded: id)
  }
}
