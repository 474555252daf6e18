/// The inner loop of unpacking deflate's blocks of codes (RFC 1951, 3.2.5), for the middle of packed bytes and of the
/// text: where an end of either is near, or where something is wrong, it stops before a symbol, which the
/// caller reads with care.
///
/// The bits to come wait in a word that eight bytes at a time are loaded into, whether it has room for all of them
/// or not: those that it has none for are loaded again (Giesen, "Reading bits in far too many ways", 2018, part 2).
/// So what a step needs is there without asking, and bounds are compared once a step.
enum InflateLoop {
  /// What a step may read of the packed bytes: four times eight.
  static let inputSlack = 32
  /// What a step may write of the text beyond where it stops: literals, a match, and what copies write too much.
  static let textSlack = 3 + 258 + 32
  /// How many bits are looked up at once.
  static let literalBits = 11
  static let distanceBits = 8

  /// The bits that are read next, and where the text ends.
  struct State {
    /// The next byte that is not among the bits that wait.
    var place: Int
    /// Bits that wait, the next one lowest; those beyond `waitingCount`, which is at most 56, are 0.
    var waiting: UInt64
    var waitingCount: Int
    /// The bytes of the text.
    var count: Int
  }

  /// Reads symbols of a block until the text has `target` bytes or more, or no step can be made.
  ///
  /// - Parameters:
  ///   - start: where in the text that begins which may be referred to
  /// - Returns: whether the end of the block was read.
  static func run(
    _ state: inout State, _ input: UnsafeBufferPointer<UInt8>,
    to text: UnsafeMutableBufferPointer<UInt8>, upTo target: Int, notBefore start: Int,
    _ literals: HuffmanTable, _ distances: HuffmanTable
  ) -> Bool {
    guard let inputBase = input.baseAddress, let textBase = text.baseAddress,
      input.count - state.place >= inputSlack, target + textSlack <= text.count
    else { return false }
    return unsafe literals.entries.withUnsafeBufferPointer { literals in
      unsafe distances.entries.withUnsafeBufferPointer { distances in
        guard let literals = literals.baseAddress, let distances = distances.baseAddress else {
          return false
        }
        return unsafe run(
          &state, UnsafeRawPointer(inputBase), input.count - inputSlack,
          UnsafeMutableRawPointer(textBase), target, start, literals, distances)
      }
    }
  }

