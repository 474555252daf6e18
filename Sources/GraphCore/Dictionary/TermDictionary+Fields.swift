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
  private static var group: Int { 64 }

  /// Hashes fields of a buffer and looks them up among the texts that are not packed.
  ///
  /// Reads only: several threads may do this at a time while nobody adds a text.
  package func find(_ fields: Words<TextField>, in bytes: Words<UInt8>) {
    var first = 0
    while first < fields.count {
      let group = fields.slice(first, min(Self.group, fields.count - first))
      approach(group, bytes)
      for i in 0..<group.count where group[i].term == TextField.unknown {
        if let id = unsafe find(buffer(group[i], bytes), group[i].hash) { group[i].term = id }
      }
      first += group.count
    }
  }

  /// The terms of hashed fields that were not found, added where they are new, in their order.
  package func internUnknown(_ fields: Words<TextField>, in bytes: Words<UInt8>) {
    for i in 0..<fields.count where fields[i].term == TextField.unknown {
      fields[i].term = unsafe intern(buffer(fields[i], bytes), hash: fields[i].hash)
    }
  }

  /// The terms of fields, added where they are new, in their order.
  package func intern(_ fields: Words<TextField>, in bytes: Words<UInt8>) {
    var first = 0
    while first < fields.count {
      let group = fields.slice(first, min(Self.group, fields.count - first))
      approach(group, bytes)
      internUnknown(group, in: bytes)
      first += group.count
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

  /// Hashes a group and finds those texts that stand first among the entries of their hash.
  ///
  /// The loops that go to far memory do nothing else: the processor then has the accesses of most of the
  /// group under way together. With other work between them it has room for a few only, which was
  /// measured to take a third longer.
  @inline(__always)
  private func approach(_ group: Words<TextField>, _ bytes: Words<UInt8>) {
    var lows = InlineArray<64, UInt64>(repeating: 0)
    var highs = InlineArray<64, UInt64>(repeating: 0)
    var entries = InlineArray<64, UInt64>(repeating: 0)
    var heads = InlineArray<64, UInt64>(repeating: 0)
    var firsts = InlineArray<64, UInt64>(repeating: 0)
    let slots = indexSlots
    let mask = slots.count &- 1
    for i in 0..<group.count {
      let count = Int(group[i].count)
      let text = unsafe ShortText(bytes.base + Int(group[i].start), count: count)
      (lows[i], highs[i]) = (text.low, text.high)
      var hash = ByteHash.hash(short: text.low, text.high, count: count)
      if count > ShortText.longest { hash = unsafe ByteHash.hash(buffer(group[i], bytes)) }
      group[i].hash = hash
      group[i].term = TextField.unknown
    }
    for i in 0..<group.count { entries[i] = slots[Int(group[i].hash) & mask] }
    for i in 0..<group.count {
      let hash = group[i].hash
      var slot = Int(hash)
      while entries[i] != 0 && RowIndex.hash(of: entries[i]) != hash {
        slot &+= 1
        entries[i] = slots[slot & mask]
      }
    }
    for i in 0..<group.count {
      // An empty slot stands for the first text of all.
      let place = max(RowIndex.row(of: entries[i]), 0)
      heads[i] = head(at: place)
      // The text may lie in the next line of the cache.
      firsts[i] = firstWord(at: place)
    }
    for i in 0..<group.count where entries[i] != 0 {
      let place = RowIndex.row(of: entries[i])
      let count = Int(group[i].count)
      guard Int(heads[i] >> 32) == count else { continue }
      let isEqual =
        if count <= 8 {
          firsts[i] & ShortText.mask(count) == lows[i]
        } else if count <= ShortText.longest {
          shortText(at: place, count: count) == ShortText(low: lows[i], high: highs[i])
        } else {
          unsafe isText(at: place, equalTo: buffer(group[i], bytes))
        }
      if isEqual { group[i].term = UInt32(truncatingIfNeeded: heads[i]) }
    }
  }
}
