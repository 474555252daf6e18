/// Standard input as it comes, for whoever answers while more is still to be written.
package final class LiveInput: Sendable {
  /// The name for messages.
  package static let name = "<stdin>"
  private let file: InputDescriptor
  private static let piece = 1 << 16

  package init() throws(FileError) { file = try InputDescriptor("-") }

  /// What is there by now, at most 64 KiB; waits only where there is nothing yet. Empty at the end.
  package func read() throws(FileError) -> [UInt8] {
    try file.read(atMost: Self.piece, Self.name)
  }

  /// Whether `read` would return at once.
  package var isReady: Bool { file.isReady }
}
