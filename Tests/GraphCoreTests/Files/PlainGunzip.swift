@testable @_spi(Columns) import GraphCore

/// Unpacks gzip bit by bit, as RFC 1951 and 1952 read: what the fast reader is compared with.
struct PlainGunzip {
  /// What is wrong, in the reader's words.
  struct Damage: Error { let reason: String }

  private let bytes: [UInt8]
  private var place = 0
  private var text: [UInt8] = []
  private var start = 0

  /// The text of packed bytes, or what is said of them.
  static func unpack(_ bytes: [UInt8]) -> Result<[UInt8], Damage> {
    var reader = PlainGunzip(bytes: bytes)
    return Result { () throws(Damage) in
      while reader.left > 0 { try reader.readMember() }
      return reader.text
    }
  }

  private init(bytes: [UInt8]) { self.bytes = bytes }

  private var left: Int { 8 * bytes.count - place }

  /// The bit so far ahead; 0 behind the end.
  private func bit(_ ahead: Int) -> Int {
    ahead < left ? Int(bytes[(place + ahead) / 8] >> UInt8((place + ahead) % 8) & 1) : 0
  }

  private static func damage(_ what: String) -> Damage {
    Damage(reason: "its gzip data is damaged: \(what)")
  }

  private static let none = damage("a code is none")

  private mutating func drop(_ count: Int) throws(Damage) {
    guard count <= left else { throw Self.damage("it ends too early") }
    place += count
  }

  private mutating func take(_ count: Int) throws(Damage) -> Int {
    let value = (0..<count).reduce(0) { $0 | bit($1) << $1 }
    try drop(count)
    return value
  }

  private mutating func symbol(_ code: GzipPacker.Code) throws(Damage) -> Int {
    var value = 1
    for length in 1...15 {
      value = value << 1 | bit(length - 1)
      if let symbol = code.symbols[value] {
        try drop(length)
        return symbol
      }
    }
    throw left == 0 ? Self.damage("it ends too early") : Self.none
  }

  private mutating func readMember() throws(Damage) {
    guard try take(8) == 0x1F, try take(8) == 0x8B, try take(8) == 8 else {
      throw Self.damage("something else follows the packed text")
    }
    let flags = try take(8)
    for _ in 0..<6 { _ = try take(8) }
    if flags & 4 != 0 { for _ in 0..<(try take(16)) { _ = try take(8) } }
    for flag in [8, 16] where flags & flag != 0 { while try take(8) != 0 {} }
    if flags & 2 != 0 { _ = try take(16) }
    start = text.count
    while try !readBlock() {}
    place = (place + 7) / 8 * 8
    let (sum, count) = (try take(32), try take(32))
    var checksum: UInt32 = ~0
    for byte in text[start...] {
      checksum ^= UInt32(byte)
      for _ in 0..<8 { checksum = checksum & 1 == 1 ? 0xEDB8_8320 ^ checksum >> 1 : checksum >> 1 }
    }
    guard sum == Int(~checksum), count == text.count - start else {
      throw Self.damage("its checksum does not fit")
    }
  }

  /// Reads a block; true at the last one.
  private mutating func readBlock() throws(Damage) -> Bool {
    let isLast = try take(1) == 1
    switch try take(2) {
    case 0:
      place = (place + 7) / 8 * 8
      let length = try take(16)
      guard try take(16) == ~length & 0xFFFF else { throw Self.damage("a block has no length") }
      for _ in 0..<length { text.append(UInt8(try take(8))) }
    case 1:
      try readText(GzipPacker.fixedLiterals, GzipPacker.fixedDistances)
    case 2:
      let (literals, distances) = try readCodes()
      try readText(literals, distances)
    default: throw Self.damage("there is a block of no known kind")
    }
    return isLast
  }

  private func code(_ lengths: [Int]) throws(Damage) -> GzipPacker.Code {
    let used = lengths.filter { $0 > 0 }
    let taken = used.reduce(0) { $0 + 1 << (15 - $1) }
    guard taken == 1 << 15 || taken < 1 << 15 && used.count <= 1 else { throw Self.none }
    return GzipPacker.Code(lengths)
  }

  private mutating func readCodes() throws(Damage) -> (GzipPacker.Code, GzipPacker.Code) {
    let (literalCount, distanceCount) = (try take(5) + 257, try take(5) + 1)
    var orders = [Int](repeating: 0, count: 19)
    let places = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]
    for place in places.prefix(try take(4) + 4) { orders[place] = try take(3) }
    let order = try code(orders)
    var lengths: [Int] = []
    while lengths.count < literalCount + distanceCount {
      let symbol = try self.symbol(order)
      switch symbol {
      case ..<16: lengths.append(symbol)
      case 16:
        guard let last = lengths.last else { throw Self.none }
        lengths += Array(repeating: last, count: try take(2) + 3)
      case 17: lengths += Array(repeating: 0, count: try take(3) + 3)
      default: lengths += Array(repeating: 0, count: try take(7) + 11)
      }
    }
    guard lengths.count == literalCount + distanceCount, lengths[256] > 0 else { throw Self.none }
    return (try code(Array(lengths[..<literalCount])), try code(Array(lengths[literalCount...])))
  }

  private mutating func readText(
    _ literals: GzipPacker.Code, _ distances: GzipPacker.Code
  ) throws(Damage) {
    while true {
      let symbol = try self.symbol(literals)
      if symbol == 256 { return }
      if symbol < 256 {
        text.append(UInt8(symbol))
        continue
      }
      guard symbol < 286 else { throw Self.none }
      let width = symbol < 265 || symbol == 285 ? 0 : (symbol - 261) / 4
      let least =
        symbol == 285 ? 258 : 3 + (257..<symbol).reduce(0) { $0 + 1 << max(0, ($1 - 261) / 4) }
      let length = least + (try take(width))
      let place = try self.symbol(distances)
      guard place < 30 else { throw Self.none }
      let nearest = 1 + (0..<place).reduce(0) { $0 + 1 << max(0, $1 / 2 - 1) }
      let distance = nearest + (try take(max(0, place / 2 - 1)))
      guard distance <= text.count - start else {
        throw Self.damage("it refers to what is not there")
      }
      for _ in 0..<length { text.append(text[text.count - distance]) }
    }
  }
}
