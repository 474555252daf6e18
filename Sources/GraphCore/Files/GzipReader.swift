/// Unpacks a gzip file (RFC 1952) piece by piece while it is read.
///
/// Several packed files behind one another are one text, as `cat a.gz b.gz` makes them. Length and
/// checksum of each are compared; whatever is wrong is a `FileError`. Some 300 to 700 MB of text a second.
struct GzipReader {
  /// Whether a file that begins so is packed.
  static func isPacked(_ head: Span<UInt8>) -> Bool {
    head.count >= 2 && head[0] == 0x1F && head[1] == 0x8B
  }

  private var inflater: Inflater
  private let name: String
  private var text = UnpackedText()
  private var checksum = GzipChecksum()
  private var isInMember = false
  private var isAtEnd = false

  /// Unpacks the bytes of `head` and what the file, if there is one, has behind them.
  init(_ head: [UInt8], of file: InputDescriptor?, _ name: String) {
    inflater = Inflater(PackedBits(head, of: file, name))
    self.name = name
  }

  /// Appends `count` bytes of text to a chunk; fewer at the end only.
  mutating func read(_ count: Int, into chunk: LineChunk) throws(FileError) {
    if text.waiting < count { try unpack(count) }
    text.handOut(count, to: chunk)
  }

  /// Unpacks until `count` bytes wait to be handed out, or all do.
  private mutating func unpack(_ count: Int) throws(FileError) {
    let end = text.reserve(count)
    while !isAtEnd, text.count < end {
      if !isInMember {
        guard try beginMember() else { break }
      }
      let known = text.count
      let isComplete = try inflater.unpack(to: &text, upTo: end)
      text.add(from: known, to: &checksum)
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
    text.beginMember()
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
