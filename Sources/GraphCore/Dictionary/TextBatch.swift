/// Texts that are put together part by part, one behind the other, for a dictionary that takes them all at once: what
/// it reads of its index is asked for in groups then (see `TermDictionary.find`).
///
/// ```swift
/// batch.append(given)
/// batch.append(family)
/// batch.finishText()
/// dictionary.intern(batch.fields.words, in: batch.bytes)
/// ```
@_spi(Columns)
public final class TextBatch {
  /// What must be readable from the beginning of a text on.
  private static let slack = 16

  /// The finished texts.
  public let fields = Column<TextField>()
  private var buffer = Column<UInt8>()
  /// A longer buffer is not kept for the next texts.
  private static let mostKept = 1 << 20
  /// Where the text at hand begins.
  private var start = 0

  public init() {}

  /// The bytes of all parts so far; less than 4 GiB.
  public var byteCount: Int { buffer.count }

  /// The bytes of the text at hand.
  public var textByteCount: Int { buffer.count - start }

  /// The bytes that the fields lie in; valid until the next part.
  public var bytes: Words<UInt8> {
    buffer.reserve(buffer.count + Self.slack)
    return buffer.words
  }

  /// Forgets the texts and keeps the room that they took.
  public func removeAll() {
    fields.truncate(to: 0)
    if buffer.capacity > Self.mostKept { buffer = Column() } else { buffer.truncate(to: 0) }
    start = 0
  }

  /// Appends a part to the text at hand. O(length).
  public func append(_ part: TextView) {
    let buffer = buffer
    let end = buffer.count
    // Sixteen bytes can be read from any text, and are copied at once.
    buffer.grow(by: max(part.count, Self.slack))
    let target = unsafe UnsafeMutableRawPointer(buffer.words.base + end)
    if part.count <= Self.slack {
      unsafe target.storeBytes(
        of: UnsafeRawPointer(part.base).loadUnaligned(as: SIMD16<UInt8>.self),
        as: SIMD16<UInt8>.self)
    } else {
      unsafe target.copyMemory(from: part.base, byteCount: part.count)
    }
    buffer.truncate(to: end + part.count)
  }

  /// Appends a part to the text at hand. O(length).
  public func append(_ part: Span<UInt8>) {
    let buffer = buffer
    let end = buffer.count
    buffer.grow(by: part.count)
    unsafe part.withUnsafeBufferPointer { source in
      guard let base = source.baseAddress else { return }
      unsafe UnsafeMutableRawPointer(buffer.words.base + end).copyMemory(
        from: base, byteCount: source.count)
    }
  }

  /// Ends the text at hand; the next part begins another one.
  public func finishText() {
    fields.append(
      TextField(
        start: UInt32(truncatingIfNeeded: start),
        count: UInt32(truncatingIfNeeded: buffer.count - start)))
    start = buffer.count
  }
}
