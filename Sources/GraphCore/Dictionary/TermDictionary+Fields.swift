/// A text that stands in a buffer of bytes, and the term it is, once that is known.
@_spi(Columns)
public struct TextField: BitwiseCopyable {
  public var start: UInt32
  public var count: UInt32
  public var hash: UInt32 = 0
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
}

/// Many texts at a time, in groups: first all hashes of a group, then all first looks at the index,
/// then all first looks at the texts, so that the memory accesses of a group overlap in place of
/// following each other.
///
/// Sixteen bytes must be readable from the beginning of each text on.
extension TermDictionary {
  /// Hashes fields of a buffer and looks them up among the texts that are not packed.
  ///
  /// Reads only: several threads may do this at a time while nobody adds a text.
  package func find(_ fields: Words<TextField>, in bytes: Words<UInt8>) {
    forEachGroup(of: fields, in: bytes) { group in
      for i in 0..<group.count where group[i].term == TextField.unknown {
        if let id = unsafe find(buffer(group[i], bytes), group[i].hash) { group[i].term = id }
      }
    }
  }

  /// The terms of fields, added where they are new, in their order.
  package func intern(_ fields: Words<TextField>, in bytes: Words<UInt8>) {
    forEachGroup(of: fields, in: bytes) { group in
      for i in 0..<group.count where group[i].term == TextField.unknown {
        group[i].term = unsafe intern(buffer(group[i], bytes), hash: group[i].hash)
      }
    }
  }

  /// The terms of hashed fields that were not found, added where they are new, in their order.
  package func internUnknown(_ fields: Words<TextField>, in bytes: Words<UInt8>) {
    var unknown = InlineArray<256, UInt32>(repeating: 0)
    var next = 0
    while next < fields.count {
      // Where they will stand, or are searched in vain, is far away once more.
      let slots = indexSlots
      var count = 0
      while next < fields.count, count < unknown.count {
        if fields[next].term == TextField.unknown {
          unknown[count] = UInt32(truncatingIfNeeded: next)
          count &+= 1
          slots.prefetch(Int(fields[next].hash) & (slots.count &- 1))
        }
        next &+= 1
      }
      for i in 0..<count {
        let place = Int(unknown[i])
        fields[place].term = unsafe intern(buffer(fields[place], bytes), hash: fields[place].hash)
      }
    }
  }

  /// Finds the bytes of many texts, none of which is packed, in the same manner: first where all of
  /// them begin, then all lengths.
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

  /// The bytes of a text that is not packed.
  package func view(of id: UInt64) -> TextView { view(at: place(of: id)) }

  @inline(__always)
  private func buffer(_ field: TextField, _ bytes: Words<UInt8>) -> UnsafeBufferPointer<UInt8> {
    unsafe UnsafeBufferPointer(start: bytes.base + Int(field.start), count: Int(field.count))
  }

  /// What is known of the texts of a group on the way.
  private struct Group {
    /// The first bytes of each, as words.
    var lows = InlineArray<256, UInt64>(repeating: 0)
    var highs = InlineArray<256, UInt64>(repeating: 0)
    /// The first entry of the index with the hash of each.
    var entries = InlineArray<256, UInt64>(repeating: 0)
  }

  /// Hashes fields in groups, and hands each group over when those of its texts are found that stand first
  /// among the entries of their hash.
  @inline(__always)
  private func forEachGroup(
    of fields: Words<TextField>, in bytes: Words<UInt8>, _ body: (_ group: Words<TextField>) -> Void
  ) {
    var known = Group()
    var first = 0
    while first < fields.count {
      let group = fields.slice(first, min(known.lows.count, fields.count - first))
      approach(group, bytes, &known)
      body(group)
      first += group.count
    }
  }

  /// Hashes a group and finds those texts that stand first among the entries of their hash.
  @inline(__always)
  private func approach(
    _ group: Words<TextField>, _ bytes: Words<UInt8>, _ known: inout Group
  ) {
    let (slots, heap) = unsafe (indexSlots, heapBase)
    let mask = slots.count &- 1
    for i in 0..<group.count {
      let count = Int(group[i].count)
      let text = unsafe ShortText(bytes.base + Int(group[i].start), count: count)
      (known.lows[i], known.highs[i]) = (text.low, text.high)
      var hash = ByteHash.hash(short: text.low, text.high, count: count)
      if count > ShortText.longest { hash = unsafe ByteHash.hash(buffer(group[i], bytes)) }
      group[i].hash = hash
      group[i].term = TextField.unknown
      slots.prefetch(Int(hash) & mask)
    }
    for i in 0..<group.count {
      let hash = group[i].hash
      var slot = Int(hash) & mask
      var entry = slots[slot]
      while entry != 0 && RowIndex.hash(of: entry) != hash {
        slot = (slot &+ 1) & mask
        entry = slots[slot]
      }
      known.entries[i] = entry
      // An empty slot stands for the first text of all.
      let text = unsafe heap + (max(RowIndex.row(of: entry), 0) << 2)
      unsafe prefetch(text)
      unsafe prefetch(text + (7 &+ Int(group[i].count)))
    }
    for i in 0..<group.count where known.entries[i] != 0 {
      let entry = unsafe heap + (RowIndex.row(of: known.entries[i]) << 2)
      let count = Int(group[i].count)
      let head = unsafe UInt64(littleEndian: entry.loadUnaligned(as: UInt64.self))
      guard Int(head >> 32) == count else { continue }
      let isEqual =
        if count <= ShortText.longest {
          unsafe ShortText(entry + 8, count: count)
            == ShortText(low: known.lows[i], high: known.highs[i])
        } else {
          unsafe Self.term(entry, ifEqualTo: buffer(group[i], bytes)) != nil
        }
      if isEqual { group[i].term = UInt32(truncatingIfNeeded: head) }
    }
  }
}
