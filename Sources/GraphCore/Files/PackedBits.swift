/// The bits of packed bytes, and of the file they are the beginning of; the lowest of each byte first.
struct PackedBits {
  private let file: InputDescriptor?
  private let name: String
  private var bytes: [UInt8]
  /// The bytes that are read next, and those that were read from the file.
  private var place = 0
  private var byteCount: Int
  private var isAtEnd: Bool
  private var waiting: UInt64 = 0
  private var waitingCount = 0

  /// How many bytes are read from a file at once.
  private static let pieceSize = 1 << 16

  init(_ head: [UInt8], of file: InputDescriptor?, _ name: String) {
    bytes = head
    byteCount = head.count
    isAtEnd = file == nil
    self.file = file
    self.name = name
  }

  func damaged(_ what: String) -> FileError {
    FileError(path: name, reason: "its gzip data is damaged: \(what)")
  }

  var damagedCode: FileError { damaged("a code is none") }

  /// Reads more of the file behind the bytes that have not been used.
  private mutating func readMore() throws(FileError) {
    guard let file, !isAtEnd else { return }
    // Fewer than `InflateLoop` needs, or the bytes that the file was known by.
    let unread = Array(bytes[place..<byteCount])
    if bytes.count < unread.count + Self.pieceSize {
      bytes = [UInt8](repeating: 0, count: unread.count + Self.pieceSize)
    }
    for (index, byte) in unread.enumerated() { bytes[index] = byte }
    place = 0
    byteCount = unread.count
    let got = try file.read(into: &bytes, from: byteCount, name)
    byteCount += got
    isAtEnd = got == 0
  }

  /// Makes at least 49 bits wait, or all there are.
  private mutating func fill() throws(FileError) {
    while waitingCount <= 48 {
      if place == byteCount {
        try readMore()
        if isAtEnd { return }
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
    if waitingCount < HuffmanCode.longestLength { try fill() }
    guard let (symbol, length) = code.symbol(beginning: waiting) else {
      throw waitingCount == 0 ? damaged("it ends too early") : damagedCode
    }
    try drop(length)
    return symbol
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

  // MARK: Many at a time

  /// Appends bytes that begin where a byte does to a text: at least one, at most `count`.
  mutating func copy(_ count: Int, to text: inout UnpackedText) throws(FileError) -> Int {
    if waitingCount > 0 {
      text.append(try byte())
      return 1
    }
    if place == byteCount { try readMore() }
    let copied = min(count, byteCount - place)
    guard copied > 0 else { throw damaged("it ends too early") }
    text.append(bytes.span.extracting(place..<(place + copied)))
    place += copied
    return copied
  }

  /// Reads symbols of a block as `InflateLoop` does: fewer than there are, or none.
  ///
  /// - Returns: whether the block is complete.
  mutating func unpack(
    _ codes: InflateCodes, to text: inout UnpackedText, upTo count: Int
  ) throws(FileError) -> Bool {
    if byteCount - place < InflateLoop.inputSlack, !isAtEnd { try readMore() }
    var state = InflateLoop.State(
      place: place, waiting: waiting, waitingCount: waitingCount, count: text.count)
    let isComplete = text.unpack(&state, bytes, byteCount, codes, upTo: count)
    (place, waiting, waitingCount) = (state.place, state.waiting, state.waitingCount)
    return isComplete
  }
}
