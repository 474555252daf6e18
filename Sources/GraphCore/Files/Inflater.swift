/// Unpacks the deflate format (RFC 1951): blocks of literals and of references to the text before,
/// written in Huffman codes.
struct Inflater {
  var bits: PackedBits
  private var block = Block.none
  private var isLast = false

  private enum Block {
    case none
    case stored(remaining: Int)
    case coded(literals: HuffmanCode, distances: HuffmanCode)
  }

  init(_ bits: PackedBits) { self.bits = bits }

  /// Appends to `text` until it has `count` bytes, or a few more, or the packed text is complete:
  /// then the result is true. Nothing before `start` is referred to.
  mutating func unpack(
    to text: inout [UInt8], upTo count: Int, notBefore start: Int
  ) throws(FileError) -> Bool {
    while text.count < count {
      switch block {
      case .none:
        if isLast {
          isLast = false
          return true
        }
        try beginBlock()
      case .stored(let remaining):
        var left = remaining
        while left > 0, text.count < count {
          text.append(try bits.byte())
          left -= 1
        }
        block = left == 0 ? .none : .stored(remaining: left)
      case .coded(let literals, let distances):
        if try unpack(literals, distances, to: &text, upTo: count, notBefore: start) {
          block = .none
        }
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
    case 1: block = .coded(literals: Self.fixedLiterals, distances: Self.fixedDistances)
    case 2: try beginCodedBlock()
    default: throw bits.damaged("there is a block of no known kind")
    }
  }

  private static let fixedLiterals = HuffmanCode(
    lengths: (0..<288).map { $0 < 144 ? 8 : $0 < 256 ? 9 : $0 < 280 ? 7 : 8 })
  private static let fixedDistances = HuffmanCode(lengths: Array(repeating: 5, count: 30))

  /// Reads the codes that a block brings; their own lengths are written in a third code.
  private mutating func beginCodedBlock() throws(FileError) {
    let literalCount = try bits.take(5) + 257
    let distanceCount = try bits.take(5) + 1
    var orderLengths = [UInt8](repeating: 0, count: 19)
    let order = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]
    for place in order.prefix(try bits.take(4) + 4) {
      orderLengths[place] = UInt8(try bits.take(3))
    }
    guard let code = HuffmanCode(checking: orderLengths) else { throw bits.damagedCode }
    var lengths: [UInt8] = []
    while lengths.count < literalCount + distanceCount {
      switch try bits.symbol(code) {
      case let length where length < 16: lengths.append(UInt8(length))
      case 16:
        guard let last = lengths.last else { throw bits.damagedCode }
        lengths += Array(repeating: last, count: try bits.take(2) + 3)
      case 17: lengths += Array(repeating: 0, count: try bits.take(3) + 3)
      default: lengths += Array(repeating: 0, count: try bits.take(7) + 11)
      }
    }
    guard lengths.count == literalCount + distanceCount, lengths[256] > 0,
      let literals = HuffmanCode(checking: Array(lengths[..<literalCount])),
      let distances = HuffmanCode(checking: Array(lengths[literalCount...]))
    else { throw bits.damagedCode }
    block = .coded(literals: literals, distances: distances)
  }

  // MARK: Text

  private static let lengthBase: [Int] = [
    3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131,
    163, 195, 227, 258,
  ]
  private static let distanceBase: [Int] = [
    1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049,
    3073, 4097, 6145, 8193, 12289, 16385, 24577,
  ]

  /// Reads symbols of a block; true at its end.
  private mutating func unpack(
    _ literals: HuffmanCode, _ distances: HuffmanCode, to text: inout [UInt8], upTo count: Int,
    notBefore start: Int
  ) throws(FileError) -> Bool {
    while text.count < count {
      let symbol = try bits.symbol(literals)
      if symbol < 256 {
        text.append(UInt8(symbol))
        continue
      }
      if symbol == 256 { return true }
      guard symbol - 257 < Self.lengthBase.count else { throw bits.damagedCode }
      // Each four lengths share a number of further bits; the last stands for itself.
      let lengthBits = symbol < 265 || symbol == 285 ? 0 : (symbol - 261) / 4
      let length = Self.lengthBase[symbol - 257] + (try bits.take(lengthBits))
      let place = try bits.symbol(distances)
      guard place < Self.distanceBase.count else { throw bits.damagedCode }
      let distance = Self.distanceBase[place] + (try bits.take(place < 4 ? 0 : place / 2 - 1))
      guard distance <= text.count - start else {
        throw bits.damaged("it refers to what is not there")
      }
      // What is copied may be what the copy itself has made.
      for _ in 0..<length { text.append(text[text.count - distance]) }
    }
    return false
  }
}

