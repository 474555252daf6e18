/// Bytes that are read piece by piece: a file, standard input, or something in memory. What is packed
/// with gzip is unpacked.
public final class InputFile {
  /// The name for messages.
  public let name: String
  /// How many bytes there are in all, packed where they are; 0 where that is not known before they
  /// have been read.
  public let size: Int
  /// How many have been handed out.
  public private(set) var position = 0
  /// Whether the last piece was a whole one, so that more may follow.
  private(set) var mayHaveMore = true
  private var origin: LineSource.Origin
  private static let chunk = 1 << 20

  /// Opens a file; `-` is standard input.
  public init(_ path: String) throws(StoreError) {
    name = path == "-" ? "<stdin>" : path
    do throws(FileError) {
      let opened = try InputDescriptor(path)
      size = opened.byteCount ?? 0
      origin = .unknown(opened)
    } catch {
      throw StoreError(.cannotOpen, "cannot be opened", path: path, underlying: error.reason)
    }
  }

  /// Bytes in memory under some name.
  public init(name: String, bytes: [UInt8]) {
    self.name = name
    size = bytes.count
    origin =
      GzipReader.isPacked(bytes.span)
      ? .packed(GzipReader(bytes, of: nil, name)) : .memory(bytes[...])
  }

  /// The next piece, about a mebibyte; empty at the end.
  public func next() throws(StoreError) -> [UInt8] {
    let bytes: [UInt8]
    do throws(FileError) { bytes = try read() } catch {
      throw StoreError(.cannotRead, "cannot be read", path: name, underlying: error.reason)
    }
    position += bytes.count
    mayHaveMore = bytes.count == InputFile.chunk
    return bytes
  }

  private func read() throws(FileError) -> [UInt8] {
    switch origin {
    case .memory(let bytes):
      origin = .memory(bytes.dropFirst(InputFile.chunk))
      return Array(bytes.prefix(InputFile.chunk))
    case .file(let file): return try file.read(filling: InputFile.chunk, name)
    case .unknown(let file):
      let head = try file.read(filling: InputFile.chunk, name)
      guard GzipReader.isPacked(head.span) else {
        origin = .file(file)
        return head
      }
      origin = .packed(GzipReader(head, of: file, name))
      return try read()
    case .packed(var reader):
      // Two owners would copy what it has unpacked.
      origin = .memory([])
      let chunk = LineChunk()
      chunk.begin(number: 0)
      try reader.read(InputFile.chunk, into: chunk)
      origin = .packed(reader)
      return chunk.bytes(in: 0..<chunk.count)
    }
  }

  /// What has not been handed out, behind some bytes that have, in chunks of whole lines for several
  /// workers; nothing is handed out here any more.
  func lines(behind rest: ArraySlice<UInt8>, quotedBy separator: [UInt8]?) -> LineSource {
    LineSource(name: name, rest: Array(rest), origin, quotedBy: separator)
  }
}
