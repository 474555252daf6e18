/// Bytes that are read piece by piece: a file, or something in memory.
public final class InputFile {
  /// The name for messages.
  public let name: String
  /// How many bytes there are in all.
  public let size: Int
  /// How many have been handed out.
  public private(set) var position = 0
  private let file: (any StorageFile)?
  private let memory: [UInt8]
  private static let chunk = 1 << 20

  /// Opens a file.
  public init(_ path: String) throws(StoreError) {
    name = path
    let opened = try PosixFileSystem().open(path, .read)
    size = try opened.size()
    file = opened
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
      bytes = try file.read(at: position, count: InputFile.chunk)
    } else {
      bytes = Array(memory[position..<min(memory.count, position + InputFile.chunk)])
    }
    position += bytes.count
    return bytes
  }

  deinit { file?.close() }
}
