/// A text that stands in a buffer of bytes, and the term it is, once that is known.
@_spi(Columns)
public struct TextField: BitwiseCopyable {
  /// Where the text begins in the buffer, in bytes.
  public var start: UInt32
  public var count: UInt32
  /// That of its `TextKey`, once somebody has hashed it.
  public var hash: UInt32 = 0
  /// The id of the text, once it is known.
  public var term: UInt32 = TextField.unknown

  /// The `term` of a text that was not found.
  public static let unknown = UInt32.max

  @inlinable
  public init(start: UInt32, count: UInt32) {
    self.start = start
    self.count = count
  }
}

/// The bytes of a text where they lie in a dictionary: valid until the next text is added, and sixteen
/// of them can be read whatever its length.
@_spi(Columns)
@safe
public struct TextView: BitwiseCopyable {
  public let base: UnsafePointer<UInt8>
  public let count: Int

  init(base: UnsafePointer<UInt8>, count: Int) {
    unsafe self.base = base
    self.count = count
  }

  /// Lends the bytes.
  @inlinable
  @inline(__always)
  public func withBytes<R>(_ body: (Span<UInt8>) -> R) -> R {
    unsafe body(Span(_unsafeElements: UnsafeBufferPointer(start: base, count: count)))
  }

  /// Eight bytes from an offset on, which is 0 or at least 8, as a number that orders as they do; what
  /// lies behind the end is 0.
  @inline(__always)
  func prefix(from offset: Int) -> UInt64 {
    let missing = offset &+ 8 &- count
    if missing >= 8 { return 0 }
    // What is loaded ends at the text's end at the latest, or begins where it begins.
    let place = missing <= 0 ? offset : max(count &- 8, 0)
    let word = UInt64(
      bigEndian: unsafe UnsafeRawPointer(base).loadUnaligned(fromByteOffset: place, as: UInt64.self)
    )
    if missing <= 0 { return word }
    let bits = UInt64(truncatingIfNeeded: 8 &* missing)
    return offset == 0 ? word & (UInt64.max &<< bits) : word &<< bits
  }
}

/// Many texts at a time, in groups: the bucket of a text is asked for some texts before it is looked at, so that
/// accesses to far memory overlap with each other and with the work (software pipelining); where it is full and does not hold
/// the text, the next one is asked for, and looked at in a further round; then the longer texts are compared with those that
/// their keys lead to.
///
/// Sixteen bytes must be readable from the beginning of each text on.
extension TermDictionary {
  /// Looks fields of a buffer up among the texts that are not packed, and hands them over in groups, while they are near.
  ///
  /// Reads only: several threads may do this at a time while nobody adds a text.
  package func find(
    _ fields: Words<TextField>, in bytes: Words<UInt8>,
    then use: (_ group: Words<TextField>) -> Void = { _ in }
  ) {
    let known = TextGroup()
    defer { keepAlive(known) }
    forEachGroup(of: fields) { group in
      approach(group, bytes, known)
      for i in 0..<group.count
      where group[i].term != TextField.unknown && !isRight(i, group, bytes, known) {
        let text = unsafe buffer(group[i], bytes)
        group[i].term =
          unsafe find(text, known.keys[i], from: Int(known.buckets[i])).id ?? TextField.unknown
      }
      use(group)
    }
  }

  /// Hashes fields, whose terms remain unknown, and hands them over in groups.
  func hash(
    _ fields: Words<TextField>, in bytes: Words<UInt8>,
    then use: (_ group: Words<TextField>) -> Void
  ) {
    forEachGroup(of: fields) { group in
      for i in 0..<group.count {
        let text = unsafe UnsafePointer(bytes.base + Int(group[i].start))
        group[i].hash = unsafe TextKey(readable: text, count: Int(group[i].count)).hash
        group[i].term = TextField.unknown
      }
      use(group)
    }
  }

  /// The terms of fields, added where they are new, in their order. O(bytes of the fields).
  package func intern(_ fields: Words<TextField>, in bytes: Words<UInt8>) {
    let known = TextGroup()
    defer { keepAlive(known) }
    forEachGroup(of: fields) { group in
      // The buckets stay where they are while those of the group are added.
      reserveIndex(more: group.count)
      approach(group, bytes, known)
      for i in 0..<group.count
      where group[i].term == TextField.unknown || !isRight(i, group, bytes, known) {
        let text = unsafe buffer(group[i], bytes)
        group[i].term =
          unsafe isPacked
          ? intern(text) : intern(text, known.keys[i], from: Int(known.buckets[i]))
      }
    }
  }

  /// The id of the text of a field, or `nil` if it is unknown. O(length).
  package func lookup(_ field: TextField, in bytes: Words<UInt8>) -> UInt32? {
    unsafe lookup(buffer(field, bytes))
  }

  /// The terms of hashed fields that were not found, added where they are new, in their order.
  /// O(fields and bytes of the new ones).
  package func internUnknown(_ fields: Words<TextField>, in bytes: Words<UInt8>) {
    forEachGroup(of: fields) { group in
      reserveIndex(more: group.count)
      // Where they will stand, or are searched in vain, is far away once more.
      let buckets = buckets
      for i in 0..<group.count where group[i].term == TextField.unknown {
        buckets.prefetch(buckets.home(of: group[i].hash))
      }
      for i in 0..<group.count where group[i].term == TextField.unknown {
        group[i].term = unsafe intern(buffer(group[i], bytes))
      }
    }
  }