/// Symbols written in bits, the frequent ones in few: the canonical code of some lengths.
struct HuffmanCode {
  /// For each `longest` bits to come the symbol that they begin with, times 16, and its length.
  private(set) var table: [UInt16]
  let longest: Int

  /// The code in which symbol `i` takes `lengths[i]` bits, 0 being never.
  init(lengths: [UInt8]) {
    longest = Int(lengths.max() ?? 0)
    table = [UInt16](repeating: 0, count: 1 << longest)
    var code = 0
    for length in 1..<(longest + 1) {
      code <<= 1
      for symbol in lengths.indices where lengths[symbol] == length {
        // Codes are written from their highest bit on.
        var place = 0
        for bit in 0..<length where code >> bit & 1 == 1 { place |= 1 << (length - 1 - bit) }
        while place < table.count {
          table[place] = UInt16(symbol << 4 | length)
          place += 1 << length
        }
        code += 1
      }
    }
  }

  /// The same of lengths that may be none of a code: no two symbols begin alike, and only a code of
  /// at most one symbol leaves beginnings unused.
  init?(checking lengths: [UInt8]) {
    var free = 1 << 15
    var count = 0
    for length in lengths where length > 0 {
      free -= 1 << (15 - Int(length))
      count += 1
    }
    guard free >= 0, free == 0 || count <= 1 else { return nil }
    self.init(lengths: lengths)
  }
}

/// The bits of packed bytes, and of the file they are the beginning of; the lowest of each byte first.
struct PackedBits {
  private let file: InputDescriptor?
  private let name: String
  private var bytes: [UInt8]
  private var place = 0
  private var waiting: UInt64 = 0
  private var waitingCount = 0

  init(_ head: [UInt8], of file: InputDescriptor?, _ name: String) {
    bytes = head
    self.file = file
    self.name = name
  }

  func damaged(_ what: String) -> FileError {
    FileError(path: name, reason: "its gzip data is damaged: \(what)")
  }

  var damagedCode: FileError { damaged("a code is none") }

  /// Makes at least 56 bits wait, or all there are.
  private mutating func fill() throws(FileError) {
    while waitingCount <= 56 {
      if place == bytes.count {
        guard let file else { return }
        bytes = try file.read(atMost: 1 << 16, name)
        place = 0
        if bytes.isEmpty { return }
      }
      waiting |= UInt64(bytes[place]) << UInt64(waitingCount)
      place &+= 1
      waitingCount &+= 8
    }
  }

  private mutating func drop(_ count: Int) throws(FileError) {
    guard count <= waitingCount else { throw damaged("it ends too early") }
    waiting >>= UInt64(count)
    waitingCount &-= count
  }

  /// The next `count` bits as a number, at most 32.
  mutating func take(_ count: Int) throws(FileError) -> Int {
    if waitingCount < count { try fill() }
    let value = Int(waiting & (1 << UInt64(count) - 1))
    try drop(count)
    return value
  }

  /// The next symbol of a code.
  mutating func symbol(_ code: HuffmanCode) throws(FileError) -> Int {
    if waitingCount < 15 { try fill() }
    let entry = Int(code.table[Int(waiting & (1 << UInt64(code.longest) - 1))])
    guard entry & 15 > 0 else {
      throw waitingCount == 0 ? damaged("it ends too early") : damagedCode
    }
    try drop(entry & 15)
    return entry >> 4
  }

  mutating func skipToByte() {
    let count = waitingCount & 7
    waiting >>= UInt64(count)
    waitingCount -= count
  }

  mutating func byte() throws(FileError) -> UInt8 { UInt8(try take(8)) }

  /// The next byte; nothing at the end of the file.
  mutating func byteOrEnd() throws(FileError) -> UInt8? {
    if waitingCount < 8 { try fill() }
    return waitingCount == 0 ? nil : try byte()
  }

  /// The number that the next bytes are, the lowest first.
  mutating func integer(bytes count: Int) throws(FileError) -> Int { try take(8 * count) }
}
