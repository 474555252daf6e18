/// Bytes that are read piece by piece: a file, standard input, or something in memory.
public final class InputFile {
  /// The name for messages.
  public let name: String
  /// How many bytes there are in all; 0 where that is not known before they have been read.
  public let size: Int
  /// How many have been handed out.
  public private(set) var position = 0
  /// Whether the last piece was a whole one, so that more may follow.
  private(set) var mayHaveMore = true
  private let file: InputDescriptor?
  private let memory: [UInt8]
  private static let chunk = 1 << 20

  /// Opens a file; `-` is standard input.
  public init(_ path: String) throws(StoreError) {
    name = path == "-" ? "<stdin>" : path
    do throws(FileError) {
      let opened = try InputDescriptor(path)
      size = opened.byteCount ?? 0
      file = opened
    } catch {
      throw StoreError(.cannotOpen, "cannot be opened", path: path, underlying: error.reason)
    }
    memory = []
  }

  /// Bytes in memory under some name.
  public init(name: String, bytes: [UInt8]) {
    self.name = name
    size = bytes.count
    file = nil
    memory = bytes
  }

  /// The next piece, about a mebibyte; empty at the end.
  public func next() throws(StoreError) -> [UInt8] {
    let bytes: [UInt8]
    if let file {
      do throws(FileError) { bytes = try file.read(filling: InputFile.chunk, name) } catch {
        throw StoreError(.cannotRead, "cannot be read", path: name, underlying: error.reason)
      }
    } else {
      bytes = Array(memory[position..<min(memory.count, position + InputFile.chunk)])
    }
    position += bytes.count
    mayHaveMore = bytes.count == InputFile.chunk
    return bytes
  }

  /// What has not been handed out, behind some bytes that have, in chunks of whole lines for several
  /// workers; nothing is handed out here any more.
  func lines(behind rest: ArraySlice<UInt8>, isQuoted: Bool) -> LineSource {
    if let file { return LineSource(name: name, rest: rest, file, isQuoted: isQuoted) }
    let bytes = Array(rest) + memory[position...]
    position = memory.count
    return LineSource(name: name, bytes: bytes, isQuoted: isQuoted)
  }
}