  /// Finds the bytes of many texts, none of which is packed, in the same manner: first where all of
  /// them begin, then all lengths. O(ids).
  package func find(_ ids: Words<UInt64>, into views: Words<TextView>) {
    var places = InlineArray<64, UInt32>(repeating: 0)
    var first = 0
    while first < ids.count {
      let count = min(places.count, ids.count - first)
      for i in 0..<count { places[i] = place(of: ids[first &+ i]) }
      for i in 0..<count { views[first &+ i] = view(at: places[i]) }
      first += count
    }
  }

  /// Eight bytes of each of many texts, none of which is packed, from an offset on that is 0 or at least 8: as
  /// numbers that order as they do, with zeros for what lies behind an end. O(ids).
  package func prefixes(of ids: Words<UInt32>, from offset: Int, into keys: Words<UInt64>) {
    var places = InlineArray<64, UInt32>(repeating: 0)
    var first = 0
    while first < ids.count {
      let count = min(places.count, ids.count - first)
      for i in 0..<count { places[i] = place(of: UInt64(ids[first &+ i])) }
      for i in 0..<count { keys[first &+ i] = view(at: places[i]).prefix(from: offset) }
      first += count
    }
  }

  /// The bytes of a text that is not packed.
  package func view(of id: UInt64) -> TextView { view(at: place(of: id)) }

  @inline(__always)
  private func buffer(_ field: TextField, _ bytes: Words<UInt8>) -> UnsafeBufferPointer<UInt8> {
    unsafe UnsafeBufferPointer(start: bytes.base + Int(field.start), count: Int(field.count))
  }

  // MARK: Groups

  @inline(__always)
  private func forEachGroup(of fields: Words<TextField>, _ body: (Words<TextField>) -> Void) {
    var first = 0
    while first < fields.count {
      let group = fields.slice(first, min(TextGroup.size, fields.count - first))
      body(group)
      first += group.count
    }
  }

  /// Finds short texts of a group, and what the longer ones may be; each search that is in vain ends at the
  /// bucket where its text would be added.
  @inline(__always)
  private func approach(
    _ group: Words<TextField>, _ bytes: Words<UInt8>, _ known: TextGroup
  ) {
    var (asked, waiting) = (0, 0)
    for i in 0..<group.count &+ TextGroup.ahead {
      if i < group.count, ask(for: i, group, bytes, known) { asked &+= 1 }
      let i = i &- TextGroup.ahead
      if i >= 0, group[i].term == TextField.unknown, look(for: i, group, known) {
        known.searched[waiting] = UInt32(truncatingIfNeeded: i)
        waiting &+= 1
      }
    }
    while waiting > 0 {
      var rest = 0
      for k in 0..<waiting {
        let i = known.searched[k]
        guard look(for: Int(i), group, known) else { continue }
        known.searched[rest] = i
        rest &+= 1
      }
      waiting = rest
    }
    known.noteSearched(asked, of: group.count)
    known.remember(group)
  }

  /// Hashes a text of a group and asks for its bucket. Returns whether it is to be searched: it is not remembered.
  @inline(__always)
  private func ask(
    for i: Int, _ group: Words<TextField>, _ bytes: Words<UInt8>, _ known: TextGroup
  ) -> Bool {
    let key = unsafe TextKey(
      readable: UnsafePointer(bytes.base + Int(group[i].start)), count: Int(group[i].count))
    let hash = key.hash
    group[i].hash = hash
    known.keys[i] = key
    let term = known.remembers ? known.term(of: key, hash) : TextField.unknown
    group[i].term = term
    if term != TextField.unknown { return false }
    let bucket = buckets.home(of: hash)
    buckets.prefetch(bucket)
    known.buckets[i] = UInt32(truncatingIfNeeded: bucket)
    return true
  }

  /// Looks for a text in the bucket that its search has come to. Returns whether the search goes on in the next one,
  /// which has been asked for.
  @inline(__always)
  private func look(for i: Int, _ group: Words<TextField>, _ known: TextGroup) -> Bool {
    let bucket = Int(known.buckets[i])
    let matches = buckets.matches(of: known.keys[i], in: bucket)
    if matches != 0 {
      let slot = buckets[buckets.slot(matches, of: bucket)]
      group[i].term = id(ofNumber: slot.number)
      if known.keys[i].isShort { return false }
      known.places[i] = slot.place
      let text = unsafe heapBase + (Int(slot.place) << 2)
      unsafe prefetch(text)
      unsafe prefetch(text + Int(group[i].count))
      return false
    }
    guard buckets.isFull(bucket) else { return false }
    let next = buckets.next(after: bucket)
    buckets.prefetch(next)
    known.buckets[i] = UInt32(truncatingIfNeeded: next)
    return true
  }

  /// Whether a text is the one that its key led to.
  @inline(__always)
  private func isRight(
    _ i: Int, _ group: Words<TextField>, _ bytes: Words<UInt8>, _ known: TextGroup
  ) -> Bool {
    unsafe known.keys[i].isShort || isText(at: known.places[i], buffer(group[i], bytes))
  }
}
