/// The end of a text that is being unpacked: what has not been handed out, and before that what later
/// parts may refer to.
///
/// What is appended has room where `reserve` was asked for it, and in the slack of `InflateLoop` behind that.
struct UnpackedText {
  /// The text, and behind it room for what `InflateLoop` writes at once.
  private var bytes: [UInt8] = []
  /// How much there is, and how much of it was handed out.
  private(set) var count = 0
  private var handedOut = 0
  /// Where the text of the present member begins; before that nothing may be referred to.
  private var memberStart = 0
  /// What deflate refers to lies at most so many bytes back.
  private static let window = 1 << 15

  /// How many bytes wait to be handed out.
  var waiting: Int { count - handedOut }

  mutating func beginMember() { memberStart = count }

  /// Makes room for `more` bytes to be handed out, and returns which count they end at.
  mutating func reserve(_ more: Int) -> Int {
    let needed = more + InflateLoop.textSlack
    if handedOut + needed > bytes.count {
      let unneeded = max(0, handedOut - Self.window)
      let kept = unneeded..<count
      if bytes.count < 2 * Self.window + needed {
        var larger = [UInt8](repeating: 0, count: 4 * Self.window + needed)
        unsafe larger.withUnsafeMutableBytes { larger in
          unsafe bytes.withUnsafeBytes {
            unsafe larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[kept]))
          }
        }
        bytes = larger
      } else {
        unsafe bytes.withUnsafeMutableBytes {
          unsafe $0.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[kept]))
        }
      }
      handedOut -= unneeded
      count -= unneeded
      memberStart = max(0, memberStart - unneeded)
    }
    return handedOut + more
  }

  /// Appends what waits to a chunk, `more` bytes at most.
  mutating func handOut(_ more: Int, to chunk: LineChunk) {
    let end = min(handedOut + more, count)
    chunk.append(bytes.span.extracting(handedOut..<end))
    handedOut = end
  }

  /// Adds what stands from a place on to a checksum.
  func add(from start: Int, to checksum: inout GzipChecksum) {
    checksum.add(bytes.span.extracting(start..<count))
  }

  mutating func append(_ byte: UInt8) {
    bytes[count] = byte
    count += 1
  }

  mutating func append(_ more: Span<UInt8>) {
    for index in more.indices { bytes[count &+ index] = more[index] }
    count += more.count
  }

  /// Appends what stands some bytes back, which may be what the copy itself has made; false where there is
  /// nothing.
  mutating func copy(_ length: Int, distance: Int) -> Bool {
    guard distance <= count - memberStart else { return false }
    for index in count..<(count + length) { bytes[index] = bytes[index - distance] }
    count += length
    return true
  }

  /// Lets `InflateLoop` append what symbols of a block mean, until the text has `target` bytes or more; the
  /// packed bytes are the first `packedCount`.
  ///
  /// - Returns: whether the block is complete.
  mutating func unpack(
    _ state: inout InflateLoop.State, _ packed: [UInt8], _ packedCount: Int, _ codes: InflateCodes,
    upTo target: Int
  ) -> Bool {
    state.count = count
    let start = memberStart
    let isComplete = unsafe packed.withUnsafeBufferPointer { packed in
      unsafe bytes.withUnsafeMutableBufferPointer { bytes in
        unsafe InflateLoop.run(
          &state, UnsafeBufferPointer(rebasing: packed[..<packedCount]), to: bytes, upTo: target,
          notBefore: start, codes.literalTable, codes.distanceTable)
      }
    }
    count = state.count
    return isComplete
  }
}
