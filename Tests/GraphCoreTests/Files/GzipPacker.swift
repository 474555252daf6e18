import TestSupport

@testable @_spi(Columns) import GraphCore

/// Packs texts with blocks of every kind of RFC 1951.
struct GzipPacker {
  private(set) var text: [UInt8] = []
  private var bytes: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]
  private var bits = 0
  private var count = 0
  private var literals = GzipPacker.fixedLiterals
  private var distances = GzipPacker.fixedDistances

  /// What a block of codes is made of.
  enum Step {
    case literal(UInt8)
    case copy(length: Int, distance: Int)
  }

  /// Codes of symbols, the highest bit first, and their lengths.
  struct Code {
    let lengths: [Int]
    private(set) var codes: [Int]
    /// The symbols by their codes with a 1 before them.
    private(set) var symbols: [Int: Int] = [:]

    init(_ lengths: [Int]) {
      self.lengths = lengths
      codes = lengths.map { _ in 0 }
      var code = 0
      for length in 1...15 {
        code <<= 1
        for symbol in lengths.indices where lengths[symbol] == length {
          codes[symbol] = code
          symbols[1 << length | code] = symbol
          code += 1
        }
      }
    }
  }

  static let fixedLiterals = Code(
    (0..<288).map { $0 < 144 ? 8 : $0 < 256 ? 9 : $0 < 280 ? 7 : 8 })
  static let fixedDistances = Code(Array(repeating: 5, count: 30))

  // MARK: Bits

  /// Writes a number, its lowest bit first.
  mutating func put(_ value: Int, _ width: Int) {
    for bit in 0..<width {
      bits |= (value >> bit & 1) << count
      count += 1
      if count == 8 { flush() }
    }
  }

  private mutating func put(_ symbol: Int, in code: Code) {
    for bit in (0..<code.lengths[symbol]).reversed() { put(code.codes[symbol] >> bit, 1) }
  }

  private mutating func flush() {
    bytes.append(UInt8(bits))
    bits = 0
    count = 0
  }

  // MARK: Blocks

  mutating func store(_ block: [UInt8], isLast: Bool = false) {
    put(isLast ? 1 : 0, 3)
    if count > 0 { flush() }
    put(block.count, 16)
    put(~block.count & 0xFFFF, 16)
    bytes += block
    text += block
  }

  /// Begins a block of the code that needs not be told.
  mutating func beginCoded() {
    put(0b010, 3)
    literals = Self.fixedLiterals
    distances = Self.fixedDistances
  }

  mutating func endCoded() { put(256, in: literals) }

  mutating func add(_ step: Step) {
    switch step {
    case .literal(let byte):
      put(Int(byte), in: literals)
      text.append(byte)
    case .copy(let length, let distance):
      let (symbol, width, rest) = Self.lengthSymbol(length)
      put(symbol, in: literals)
      put(rest, width)
      let (place, placeWidth, placeRest) = Self.distanceSymbol(distance)
      put(place, in: distances)
      put(placeRest, placeWidth)
      // What refers to nothing is damaged and has no text.
      for _ in 0..<length { text.append(distance > text.count ? 0 : text[text.count - distance]) }
    }
  }

  /// A block with codes of its own, of random lengths.
  mutating func addBlock(of steps: [Step], _ random: inout SeededGenerator) {
    var (used, usedPlaces): (Set<Int>, Set<Int>) = ([256], [])
    for step in steps {
      switch step {
      case .literal(let byte): used.insert(Int(byte))
      case .copy(let length, let distance):
        used.insert(Self.lengthSymbol(length).0)
        usedPlaces.insert(Self.distanceSymbol(distance).0)
      }
    }
    // Symbols that do not occur make codes longer.
    for _ in 0..<Int.random(in: 0...40, using: &random) {
      used.insert(.random(in: 0..<286, using: &random))
      usedPlaces.insert(.random(in: 0..<30, using: &random))
    }
    literals = Code(Self.randomLengths(of: used, count: 286, limit: 15, &random))
    distances = Code(Self.randomLengths(of: usedPlaces, count: 30, limit: 15, &random))
    put(0b100, 3)
    putCodes(&random)
    for step in steps { add(step) }
    endCoded()
  }

  private mutating func putCodes(_ random: inout SeededGenerator) {
    let lengths = literals.lengths + distances.lengths
    // Symbols of the third code, with what stands behind them.
    var symbols: [(symbol: Int, rest: Int, width: Int)] = []
    var place = 0
    while place < lengths.count {
      let run = lengths[place...].prefix { $0 == lengths[place] }.count
      let isShort = Bool.random(using: &random)
      if lengths[place] == 0, run >= 3 {
        let part = min(run, isShort ? 10 : 138)
        symbols.append(part <= 10 ? (17, part - 3, 3) : (18, part - 11, 7))
        place += part
      } else if place > 0, lengths[place] == lengths[place - 1], run >= 3, isShort {
        symbols.append((16, min(run, 6) - 3, 2))
        place += min(run, 6)
      } else {
        symbols.append((lengths[place], 0, 0))
        place += 1
      }
    }
    let code = Code(
      Self.randomLengths(of: Set(symbols.map(\.symbol)), count: 19, limit: 7, &random))
    put(lengths.count - distances.lengths.count - 257, 5)
    put(distances.lengths.count - 1, 5)
    put(15, 4)
    for place in [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15] {
      put(code.lengths[place], 3)
    }
    for (symbol, rest, width) in symbols {
      put(symbol, in: code)
      put(rest, width)
    }
  }

  /// Lengths of a code in which some symbols occur. What one symbol leaves unused is allowed to be so.
  private static func randomLengths(
    of symbols: Set<Int>, count: Int, limit: Int, _ random: inout SeededGenerator
  ) -> [Int] {
    var lengths = [Int](repeating: 0, count: count)
    if symbols.count == 1, let symbol = symbols.first {
      lengths[symbol] = .random(in: 1...limit, using: &random)
      return lengths
    }
    var leaves = symbols.isEmpty ? [] : [0]
    let isSteep = Bool.random(using: &random)
    while leaves.count < symbols.count {
      // The last leaf is a deepest one.
      let last = leaves.count - 1
      var place = isSteep && leaves[last] < limit ? last : Int.random(in: 0...last, using: &random)
      while leaves[place] == limit { place = (place + 1) % leaves.count }
      leaves[place] += 1
      leaves.append(leaves[place])
    }
    for (symbol, length) in zip(symbols.sorted(), leaves.shuffled(using: &random)) {
      lengths[symbol] = length
    }
    return lengths
  }

  private static func lengthSymbol(_ length: Int) -> (Int, width: Int, rest: Int) {
    if length == 258 { return (285, 0, 0) }
    var (symbol, base) = (257, 3)
    while true {
      let width = symbol < 265 ? 0 : (symbol - 261) / 4
      if length < base + (1 << width) { return (symbol, width, length - base) }
      base += 1 << width
      symbol += 1
    }
  }

  private static func distanceSymbol(_ distance: Int) -> (Int, width: Int, rest: Int) {
    var (symbol, base) = (0, 1)
    while base + (1 << max(0, symbol / 2 - 1)) <= distance {
      base += 1 << max(0, symbol / 2 - 1)
      symbol += 1
    }
    return (symbol, max(0, symbol / 2 - 1), distance - base)
  }

  mutating func finish() -> [UInt8] {
    store([], isLast: true)
    var checksum = GzipChecksum()
    checksum.add(text.span)
    put(Int(checksum.value), 32)
    put(text.count, 32)
    return bytes
  }
}
