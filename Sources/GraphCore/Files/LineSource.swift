import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A file, standard input or bytes in memory, handed out in chunks of whole lines, or of whole rows where they hold an array of
/// JSON. What is packed with gzip is unpacked.
///
/// Several workers may ask for chunks at the same time; a chunk's number tells its place. Where the
/// chunks end depends on the bytes alone, never on who asks or on how much a read happens to bring.
package final class LineSource: Sendable {
  /// The name for messages.
  package let name: String
  /// How many bytes there are, where that is known.
  package let byteCount: Int?
  /// Where fields may stand in quotes, what separates them: line ends in quotes belong to the text.
  private let quotedBy: [UInt8]?
  /// Whether the rows are the elements of an array of JSON.
  private let isJSON: Bool
  private let chunkSize: Int
  private let state: Mutex<State>

  /// Small enough for a chunk and what is made of it to stay in a core's own cache.
  package static let defaultChunkSize = 1 << 16
  /// Places in a chunk are 32-bit numbers.
  static let longestLine = 1 << 31

  private struct State {
    var origin: Origin
    /// What was read behind the last line end: the beginning of the next chunk.
    var rest: [UInt8] = []
    var nextNumber = 0
  }

  /// Opens a file; `-` is standard input.
  package init(
    path: String, quotedBy: [UInt8]? = nil, isJSON: Bool = false,
    chunkSize: Int = LineSource.defaultChunkSize
  ) throws(FileError) {
    self.quotedBy = quotedBy
    self.isJSON = isJSON
    self.chunkSize = chunkSize
    name = path == "-" ? "<stdin>" : path
    let file = try InputDescriptor(path)
    byteCount = file.byteCount
    state = Mutex(State(origin: .unknown(file)))
  }

  /// Some bytes that have been read, and what is behind them.
  init(
    name: String, rest: [UInt8], _ origin: Origin, quotedBy: [UInt8]?,
    chunkSize: Int = LineSource.defaultChunkSize
  ) {
    self.name = name
    self.quotedBy = quotedBy
    isJSON = false
    self.chunkSize = chunkSize
    byteCount = nil
    state = Mutex(State(origin: origin, rest: rest))
  }

  /// Bytes in memory under some name.
  package init(
    name: String, bytes: [UInt8], quotedBy: [UInt8]? = nil, isJSON: Bool = false,
    chunkSize: Int = LineSource.defaultChunkSize
  ) {
    self.name = name
    self.quotedBy = quotedBy
    self.isJSON = isJSON
    self.chunkSize = chunkSize
    byteCount = bytes.count
    state = Mutex(
      State(
        origin: GzipReader.isPacked(bytes.span)
          ? .packed(GzipReader(bytes, of: nil, name)) : .memory(bytes[...])))
  }

  /// Fills a chunk with the next lines; false when there are none left. O(bytes of the chunk),
  /// which is as long as its longest line at least.
  ///
  /// - Throws: where the source cannot be read, its packed bytes are damaged, or a line is longer
  ///   than 2 GiB.
  package func next(into chunk: LineChunk) throws(FileError) -> Bool {
    try state.withLock { (state) throws(FileError) in
      chunk.begin(number: state.nextNumber)
      chunk.append(state.rest.span)
      state.rest.removeAll(keepingCapacity: true)
      // Chunks behind the first one begin in the array.
      var ends = RowEnds(
        quotedBy: quotedBy, json: isJSON ? JSONRowEnds(isInside: state.nextNumber > 0) : nil)
      var isAtEnd = false
      while ends.last == 0, !isAtEnd {
        guard chunk.count < Self.longestLine else {
          throw FileError(path: name, reason: "a line is longer than 2 GiB")
        }
        let known = chunk.count
        try state.origin.append(chunkSize, to: chunk, name)
        isAtEnd = chunk.count - known < chunkSize
        ends.look(at: chunk.bytes)
      }
      if chunk.count == 0 { return false }
      // At the end of the file what is behind the last line end is a line too.
      if !isAtEnd { chunk.split(at: ends.last, rest: &state.rest) }
      state.nextNumber += 1
      return true
    }
  }

  /// All that has not been handed out. O(bytes).
  package func all() throws(FileError) -> [UInt8] {
    var bytes: [UInt8] = []
    let chunk = LineChunk()
    while try next(into: chunk) { chunk.copy(to: &bytes) }
    return bytes
  }

  /// What the bytes come from.
  enum Origin {
    /// A file of which nothing was read.
    case unknown(InputDescriptor)
    case file(InputDescriptor)
    case packed(GzipReader)
    case memory(ArraySlice<UInt8>)

    /// Appends `count` bytes; fewer at the end only.
    mutating func append(_ count: Int, to chunk: LineChunk, _ name: String) throws(FileError) {
      switch self {
      case .memory(let bytes):
        let piece = bytes.prefix(count)
        chunk.append(piece.span)
        self = .memory(bytes.dropFirst(count))
      case .unknown(let file):
        var head: [UInt8] = []
        while head.count < 2 {
          let more = try file.read(atMost: 2 - head.count, name)
          if more.isEmpty { break }
          head += more
        }
        if GzipReader.isPacked(head.span) {
          self = .packed(GzipReader(head, of: file, name))
          try append(count, to: chunk, name)
        } else {
          self = .file(file)
          chunk.append(head.span)
          try append(max(0, count - head.count), to: chunk, name)
        }
      case .packed(var reader):
        defer { self = .packed(reader) }
        self = .memory([])
        try reader.read(count, into: chunk)
      case .file(let file):
        let end = chunk.count + count
        while chunk.count < end {
          let before = chunk.count
          try chunk.read(from: file, atMost: end - before, name)
          if chunk.count == before { return }
        }
      }
    }
  }
}

