/// Tells whether bytes are UTF-8 without NUL, sixteen at a time.
///
/// A byte must continue a character if the one before it leads at least two bytes, the one before that three, or the
/// one before that four, and may not otherwise; so all sixteen bytes of a block are looked at beside those one, two and three
/// places before them (in the manner of Keiser and Lemire, "Validating UTF-8 in less than one instruction per byte",
/// Software: Practice and Experience 51, 2021, but by comparisons in place of tables). What may be written too long or too high
/// depends on a lead and on the byte behind it. Such leads (E0, ED and F0 to FF) are rare in most texts and only noted.
enum TextScan {
  enum Verdict {
    case text
    case noText
    /// There are leads after which only some bytes are right; all else is.
    case undecided
  }

  private typealias Block = SIMD16<UInt8>
  private typealias Marks = SIMDMask<SIMD16<Int8>>

  private static let width = 16

  /// What the bytes are. O(bytes).
  static func verdict(on bytes: Span<UInt8>) -> Verdict {
    let whole = unsafe bytes.bytes
    var (wrong, rare) = (Marks(repeating: false), Marks(repeating: false))
    var place = 0
    while place < bytes.count {
      if place == 0 || place &+ width > bytes.count {
        markEdge(bytes, place, &wrong, &rare)
      } else {
        let block = load(whole, place)
        let before = unsafe whole.unsafeLoadUnaligned(
          fromUncheckedByteOffset: place &- 4, as: UInt32.self)
        // Nothing is asked of ASCII behind ASCII. NUL less one has the highest bit, too.
        if hasTops(block | (block &- all(1))) || before & 0x8080_8080 != 0 {
          mark(whole, place, &wrong, &rare)
        }
      }
      place &+= width
    }
    // A character that the end cuts off wants bytes behind it.
    markEdge(bytes, place, &wrong, &rare)
    if isAny(wrong) { return .noText }
    return isAny(rare) ? .undecided : .text
  }

  /// Marks a block that begins or ends the text, or stands behind it, as if there were spaces on both sides.
  @inline(never)
  private static func markEdge(
    _ bytes: Span<UInt8>, _ place: Int, _ wrong: inout Marks, _ rare: inout Marks
  ) {
    var edge = InlineArray<24, UInt8>(repeating: UInt8(ascii: " "))
    for offset in 0..<edge.count {
      let source = place &+ offset &- 4
      if source >= 0, source < bytes.count { edge[offset] = bytes[source] }
    }
    unsafe mark(edge.span.bytes, 4, &wrong, &rare)
  }

  /// Marks what is wrong with the block at a place, by the bytes one, two and three before each of its own, and its rare leads.
  @inline(__always)
  private static func mark(
    _ bytes: RawSpan, _ place: Int, _ wrong: inout Marks, _ rare: inout Marks
  ) {
    let (block, first) = (load(bytes, place), load(bytes, place &- 1))
    let (second, third) = (load(bytes, place &- 2), load(bytes, place &- 3))
    let mustFollow = (first .>= all(0xC0)) .| (second .>= all(0xE0)) .| (third .>= all(0xF0))
    let follows = (block & all(0xC0)) .== all(0x80)
    let isOdd = ((block & all(0xFE)) .== all(0xC0)) .| (block .== all(0))
    wrong = wrong .| (mustFollow .^ follows) .| isOdd
    rare = rare .| (block .== all(0xE0)) .| (block .== all(0xED)) .| (block .>= all(0xF0))
  }

  // MARK: Blocks

  @inline(__always)
  private static func load(_ bytes: RawSpan, _ place: Int) -> Block {
    assert(place >= 0 && place + width <= bytes.byteCount)
    return unsafe bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: place, as: Block.self)
  }

  @inline(__always)
  private static func all(_ byte: UInt8) -> Block { Block(repeating: byte) }

  /// Whether a byte has its highest bit.
  @inline(__always)
  private static func hasTops(_ block: Block) -> Bool {
    let words = unsafe unsafeBitCast(block, to: SIMD2<UInt64>.self)
    return (words.x | words.y) & 0x8080_8080_8080_8080 != 0
  }

  private static func isAny(_ marks: Marks) -> Bool {
    hasTops(Block(repeating: 0).replacing(with: all(0x80), where: marks))
  }
}

extension TextCheck {
  /// Whether the bytes are a text. O(bytes).
  package static func isText(_ bytes: Span<UInt8>) -> Bool { problem(of: bytes) == nil }

  /// Why the bytes are no text; `nil` where they are one. O(bytes), most of it many bytes at a time.
  static func problem(of bytes: Span<UInt8>) -> String? {
    if TextScan.verdict(on: bytes) == .text { return nil }
    var zeros: UInt8 = 0
    for index in 0..<bytes.count { zeros |= bytes[index] == 0 ? 1 : 0 }
    if zeros != 0 { return hasNUL }
    do {
      _ = try UTF8Span(validating: bytes)
      return nil
    } catch { return noUTF8 }
  }
}
