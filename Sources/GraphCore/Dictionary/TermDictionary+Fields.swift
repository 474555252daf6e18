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

/// Many texts at a time, in groups: first all hashes of a group, then all first looks at the index,
/// then all first looks at the texts, so that the memory accesses of a group overlap in place of
/// following each other.
extension TermDictionary {
  private static var group: Int { 32 }

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

  @inline(__always)
  private func buffer(_ field: TextField, _ bytes: Words<UInt8>) -> UnsafeBufferPointer<UInt8> {
    unsafe UnsafeBufferPointer(start: bytes.base + Int(field.start), count: Int(field.count))
  }

  /// Hashes a group and finds those texts that stand first among the entries of their hash.
  @inline(__always)
  private func approach(_ group: Words<TextField>, _ bytes: Words<UInt8>) {
    var entries = InlineArray<32, UInt64>(repeating: 0)
    for i in 0..<group.count {
      group[i].hash = unsafe ByteHash.hash(buffer(group[i], bytes))
      group[i].term = TextField.unknown
    }
    let slots = indexSlots
    let mask = slots.count &- 1
    for i in 0..<group.count { entries[i] = slots[Int(group[i].hash) & mask] }
    for i in 0..<group.count {
      let hash = group[i].hash
      var slot = Int(hash)
      while entries[i] != 0 && RowIndex.hash(of: entries[i]) != hash {
        slot &+= 1
        entries[i] = slots[slot & mask]
      }
    }
    for i in 0..<group.count where entries[i] != 0 {
      if let id = unsafe term(at: RowIndex.row(of: entries[i]), ifEqualTo: buffer(group[i], bytes))
      {
        group[i].term = id
      }
    }
  }
}