/// Finds the last end of a row in a text that comes in pieces.
private struct RowEnds {
  /// The place behind the last end so far, 0 where there is none.
  private(set) var last = 0
  private var position = 0
  private let separator: [UInt8]?
  private var quotes: QuotedRows
  private var json: JSONRowEnds?

  init(quotedBy separator: [UInt8]?, json: JSONRowEnds?) {
    self.separator = separator
    self.json = json
    quotes = QuotedRows(separator: separator ?? [])
  }

  private var hasQuotes: Bool { separator != nil }

  /// Looks at what was added to the text since the last call; 64 bytes must be readable behind it.
  mutating func look(at bytes: Words<UInt8>) {
    if var json {
      json.look(at: bytes)
      last = json.last
      self.json = json
      return
    }
    if position == 0, let end = lastEnd(in: bytes) {
      (last, position) = (end, bytes.count)
      return
    }
    // Most pieces hold no quote, which many bytes at a time tell.
    if !hasQuotes || !quotes.isInside && !holdsQuotes(bytes) {
      var place = bytes.count
      while place > position {
        if bytes[place &- 1] == UInt8(ascii: "\n") {
          last = place
          break
        }
        place &-= 1
      }
      position = bytes.count
      return
    }
    while position < bytes.count {
      if quotes.endsRow(at: position, in: bytes) { last = position &+ 1 }
      position &+= 1
    }
  }

  /// The place behind the last end of a row, where quotation marks are as in most texts and there is one.
  private func lastEnd(in bytes: Words<UInt8>) -> Int? {
    guard let separator, separator.count == 1 else { return nil }
    let marks = Column<UInt64>(repeating: 0, count: bytes.count / 64 + 1)
    defer { keepAlive(marks) }
    let inside = marks.words
    guard
      QuoteScan.mark(bytes, count: bytes.count, separator: separator[0], inside: inside).isRegular
    else { return nil }
    var place = bytes.count
    while place > 0 {
      place &-= 1
      let isInside = inside[place &>> 6] &>> UInt64(place & 63) & 1 == 1
      if bytes[place] == UInt8(ascii: "\n"), !isInside { return place &+ 1 }
    }
    return nil
  }

  private func holdsQuotes(_ bytes: Words<UInt8>) -> Bool {
    var found: UInt8 = 0
    for place in position..<bytes.count { found |= bytes[place] == UInt8(ascii: "\"") ? 1 : 0 }
    return found != 0
  }
}
