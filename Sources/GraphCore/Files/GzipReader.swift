/// Unpacks a gzip file (RFC 1952) piece by piece while it is read.
///
/// Several packed files behind one another are one text, as `cat a.gz b.gz` makes them. Length and
/// checksum of each are compared; whatever is wrong is a `FileError`. Some 200 MB of text a second.
struct GzipReader {
  /// Whether a file that begins so is packed.
  static func isPacked(_ head: Span<UInt8>) -> Bool {
    head.count >= 2 && head[0] == 0x1F && head[1] == 0x8B
  }

  private var inflater: Inflater
  private let name: String
  /// The last 32 KiB that were handed out, to which what follows may refer, and what is to come.
  private var text: [UInt8] = []
  private var handedOut = 0
  /// Where the text of the present member begins; before that nothing may be referred to.
  private var memberStart = 0
  private var checksum = GzipChecksum()
  private var isInMember = false
  private var isAtEnd = false

  private static let window = 1 << 15

  /// Unpacks the bytes of `head` and what the file, if there is one, has behind them.
  init(_ head: [UInt8], of file: InputDescriptor?, _ name: String) {
    inflater = Inflater(PackedBits(head, of: file, name))
    self.name = name
  }

  /// Appends `count` bytes of text to a chunk; fewer at the end only.
  mutating func read(_ count: Int, into chunk: LineChunk) throws(FileError) {
    if text.count - handedOut < count { try unpack(count) }
    let end = min(handedOut + count, text.count)
    chunk.append(text.span.extracting(handedOut..<end))
    handedOut = end
  }

  /// Unpacks until `count` bytes wait to be handed out, or all do.
  private mutating func unpack(_ count: Int) throws(FileError) {
    let unneeded = max(0, handedOut - Self.window)
    text.removeSubrange(0..<unneeded)
    handedOut -= unneeded
    memberStart = max(0, memberStart - unneeded)
    while !isAtEnd, text.count - handedOut < count {
      if !isInMember {
        guard try beginMember() else { break }
      }
      let known = text.count
      let isComplete = try inflater.unpack(
        to: &text, upTo: handedOut + count, notBefore: memberStart)
      var checksum = checksum
      checksum.add(text.span.extracting(known..<text.count))
      self.checksum = checksum
      if isComplete { try endMember() }
    }
  }

  /// Reads the header of a member; false at the end of the file.
  private mutating func beginMember() throws(FileError) -> Bool {
    guard let first = try inflater.bits.byteOrEnd() else {
      isAtEnd = true
      return false
    }
    guard first == 0x1F, try inflater.bits.byte() == 0x8B, try inflater.bits.byte() == 8 else {
      throw inflater.bits.damaged("something else follows the packed text")
    }
    let flags = try inflater.bits.byte()
    // Time, compression and system say nothing about the text.
    for _ in 0..<6 { _ = try inflater.bits.byte() }
    if flags & 4 != 0 {
      for _ in 0..<(try inflater.bits.integer(bytes: 2)) { _ = try inflater.bits.byte() }
    }
    // A name and a comment.
    for flag in [8, 16] as [UInt8] where flags & flag != 0 {
      while try inflater.bits.byte() != 0 {}
    }
    if flags & 2 != 0 { _ = try inflater.bits.integer(bytes: 2) }
    isInMember = true
    memberStart = text.count
    checksum = GzipChecksum()
    return true
  }

  private mutating func endMember() throws(FileError) {
    inflater.bits.skipToByte()
    let sum = try inflater.bits.integer(bytes: 4)
    let length = try inflater.bits.integer(bytes: 4)
    guard sum == Int(checksum.value), length == checksum.count & 0xFFFF_FFFF else {
      throw inflater.bits.damaged("its checksum does not fit")
    }
    isInMember = false
  }
}

/// The CRC-32 of some bytes, and how many they are.
struct GzipChecksum {
  private var state: UInt32 = 0xFFFF_FFFF
  private(set) var count = 0
  var value: UInt32 { ~state }

  /// For each byte and each distance from the end of a word of eight what it adds.
  private static let table: [UInt32] = {
    var table = (0..<256).map { (byte: UInt32) in
      (0..<8).reduce(byte) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ value >> 1 : value >> 1 }
    }
    for index in 256..<(8 * 256) {
      let before = table[index - 256]
      table.append(before >> 8 ^ table[Int(before & 0xFF)])
    }
    return table
  }()

  mutating func add(_ bytes: Span<UInt8>) {
    let table = Self.table.span
    var state = state
    var place = 0
    while place &+ 8 <= bytes.count {
      var sum: UInt32 = 0
      for offset in 0..<8 {
        let byte = bytes[place &+ offset]
        let mixed =
          offset < 4 ? byte ^ UInt8(truncatingIfNeeded: state >> UInt32(8 &* offset)) : byte
        sum ^= table[(7 &- offset) &* 256 &+ Int(mixed)]
      }
      state = sum
      place &+= 8
    }
    while place < bytes.count {
      state = table[Int(UInt8(truncatingIfNeeded: state) ^ bytes[place])] ^ state >> 8
      place &+= 1
    }
    self.state = state
    count += bytes.count
  }
}
