import GraphCore

/// A script that comes piece by piece, in whole lines, each read when it is there.
///
/// What is read is `bytes`, from the beginning of the line on which the first statement begins that has
/// not been carried out; `start` is where in that line.
struct ScriptInput {
  /// Hands out what there is, waiting where there is nothing; nothing at the end.
  private let read: () throws(FileError) -> [UInt8]
  /// Whether `read` would return at once.
  private let isReady: () -> Bool
  private var bytes: [UInt8] = []
  private var start = 0
  private var firstLine = 1
  /// What was read behind the last line end.
  private var rest: [UInt8] = []
  private var isAtEnd = false
  /// Places in a text are 32-bit numbers.
  private static let longest = Int(UInt32.max)

  init(read: @escaping () throws(FileError) -> [UInt8], isReady: @escaping () -> Bool) {
    self.read = read
    self.isReady = isReady
  }

  /// Waits for more and hands out all that is there and was not carried out; nothing at the end.
  mutating func scanner() throws(FileError) -> ScriptScanner? {
    guard !isAtEnd else { return nil }
    let known = bytes.count
    bytes += rest
    rest = []
    var lineEnd = known
    // A statement without an end is looked at from its beginning each time more comes, so more is as
    // much again, or all that there is.
    while !isAtEnd, lineEnd == known || isReady() && bytes.count < 2 * known {
      let piece = try read()
      isAtEnd = piece.isEmpty
      if let last = piece.lastIndex(of: UInt8(ascii: "\n")) { lineEnd = bytes.count + last + 1 }
      bytes += piece
      guard bytes.count < Self.longest else {
        throw FileError(path: LiveInput.name, reason: "a statement is larger than 4 GiB")
      }
    }
    if !isAtEnd {
      rest = Array(bytes[lineEnd...])
      bytes.removeSubrange(lineEnd...)
    }
    let text = SourceText(name: LiveInput.name, bytes: bytes, firstLine: firstLine)
    return ScriptScanner(text, from: start, mayGoOn: !isAtEnd)
  }

  /// Forgets what lies before a place in what was handed out, to the beginning of its line.
  mutating func advance(to offset: Int) {
    let line = bytes[..<offset].lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    firstLine += bytes[..<line].count { $0 == UInt8(ascii: "\n") }
    bytes.removeSubrange(..<line)
    start = offset - line
  }
}