  private static func run(
    _ state: inout State, _ input: UnsafeRawPointer, _ lastInput: Int,
    _ text: UnsafeMutableRawPointer, _ target: Int, _ start: Int,
    _ literals: UnsafePointer<UInt32>, _ distances: UnsafePointer<UInt32>
  ) -> Bool {
    var next = unsafe input + state.place
    let lastNext = unsafe input + lastInput
    var bits = state.waiting
    var count = UInt64(truncatingIfNeeded: state.waitingCount)
    var end = unsafe text + state.count
    let lastEnd = unsafe text + target
    let start = unsafe text + start
    var isComplete = false

    @inline(__always)
    func fill() {
      unsafe bits |= UInt64(littleEndian: next.loadUnaligned(as: UInt64.self)) &<< count
      unsafe next += Int(truncatingIfNeeded: (63 &- count) &>> 3)
      count |= 56
    }
    @inline(__always)
    func drop(_ entry: UInt32) {
      bits = bits &>> UInt64(entry)
      count = count &- UInt64(entry & 63)
    }
    @inline(__always)
    func literal() -> UInt32 {
      unsafe literals[Int(truncatingIfNeeded: bits & (1 &<< UInt64(literalBits) &- 1))]
    }
    @inline(__always)
    func write(_ entry: UInt32) {
      unsafe end.storeBytes(of: UInt8(truncatingIfNeeded: entry &>> 8), as: UInt8.self)
      unsafe end += 1
      drop(entry)
    }

    steps: while unsafe next <= lastNext, unsafe end < lastEnd {
      fill()
      var entry = literal()
      if entry & HuffmanTable.isLiteral != 0 {
        write(entry)
        entry = literal()
        if entry & HuffmanTable.isLiteral != 0 {
          write(entry)
          entry = literal()
          if entry & HuffmanTable.isLiteral != 0 {
            write(entry)
            continue
          }
        }
        fill()
      }
      // From here on a step takes 15 + 5 + 15 + 13 bits at most.
      let (bitsBefore, countBefore) = (bits, count)
      if entry & HuffmanTable.isOdd != 0 {
        if entry & HuffmanTable.isLink != 0 {
          let place = bits &>> UInt64(literalBits) & (1 &<< UInt64(entry & 63) &- 1)
          entry = unsafe literals[Int(truncatingIfNeeded: UInt64(entry &>> 8 & 0xFFFF) &+ place)]
          if entry & HuffmanTable.isLiteral != 0 {
            write(entry)
            continue
          }
        }
        if entry & HuffmanTable.isOdd != 0 {
          isComplete = entry & HuffmanTable.isEnd != 0
          if isComplete { drop(entry) }
          break steps
        }
      }
      let length = number(entry, bits)
      drop(entry)
      entry = unsafe distances[Int(truncatingIfNeeded: bits & (1 &<< UInt64(distanceBits) &- 1))]
      if entry & HuffmanTable.isOdd != 0 {
        if entry & HuffmanTable.isLink != 0 {
          let place = bits &>> UInt64(distanceBits) & (1 &<< UInt64(entry & 63) &- 1)
          entry = unsafe distances[Int(truncatingIfNeeded: UInt64(entry &>> 8 & 0xFFFF) &+ place)]
        }
        if entry & HuffmanTable.isNone != 0 {
          (bits, count) = (bitsBefore, countBefore)
          break steps
        }
      }
      let distance = number(entry, bits)
      drop(entry)
      guard unsafe distance <= end - start else {
        (bits, count) = (bitsBefore, countBefore)
        break steps
      }
      unsafe copy(to: end, length, distance)
      unsafe end += length
    }

    // Whole bytes that wait are read again, as far as they come from here.
    let unread = unsafe min(Int(count &>> 3), next - (input + state.place))
    state.place = unsafe next - input - unread
    count &-= UInt64(8 &* unread)
    state.waiting = bits & (1 &<< count &- 1)
    state.waitingCount = Int(count)
    state.count = unsafe end - text
    return isComplete
  }

  /// The least number of an entry and what the bits behind its code add to it.
  @inline(__always)
  private static func number(_ entry: UInt32, _ bits: UInt64) -> Int {
    let further = bits & (1 &<< UInt64(entry & 63) &- 1)
    return Int(truncatingIfNeeded: entry &>> 8 & 0x7FFF)
      &+ Int(truncatingIfNeeded: further &>> UInt64(entry &>> 24 & 15))
  }

  /// Copies text behind itself, up to 32 bytes too much; what is copied may be what the copy has made.
  @inline(__always)
  private static func copy(to end: UnsafeMutableRawPointer, _ length: Int, _ distance: Int) {
    var to = unsafe end
    let last = unsafe end + length
    var from = unsafe UnsafeRawPointer(end) - distance
    if distance >= 16 {
      repeat {
        unsafe to.storeBytes(of: from.loadUnaligned(as: SIMD16<UInt8>.self), as: SIMD16<UInt8>.self)
        unsafe to += 16
        unsafe from += 16
      } while unsafe to < last
      return
    }
    // A repeated text is its beginning, and twice as long a one after each step.
    var distance = distance
    while distance < 8 {
      unsafe to.storeBytes(of: from.loadUnaligned(as: UInt64.self), as: UInt64.self)
      unsafe to += distance
      distance &+= distance
      if unsafe to >= last { return }
    }
    repeat {
      unsafe to.storeBytes(of: from.loadUnaligned(as: UInt64.self), as: UInt64.self)
      unsafe to += 8
      unsafe from += 8
    } while unsafe to < last
  }
}
