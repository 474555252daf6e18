/// What the index of a dictionary keeps of a text: a short text is there as a whole, a longer one by its
/// hash and length.
///
/// ```
///            content                       tag
///  short     bytes 0 to 7                  bytes 8 to 10 │ length + 1
///  longer    hash                          0             │ length + 1, 255 at most
/// ```
///
/// The first byte is the lowest one. No tag is 0: that is a slot's that is free. Keys of short texts are equal if and only if the texts are; keys of
/// longer ones are equal if the texts are.
struct TextKey: BitwiseCopyable, Equatable {
  /// The longest text that is in its key.
  static let longestShort = 11

  /// The key of the empty text.
  static let empty = short(0, 0, 0)

  let content: UInt64
  let tag: UInt32

  @inline(__always)
  private init(content: UInt64, tag: UInt32) {
    self.content = content
    self.tag = tag
  }

  /// The key that begins a slot; see `TermIndex`.
  @inline(__always)
  init(_ slot: TermIndex.Slot) {
    tag = slot.tag
    content = Self.isShort(tag) ? slot.content : slot.content & 0xFFFF_FFFF
  }

  /// The key of a text; nothing behind it is read. O(length).
  init(_ bytes: UnsafeBufferPointer<UInt8>) {
    let count = bytes.count
    if count > Self.longestShort {
      self = unsafe Self.longer(bytes)
    } else if let base = bytes.baseAddress {
      let (low, high) = unsafe ByteHash.words(UnsafeRawPointer(base), count)
      self = Self.short(low, high, count)
    } else {
      self = Self.empty
    }
  }

  /// The key of a text from whose beginning on sixteen bytes can be read. O(length).
  @inline(__always)
  init(readable text: UnsafePointer<UInt8>, count: Int) {
    if count <= Self.longestShort {
      let words = unsafe ShortText(UnsafeRawPointer(text), count: count)
      self = Self.short(words.low, words.high, count)
    } else {
      self = unsafe Self.longer(UnsafeBufferPointer(start: text, count: count))
    }
  }

  @inline(__always)
  private static func short(_ low: UInt64, _ high: UInt64, _ count: Int) -> TextKey {
    TextKey(
      content: low,
      tag: UInt32(truncatingIfNeeded: high | UInt64(truncatingIfNeeded: count &+ 1) << 24))
  }

  @inline(__always)
  private static func longer(_ bytes: UnsafeBufferPointer<UInt8>) -> TextKey {
    TextKey(
      content: UInt64(unsafe ByteHash.hash(bytes)),
      tag: UInt32(truncatingIfNeeded: min(bytes.count &+ 1, 255)) << 24)
  }

  /// Whether the text is in the key.
  @inline(__always)
  var isShort: Bool { Self.isShort(tag) }

  @inline(__always)
  private static func isShort(_ tag: UInt32) -> Bool { tag >> 24 <= UInt32(longestShort) + 1 }

  @inline(__always)
  var hash: UInt32 {
    isShort ? ByteHash.hash(content, tag) : UInt32(truncatingIfNeeded: content)
  }
}
