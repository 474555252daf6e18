extension PackedDictionary {
  /// The id of a text, or `nil` if it is not here. O(log count) in a sorted dictionary.
  package func lookup(_ text: UnsafeBufferPointer<UInt8>) -> UInt32? {
    guard count > 0, isSorted else { return nil }
    // A copy with zeros behind it can be compared eight bytes at a time.
    let size = text.count &+ Self.slack
    return unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: size) { buffer in
      guard let base = buffer.baseAddress else { return nil }
      let copy = UnsafeMutableRawPointer(base)
      if let start = text.baseAddress { unsafe copy.copyMemory(from: start, byteCount: text.count) }
      for place in 0..<(Self.slack / 8) {
        unsafe copy.storeBytes(of: 0, toByteOffset: text.count &+ place &* 8, as: UInt64.self)
      }
      return unsafe find(Sought(bytes: UnsafeRawPointer(copy), count: text.count))
    }
  }

  /// How many zeros lie behind a text that is looked for: a symbol may begin with its last byte.
  private static var slack: Int { SymbolTable.maximumLength &+ 8 }

  /// A text that is looked for.
  @safe
  struct Sought {
    /// The text and `slack` zeros.
    let bytes: UnsafeRawPointer
    let count: Int

    /// Eight bytes of it, the first lowest; zeros behind the end.
    @inline(__always)
    func word(_ offset: Int) -> UInt64 {
      unsafe UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
  }

  private func find(_ text: Sought) -> UInt32? {
    // The heads of all buckets are unpacked only when somebody looks for many texts.
    let range: Range<Int>
    if let prefixes = heads.prefixes {
      // Buckets whose head has the same first bytes need the whole text.
      range = prefixes.range(of: text.word(0).byteSwapped)
    } else {
      heads.countSearch(inBuckets: starts.count) { prefixesOfHeads() }
      range = 0..<starts.count
    }
    do throws(FormatError) {
      // The last bucket of the range whose head does not come after the text, or the one before it.
      var low = range.lowerBound
      var end = range.upperBound
      while low < end {
        let middle = (low + end) / 2
        if try headComesAfter(text, bucket: middle) { end = middle } else { low = middle + 1 }
      }
      return low == 0 ? nil : try find(text, bucket: low - 1)
    } catch {
      noteDamage(error)
      return nil
    }
  }

  private func headComesAfter(_ text: Sought, bucket: Int) throws(FormatError) -> Bool {
    let range = try range(ofBucket: bucket)
    var offset = range.lowerBound
    let head = try codes.head(at: &offset, below: range.upperBound)
    guard head.shared == 0 else { throw FormatError("a text lies outside") }
    if case .later = try codes.compare(offset, head.count, with: text, from: 0) { return true }
    return false
  }

  /// Looks for a text among those of a bucket. None of them is put together: what the one before has in
  /// common with the text looked for says how the next compares with it, or from where on it has to
  /// be looked at.
  ///
  /// ```
  ///  looked for   大同华泰集团
  ///  大同华恒     shares 大同华, comes before
  ///  大同华晋     shares more with the former than that does with what is looked for: comes before
  ///  大同华泰     shares as much: is compared from there on
  /// ```
  private func find(_ text: Sought, bucket: Int) throws(FormatError) -> UInt32? {
    let range = try range(ofBucket: bucket)
    let codes = codes
    var offset = range.lowerBound
    // How many bytes at the beginning the former text, which comes before, has in common.
    var matched = 0
    let first = bucket &* PackedDictionary.bucketSize
    for id in first..<min(count, first &+ PackedDictionary.bucketSize) {
      let head = try codes.head(at: &offset, below: range.upperBound)
      if head.shared <= matched {
        switch try codes.compare(offset, head.count, with: text, from: head.shared) {
        case .equal: return UInt32(truncatingIfNeeded: id)
        case .later: return nil
        case .earlier(let common): matched = common
        }
      } else if id == first {
        throw FormatError("a text lies outside")
      }
      offset &+= head.count
    }
    return nil
  }

  private func prefixesOfHeads() -> Column<UInt64> {
    let result = Column<UInt64>(minimumCapacity: starts.count)
    for bucket in 0..<starts.count {
      result.append(
        unsafe withBuffer(of: UInt32(bucket * PackedDictionary.bucketSize)) {
          unsafe PackedDictionary.prefix($0)
        })
    }
    return result
  }

  /// The first eight bytes as a number that orders as they do.
  static func prefix(_ text: UnsafeBufferPointer<UInt8>) -> UInt64 {
    if text.count >= 8, let base = text.baseAddress {
      return UInt64(bigEndian: unsafe UnsafeRawPointer(base).loadUnaligned(as: UInt64.self))
    }
    var result: UInt64 = 0
    for place in 0..<8 {
      result = result << 8 | (place < text.count ? UInt64(unsafe text[place]) : 0)
    }
    return result
  }
}

/// How a text of a dictionary compares with one that is looked for.
private enum Comparison {
  /// It comes before and has so many bytes at its beginning in common.
  case earlier(common: Int)
  case equal
  case later
}

extension PackedDictionary.Codes {
  /// Compares what codes stand for with a text from one of its bytes on; all before agree.
  @inline(__always)
  fileprivate func compare(
    _ offset: Int, _ count: Int, with text: PackedDictionary.Sought, from start: Int
  ) throws(FormatError) -> Comparison {
    var place = start
    var offset = offset
    let end = offset &+ count
    while offset < end {
      let code = Int(try payload.load(offset, as: UInt8.self))
      offset &+= 1
      // Another symbol would change what has been compared already if it went beyond the text.
      if place >= text.count { return .later }
      if code == Int(SymbolTable.escape) {
        guard offset < end else { throw FormatError("a text lies outside") }
        let byte = try payload.load(offset, as: UInt8.self)
        let other = UInt8(truncatingIfNeeded: text.word(place))
        offset &+= 1
        if byte != other { return byte < other ? .earlier(common: place) : .later }
        place &+= 1
        continue
      }
      let length = unsafe Int(lengths[code])
      guard length > 0 else { throw FormatError("a text lies outside") }
      let symbol = unsafe UnsafeRawPointer(symbols + code &* SymbolTable.slot)
      var done = 0
      while done < length {
        let word = unsafe symbol.loadUnaligned(fromByteOffset: done, as: UInt64.self)
        let other = text.word(place &+ done)
        let mask = ShortText.mask(length &- done)
        let difference = (UInt64(littleEndian: word) ^ other) & mask
        if difference != 0 {
          let shift = UInt64(difference.trailingZeroBitCount & ~7)
          let common = place &+ done &+ Int(shift >> 3)
          if common >= text.count { return .later }
          let isLess = (UInt64(littleEndian: word) &>> shift) & 255 < (other &>> shift) & 255
          return isLess ? .earlier(common: common) : .later
        }
        done &+= 8
      }
      place &+= length
    }
    if place == text.count { return .equal }
    return place < text.count ? .earlier(common: place) : .later
  }
}
