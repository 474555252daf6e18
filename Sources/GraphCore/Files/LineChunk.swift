#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Some whole lines of a file.
///
/// Behind the last line stands a line end, whether the file has it or not, and behind that are 64
/// more bytes, so that loops may read a block from anywhere in the text.
@_spi(Columns)
public final class LineChunk {
  private let buffer = Column<UInt8>(minimumCapacity: 1 << 12)
  /// The line end and what may be read behind it.
  private static let slack = 1 + 64
  /// The chunk's place among the chunks of its source.
  package private(set) var number = 0

  package init() {}

  /// The bytes of the lines.
  package var count: Int { buffer.count }

  /// The text without the line end that was added.
  package var bytes: Words<UInt8> { buffer.words }

  /// Whether `TextCheck` finds nothing wrong with the bytes. O(bytes), many of them at a time.
  package var isText: Bool { withBytes(TextCheck.isText) }

  /// Lends the bytes of a text that lies in the chunk.
  @inline(__always)
  package func withBytes<Result>(of text: TextField, _ body: (Span<UInt8>) -> Result) -> Result {
    let words = buffer.words.slice(Int(text.start), Int(text.count))
    return unsafe body(Span(_unsafeStart: UnsafePointer(words.base), count: words.count))
  }

  private func withBytes(_ body: (Span<UInt8>) -> Bool) -> Bool {
    let words = buffer.words
    return unsafe body(Span(_unsafeStart: UnsafePointer(words.base), count: words.count))
  }

  /// Whether the text begins with a byte order mark.
  var hasMark: Bool {
    let words = buffer.words
    return words.count >= 3 && words[0] == 0xEF && words[1] == 0xBB && words[2] == 0xBF
  }

  /// A copy of some of the bytes.
  func bytes(in range: Range<Int>) -> [UInt8] {
    unsafe Array(
      UnsafeBufferPointer(start: buffer.words.base + range.lowerBound, count: range.count))
  }

  func begin(number: Int) {
    self.number = number
    buffer.truncate(to: 0)
    seal()
  }

  func append(_ bytes: Span<UInt8>) {
    buffer.reserve(buffer.count + bytes.count + Self.slack)
    let start = buffer.count
    buffer.grow(by: bytes.count)
    let words = buffer.words
    for index in bytes.indices { words[start &+ index] = bytes[index] }
    seal()
  }

  /// Appends what one read brings; nothing at the end of the file.
  func read(from file: InputDescriptor, atMost count: Int, _ name: String) throws(FileError) {
    if buffer.capacity < buffer.count + count + Self.slack {
      buffer.reserve(max(buffer.count + count + Self.slack, buffer.capacity * 2))
    }
    let start = buffer.count
    buffer.grow(by: count)
    let words = buffer.words
    let got = try unsafe file.read(
      UnsafeMutableRawBufferPointer(start: words.base + start, count: count), name)
    buffer.truncate(to: start + got)
    seal()
  }

  /// Moves what stands from `end` on to `rest`.
  func split(at end: Int, rest: inout [UInt8]) {
    let words = buffer.words
    for index in end..<words.count { rest.append(words[index]) }
    buffer.truncate(to: end)
    seal()
  }

  func copy(to bytes: inout [UInt8]) {
    unsafe bytes.append(
      contentsOf: UnsafeBufferPointer(start: buffer.words.base, count: buffer.count))
  }

  /// Puts a line end behind the text.
  private func seal() {
    buffer.reserve(buffer.count + Self.slack)
    unsafe buffer.words.base[buffer.count] = UInt8(ascii: "\n")
  }
}

/// A file open for reading from its beginning to its end, or standard input.
final class InputDescriptor: Sendable {
  private let descriptor: Int32
  private let isOwned: Bool
  /// The file's size, where it is a file.
  let byteCount: Int?

  init(_ path: String) throws(FileError) {
    isOwned = path != "-"
    if !isOwned {
      descriptor = 0
      byteCount = nil
      return
    }
    descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      byteCount = nil
      throw Files.failure(path)
    }
    var status = stat()
    let isKnown = unsafe fstat(descriptor, &status) == 0
    byteCount = isKnown && status.st_mode & S_IFMT == S_IFREG ? Int(status.st_size) : nil
    if isKnown && status.st_mode & S_IFMT == S_IFDIR {
      throw FileError(path: path, reason: "Is a directory")
    }
  }

  deinit { if isOwned && descriptor >= 0 { close(descriptor) } }

  /// Reads what there is, at most `count` bytes; nothing at the end.
  func read(atMost count: Int, _ path: String) throws(FileError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var problem: FileError?
    let got = unsafe bytes.withUnsafeMutableBytes { buffer in
      do throws(FileError) { return unsafe try read(buffer, path) } catch {
        problem = error
        return 0
      }
    }
    if let problem { throw problem }
    bytes.removeSubrange(got...)
    return bytes
  }

  /// Reads what there is over the bytes from a place on; 0 is the end.
  func read(into bytes: inout [UInt8], from start: Int, _ path: String) throws(FileError) -> Int {
    var problem: FileError?
    let got = unsafe bytes.withUnsafeMutableBytes { buffer in
      do throws(FileError) {
        return unsafe try read(UnsafeMutableRawBufferPointer(rebasing: buffer[start...]), path)
      } catch {
        problem = error
        return 0
      }
    }
    if let problem { throw problem }
    return got
  }

  /// Reads what there is, at most a buffer full; 0 is the end.
  func read(_ buffer: UnsafeMutableRawBufferPointer, _ path: String) throws(FileError) -> Int {
    while true {
      let count = unsafe Descriptor.read(descriptor, buffer)
      if count >= 0 { return count }
      if errno != EINTR { throw Files.failure(path) }
    }
  }

  /// Whether reading would not have to wait.
  var isReady: Bool {
    var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return unsafe poll(&entry, 1, 0) > 0
  }

  /// The next bytes: fewer than `count` at the end only.
  func read(filling count: Int, _ path: String) throws(FileError) -> [UInt8] {
    var code: Int32 = 0
    let result = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      (filled, code) = unsafe Descriptor.fill(
        UnsafeMutableRawBufferPointer(buffer), from: descriptor)
    }
    if code != 0 { throw Files.failure(path, code) }
    return result
  }
}
