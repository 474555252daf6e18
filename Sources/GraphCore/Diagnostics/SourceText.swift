import Synchronization

/// Names one text of a `SourceMap`. Ids are dense and given in the order of registration.
public struct SourceID: Hashable, Sendable, Comparable {
  public let index: UInt32

  public init(index: UInt32) { self.index = index }

  public static func < (a: SourceID, b: SourceID) -> Bool { a.index < b.index }
}

/// A half-open range of bytes in one source text, `lower..<upper`. It may be empty: a place between
/// two bytes.
public struct SourceSpan: Hashable, Sendable {
  public var source: SourceID
  public var lower: UInt32
  public var upper: UInt32

  public init(source: SourceID, lower: UInt32, upper: UInt32) {
    self.source = source
    self.lower = lower
    self.upper = max(lower, upper)
  }

  /// The smallest span that covers this one and `other`, which must lie in the same text.
  public func through(_ other: SourceSpan) -> SourceSpan {
    SourceSpan(
      source: source, lower: min(lower, other.lower), upper: max(upper, other.upper))
  }
}

/// A place as people count it: both numbers start at 1, the column counts characters (grapheme
/// clusters).
public struct SourceLocation: Hashable, Sendable {
  public let line: Int
  public let column: Int
}

/// The bytes of one file, or of one statement of it, with the name it is reported under.
///
/// Offsets count from the text's own beginning. What lies around a part of a larger text is not looked at by those who
/// read the part, but reports show its lines whole.
///
/// ```swift
/// let script = SourceText(name: "a.dl", text: ".delete zone(\"A\")")
/// let atom = SourceText(part: 8..<17, of: script)
/// atom.location(at: 0).column  // 9
/// ```
public final class SourceText: Sendable, ExpressibleByStringInterpolation {
  public let name: String
  public let bytes: [UInt8]
  /// The line number of the text's first line. It is above 1 where what was before is not kept.
  public let firstLine: Int
  /// The text that this is a part of, and where in it.
  private let surroundings: (text: SourceText, offset: Int)?
  private let lines = AtomicLazyReference<LineStarts>()

  /// A text of some bytes, at most 4 GiB, which need not be UTF-8.
  public init(name: String, bytes: [UInt8], firstLine: Int = 1) {
    self.name = name
    self.bytes = bytes
    self.firstLine = firstLine
    surroundings = nil
  }

  /// A range of another text's bytes, which is reported at its place there. O(range).
  public init(part range: Range<Int>, of text: SourceText) {
    name = text.name
    bytes = Array(text.bytes[range])
    let (whole, offset) = text.whole
    surroundings = (whole, offset + range.lowerBound)
    firstLine = whole.firstLine
  }

  /// The text with what lies around it, and where in that it begins.
  var whole: (text: SourceText, offset: Int) { surroundings ?? (self, 0) }

  /// The offset of each line's first byte, found when somebody first asks for a line. O(bytes) then.
  private var lineStarts: [UInt32] {
    (lines.load() ?? lines.storeIfNil(LineStarts(bytes))).offsets
  }

  public convenience init(name: String, text: String, firstLine: Int = 1) {
    self.init(name: name, bytes: Array(text.utf8), firstLine: firstLine)
  }

  /// A text that stands in no file.
  public convenience init(stringLiteral text: String) { self.init(name: "<text>", text: text) }

  /// The zero-based index of the line that holds `offset`; not of a part. O(log lines), O(bytes) the first time.
  func lineIndex(at offset: Int) -> Int {
    let lineStarts = lineStarts
    var low = 0
    var high = lineStarts.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if Int(lineStarts[middle]) <= offset { low = middle } else { high = middle }
    }
    return low
  }

  /// The byte range of a line without its line break (a carriage return before it is left out too),
  /// by the line's zero-based index; not of a part. O(1), O(bytes) the first time.
  func lineRange(_ index: Int) -> Range<Int> {
    let lineStarts = lineStarts
    let lower = Int(lineStarts[index])
    var upper = index + 1 < lineStarts.count ? Int(lineStarts[index + 1]) - 1 : bytes.count
    if upper > lower, upper <= bytes.count, bytes[upper - 1] == UInt8(ascii: "\r") { upper -= 1 }
    return lower..<max(lower, upper)
  }

  /// The text of a byte range; bytes that are no UTF-8 become U+FFFD.
  public func text(_ range: Range<Int>) -> String {
    String(decoding: bytes[range.clamped(to: 0..<bytes.count)], as: UTF8.self)
  }

  /// Line and column of a byte offset. O(log lines + length of the line).
  public func location(at offset: Int) -> SourceLocation {
    if let (text, start) = surroundings {
      return text.location(at: start + min(offset, bytes.count))
    }
    let line = lineIndex(at: min(offset, bytes.count))
    let range = lineRange(line)
    let before = range.lowerBound..<max(range.lowerBound, min(offset, range.upperBound))
    // Of printable ASCII every byte is a character.
    let isPlain = bytes[before].allSatisfy { $0 >= 0x20 && $0 < 0x7F }
    let count = isPlain ? before.count : text(before).count
    return SourceLocation(line: line + firstLine, column: count + 1)
  }

  /// `name:line` of a byte offset. O(log lines), O(bytes) the first time.
  public func place(at offset: Int) -> String {
    let (text, start) = whole
    return "\(name):\(text.lineIndex(at: start + offset) + text.firstLine)"
  }
}

/// Where the lines of a text begin.
private final class LineStarts: Sendable {
  let offsets: [UInt32]

  init(_ bytes: [UInt8]) {
    var offsets: [UInt32] = [0]
    let span = bytes.span
    for index in span.indices where span[index] == UInt8(ascii: "\n") {
      offsets.append(UInt32(truncatingIfNeeded: index &+ 1))
    }
    self.offsets = offsets
  }
}

/// All texts that diagnostics of one session may point into.
public struct SourceMap: Sendable {
  private var texts: [SourceText] = []

  public init() {}

  /// Registers a text, which is kept as long as the map.
  public mutating func add(_ text: SourceText) -> SourceID {
    texts.append(text)
    return SourceID(index: UInt32(texts.count - 1))
  }

  public subscript(id: SourceID) -> SourceText { texts[Int(id.index)] }

  /// `name:line` of where a span begins, the form used for rules in plans and proofs.
  public func place(_ span: SourceSpan) -> String {
    self[span.source].place(at: Int(span.lower))
  }

  /// The bytes that a span covers, as text.
  public func text(_ span: SourceSpan) -> String {
    self[span.source].text(Int(span.lower)..<Int(span.upper))
  }
}
