/// Unpacks the deflate format (RFC 1951): blocks of literals and of references to the text before,
/// written in Huffman codes.
struct Inflater {
  var bits: PackedBits
  private var block = Block.none
  private var isLast = false

  private enum Block {
    case none
    case stored(remaining: Int)
    case coded(InflateCodes)
  }

  init(_ bits: PackedBits) { self.bits = bits }

  /// Appends to `text` until it has `count` bytes, or some more, or the packed text is complete:
  /// then the result is true. The text has room for `count` bytes and for the slack of `InflateLoop`.
  mutating func unpack(to text: inout UnpackedText, upTo count: Int) throws(FileError) -> Bool {
    while text.count < count {
      switch block {
      case .none:
        if isLast {
          isLast = false
          return true
        }
        try beginBlock()
      case .stored(var left):
        while left > 0, text.count < count {
          left -= try bits.copy(min(left, count - text.count), to: &text)
        }
        block = left == 0 ? .none : .stored(remaining: left)
      case .coded(let codes):
        if try unpack(codes, to: &text, upTo: count) { block = .none }
      }
    }
    return false
  }

  // MARK: Blocks

  private mutating func beginBlock() throws(FileError) {
    isLast = try bits.take(1) == 1
    switch try bits.take(2) {
    case 0:
      bits.skipToByte()
      let length = try bits.integer(bytes: 2)
      guard try bits.integer(bytes: 2) == ~length & 0xFFFF else {
        throw bits.damaged("a block has no length")
      }
      block = .stored(remaining: length)
    case 1: block = .coded(.fixed)
    case 2: block = .coded(try readCodes())
    default: throw bits.damaged("there is a block of no known kind")
    }
  }

  /// Reads the codes that a block brings; their own lengths are written in a third code.
  private mutating func readCodes() throws(FileError) -> InflateCodes {
    let literalCount = try bits.take(5) + 257
    let distanceCount = try bits.take(5) + 1
    var orderLengths = [UInt8](repeating: 0, count: 19)
    for place in Self.order.prefix(try bits.take(4) + 4) {
      orderLengths[place] = UInt8(try bits.take(3))
    }
    guard let code = HuffmanCode(checking: orderLengths[...]) else { throw bits.damagedCode }
    var lengths: [UInt8] = []
    lengths.reserveCapacity(literalCount + distanceCount + 137)
    while lengths.count < literalCount + distanceCount {
      switch try bits.symbol(code) {
      case let length where length < 16: lengths.append(UInt8(length))
      case 16:
        guard let last = lengths.last else { throw bits.damagedCode }
        lengths += repeatElement(last, count: try bits.take(2) + 3)
      case 17: lengths += repeatElement(0, count: try bits.take(3) + 3)
      default: lengths += repeatElement(0, count: try bits.take(7) + 11)
      }
    }
    guard lengths.count == literalCount + distanceCount, lengths[256] > 0,
      let literals = HuffmanCode(checking: lengths[..<literalCount]),
      let distances = HuffmanCode(checking: lengths[literalCount...])
    else { throw bits.damagedCode }
    return InflateCodes(literals, distances)
  }

  private static let order = [
    16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
  ]

  // MARK: Text

  /// Reads symbols of a block; true at its end.
  private mutating func unpack(
    _ codes: InflateCodes, to text: inout UnpackedText, upTo count: Int
  ) throws(FileError) -> Bool {
    while true {
      if try bits.unpack(codes, to: &text, upTo: count) { return true }
      guard text.count < count else { return false }
      // Near the end of the bytes, or where something is wrong.
      let symbol = try bits.symbol(codes.literals)
      if symbol < 256 {
        text.append(UInt8(symbol))
        continue
      }
      if symbol == 256 { return true }
      guard let length = InflateCodes.length(symbol) else { throw bits.damagedCode }
      let count = length.least + (try bits.take(length.bits))
      guard let distance = InflateCodes.distance(try bits.symbol(codes.distances)) else {
        throw bits.damagedCode
      }
      guard text.copy(count, distance: distance.least + (try bits.take(distance.bits))) else {
        throw bits.damaged("it refers to what is not there")
      }
    }
  }
}

/// The two codes of a block, and the tables that are looked up for them.
struct InflateCodes {
  let literals: HuffmanCode
  let distances: HuffmanCode
  let literalTable: HuffmanTable
  let distanceTable: HuffmanTable

  init(_ literals: HuffmanCode, _ distances: HuffmanCode) {
    self.literals = literals
    self.distances = distances
    literalTable = HuffmanTable(
      literals, rootBits: InflateLoop.literalBits, meanings: Self.literalMeanings)
    distanceTable = HuffmanTable(
      distances, rootBits: InflateLoop.distanceBits, meanings: Self.distanceMeanings)
  }

  /// The codes of blocks that bring none (RFC 1951, 3.2.6).
  static let fixed = InflateCodes(
    HuffmanCode(
      lengths: ArraySlice((0..<288).map { $0 < 144 ? 8 : $0 < 256 ? 9 : $0 < 280 ? 7 : 8 })),
    HuffmanCode(lengths: ArraySlice(repeating: 5, count: 30)))

  private static let leastLengths = [
    3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131,
    163, 195, 227, 258,
  ]
  private static let leastDistances = [
    1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049,
    3073, 4097, 6145, 8193, 12289, 16385, 24577,
  ]

  /// The least length of a match that a symbol means, and how many bits add to it; `nil` for symbols that mean none.
  static func length(_ symbol: Int) -> (least: Int, bits: Int)? {
    guard symbol - 257 < leastLengths.count else { return nil }
    // Each four lengths share a number of further bits; the last stands for itself.
    return (leastLengths[symbol - 257], symbol < 265 || symbol == 285 ? 0 : (symbol - 261) / 4)
  }

  /// The same of a symbol of the code of distances.
  static func distance(_ symbol: Int) -> (least: Int, bits: Int)? {
    guard symbol < leastDistances.count else { return nil }
    return (leastDistances[symbol], symbol < 4 ? 0 : symbol / 2 - 1)
  }

  private static let literalMeanings = (0..<288).map { symbol in
    if symbol < 256 { return HuffmanTable.literal(UInt8(symbol)) }
    return symbol == 256 ? HuffmanTable.isEnd : HuffmanTable.number(length(symbol))
  }
  private static let distanceMeanings = (0..<32).map { HuffmanTable.number(distance($0)) }
}
