/// Up to 254 byte strings that stand for one byte each: what is common in many short texts.
///
/// A code below the number of symbols is that symbol; 255 stands before a byte that is meant as it
/// is. The table is trained on the data (in the manner of Boncz, Neumann and Leis, "FSST: fast
/// random access string compression", PVLDB 13, 2020, with longer symbols, because a Chinese
/// character alone takes three bytes): beginning with nothing, a sample is encoded again and again,
/// and the symbols and pairs of neighbours that save most become the next table.
///
/// ```
///  u8 number of symbols    for each: u8 length, its bytes
/// ```
@safe
package final class SymbolTable {
  static let maximumLength = 24
  static let escape: UInt8 = 255
  static let slot = 32

  /// Each symbol in a slot of 32 bytes, so that it can be copied in words.
  let storage: UnsafeMutablePointer<UInt8>
  let lengths: UnsafeMutablePointer<UInt8>
  package private(set) var symbols: [[UInt8]] = []
  /// Nodes of a tree of all symbols' bytes: 256 children each, 0 for none.
  private var children: [UInt16] = []
  /// One more than the symbol that ends at a node; 0 for none.
  private var ends: [UInt16] = []

  private init(_ symbols: [[UInt8]]) {
    unsafe storage = .allocate(capacity: 256 * SymbolTable.slot)
    unsafe storage.initialize(repeating: 0, count: 256 * SymbolTable.slot)
    unsafe lengths = .allocate(capacity: 256)
    unsafe lengths.initialize(repeating: 0, count: 256)
    self.symbols = symbols
    for (code, symbol) in symbols.enumerated() {
      unsafe lengths[code] = UInt8(symbol.count)
      for (place, byte) in symbol.enumerated() {
        unsafe storage[code * SymbolTable.slot + place] = byte
      }
    }
  }

  deinit {
    unsafe storage.deallocate()
    unsafe lengths.deallocate()
  }

  /// Reads a table.
  package convenience init(_ reader: inout ByteReader) throws(FormatError) {
    var symbols: [[UInt8]] = []
    let count = try reader.u8()
    guard count < SymbolTable.escape else { throw FormatError("too many symbols") }
    for _ in 0..<count {
      let length = Int(try reader.u8())
      guard length > 0, length <= SymbolTable.maximumLength else {
        throw FormatError("a symbol has a wrong length")
      }
      symbols.append(try reader.view(length).array)
    }
    self.init(symbols)
  }

  /// Writes the table as the type says. O(bytes of the symbols).
  package func write(to writer: inout ByteWriter) {
    writer.u8(UInt8(symbols.count))
    for symbol in symbols {
      writer.u8(UInt8(symbol.count))
      writer.append(symbol)
    }
  }

  /// Encodes bytes. O(count).
  package func encode(_ text: some RandomAccessCollection<UInt8>, into output: inout [UInt8]) {
    var rest = text[...]
    while let first = rest.first {
      let (code, length) = longest(rest)
      if code < 256 {
        output.append(UInt8(code))
      } else {
        output.append(SymbolTable.escape)
        output.append(first)
      }
      rest = rest.dropFirst(length)
    }
  }

  /// The symbol that takes most of the beginning, or 256 + the first byte.
  @inline(__always)
  private func longest(_ text: some RandomAccessCollection<UInt8>) -> (code: Int, length: Int) {
    var node = 0
    var best = (code: 256 + Int(text.first ?? 0), length: 1)
    var length = 0
    for byte in text {
      guard node * 256 < children.count else { break }
      let next = Int(children[node * 256 + Int(byte)])
      if next == 0 { break }
      node = next
      length += 1
      if ends[node] > 0 { best = (Int(ends[node]) - 1, length) }
    }
    return best
  }

  private static let childless = [UInt16](repeating: 0, count: 256)

  /// Makes the tree that encoding walks.
  private func prepare() {
    children = SymbolTable.childless
    ends = [0]
    for (code, symbol) in symbols.enumerated() {
      var node = 0
      for byte in symbol {
        let place = node * 256 + Int(byte)
        if children[place] == 0 {
          children[place] = UInt16(ends.count)
          ends.append(0)
          children += SymbolTable.childless
        }
        node = Int(children[place])
      }
      ends[node] = UInt16(code + 1)
    }
  }
}

extension SymbolTable {
  /// The table that serves a sample of texts best. O(bytes of the sample).
  package static func trained(on sample: [[UInt8]]) -> SymbolTable {
    var table = SymbolTable([])
    table.prepare()
    for _ in 0..<7 {
      table = SymbolTable(table.better(for: sample))
      table.prepare()
    }
    return table
  }

  /// The symbols and pairs of symbols that would have saved most in a sample.
  private func better(for sample: [[UInt8]]) -> [[UInt8]] {
    var single = [Int](repeating: 0, count: 512)
    var pairs = [UInt32](repeating: 0, count: 512 * 512)
    // A small sample has few pairs, and most places of the table stay untouched.
    var repeated: [Int] = []
    for text in sample {
      var rest = text[...]
      var former = -1
      while !rest.isEmpty {
        let (code, length) = longest(rest)
        single[code] += 1
        if former >= 0 {
          let pair = former * 512 + code
          if pairs[pair] == 1 { repeated.append(pair) }
          pairs[pair] += 1
        }
        former = code
        rest = rest.dropFirst(length)
      }
    }
    func bytes(_ code: Int) -> [UInt8] { code < 256 ? symbols[code] : [UInt8(code - 256)] }
    var gains: [[UInt8]: Int] = [:]
    for code in 0..<512 where single[code] > 0 {
      let symbol = bytes(code)
      // A byte alone saves the escape before it.
      gains[symbol, default: 0] += single[code] * symbol.count
    }
    for pair in repeated {
      let symbol = bytes(pair / 512) + bytes(pair % 512)
      if symbol.count <= SymbolTable.maximumLength {
        gains[symbol, default: 0] += Int(pairs[pair]) * symbol.count
      }
    }
    return gains.sorted { left, right in
      if left.value != right.value { return left.value > right.value }
      return left.key.lexicographicallyPrecedes(right.key)
    }.prefix(255 - 1).map(\.key)
  }
}

extension SymbolTable {
  /// Decodes codes behind what a buffer holds; `nil` where it would not fit in `capacity` bytes.
  ///
  /// The buffer must have room for 32 bytes beyond `capacity`.
  @inline(__always)
  func decode(
    _ codes: UnsafePointer<UInt8>, _ count: Int, into buffer: UnsafeMutablePointer<UInt8>,
    at start: Int, capacity: Int
  ) -> Int? {
    var end = start
    var place = 0
    while place < count {
      let code = unsafe Int(codes[place])
      place &+= 1
      if code == 255 {
        guard place < count, end < capacity else { return nil }
        unsafe buffer[end] = codes[place]
        place &+= 1
        end &+= 1
        continue
      }
      let length = unsafe Int(lengths[code])
      guard length > 0, end &+ length <= capacity else { return nil }
      let source = unsafe UnsafeRawPointer(storage + code &* SymbolTable.slot)
      let target = unsafe UnsafeMutableRawPointer(buffer + end)
      unsafe copyWord(source, target, 0)
      if length > 8 {
        unsafe copyWord(source, target, 8)
        unsafe copyWord(source, target, 16)
      }
      end &+= length
    }
    return end
  }

  @inline(__always)
  private func copyWord(
    _ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer, _ offset: Int
  ) {
    let word = unsafe source.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
    unsafe target.storeBytes(of: word, toByteOffset: offset, as: UInt64.self)
  }
}
