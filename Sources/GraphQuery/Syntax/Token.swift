public import GraphCore

/// What a token is. Names and literals are told apart by kind; their text stays in the source.
public enum TokenKind: UInt8, Sendable {
  case endOfText
  case identifier
  /// A name in backquotes, which is never a keyword.
  case quotedName
  case text
  /// `12`, `0x1F`, `0b10`, `12u`.
  case integer
  /// `1.5`, `1e9`.
  case float
  /// `10.0.0.1`, a number as in Soufflé.
  case address
  /// `3.5亿`, `1.2万`.
  case scaledNumber
  /// A number that was reported already and counts as zero.
  case malformedNumber
  case leftParenthesis, rightParenthesis
  case leftBracket, rightBracket
  case leftBrace, rightBrace
  case comma, dot, semicolon, colon, pipe, at, dollar, underscore, hash
  /// A full-width question mark. The ASCII one is part of identifiers.
  case question
  case bang, plus, minus, star, slash, percent, caret
  case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual
  /// `:-`
  case implies
  /// `<:`
  case subtype
  /// `->`
  case arrow
  /// `==`, `&&` and `||` exist in preprocessor conditions only; elsewhere they are mistakes that
  /// deserve a good message.
  case doubleEqual, doubleAmpersand, doublePipe
  /// A character that no token begins with; it was reported already.
  case unknown
}

/// A kind and the bytes that it covers; 20 bytes, no text.
public struct Token: Sendable {
  public var kind: TokenKind
  /// Whether only white space and comments stand before it on its line.
  public var startsLine: Bool
  /// Whether a text holds a backslash.
  public var hasEscapes: Bool = false
  /// Whether something was wrong with it, or before it, that was reported.
  var isDamaged: Bool = false
  /// Whether macros were already replaced in it.
  var isExpanded: Bool = false
  /// Which text of the stream the bytes are in.
  var text: UInt16 = 0
  public var lower: UInt32
  public var upper: UInt32
  /// Where a token that a macro made is reported: an index into the stream's list of uses, 0 for
  /// tokens that stand in the source themselves.
  var origin: UInt32 = 0

  init(kind: TokenKind, startsLine: Bool, lower: Int, upper: Int) {
    self.kind = kind
    self.startsLine = startsLine
    self.lower = UInt32(truncatingIfNeeded: lower)
    self.upper = UInt32(truncatingIfNeeded: upper)
  }

  /// The bytes of the token in its text.
  public var range: Range<Int> { Int(lower)..<Int(upper) }

  /// Whether `other` begins in the byte after this token.
  func touches(_ other: Token) -> Bool {
    upper == other.lower && text == other.text && origin == other.origin
  }
}

/// A mistake in the text itself, in bytes of that text.
public struct LexicalProblem: Sendable {
  public let code: DiagnosticCode
  public let message: String
  /// The bytes of the text that are wrong.
  public let range: Range<Int>
  public let help: String?
}

/// The words that Soufflé reserves. In backquotes each is an ordinary name.
enum Keyword: String, CaseIterable, Sendable {
  case count, sum, min, max, mean
  case match, contains
  case `true`, `false`, `nil`, `as`, autoinc
  case band, bor, bxor, bnot, bshl, bshr, bshru, land, lor, lxor, lnot
  case cat, ord, range, strlen, substr
  case toFloat = "to_float"
  case toNumber = "to_number"
  case toString = "to_string"
  case toUnsigned = "to_unsigned"
  case iteration = "recursive_iteration_cnt"
  case file = "__FILE__"
  case line = "__LINE__"
  case includedFrom = "__INCL__"

  /// The aggregate of that name.
  var aggregate: AggregateFunction? {
    switch self {
    case .count: .count
    case .sum: .sum
    case .min: .min
    case .max: .max
    case .mean: .mean
    default: nil
    }
  }

  /// Whether the word names a function of arguments, so that it can begin no atom.
  var isFunctor: Bool {
    switch self {
    case .cat, .ord, .range, .strlen, .substr, .toFloat, .toNumber, .toString, .toUnsigned: true
    default: false
    }
  }

  private static let longest = allCases.map(\.rawValue.utf8.count).reduce(0, Swift.max)

  /// Keywords by a hash of length, first and last byte, so that most names are refused at once.
  private static let buckets: [[(spelling: [UInt8], keyword: Keyword)]] = {
    var buckets = [[(spelling: [UInt8], keyword: Keyword)]](repeating: [], count: 64)
    for keyword in allCases {
      let spelling = Array(keyword.rawValue.utf8)
      buckets[bucket(spelling[0], spelling[spelling.count - 1], spelling.count)]
        .append((spelling, keyword))
    }
    return buckets
  }()

  /// By the length of a word which letters a keyword of that length begins with: a bit for each.
  private static let firstLetters: [UInt64] = {
    var letters = [UInt64](repeating: 0, count: longest + 1)
    for keyword in allCases {
      let spelling = Array(keyword.rawValue.utf8)
      letters[spelling.count] |= 1 << UInt64(spelling[0] & 63)
    }
    return letters
  }()

  private static func bucket(_ first: UInt8, _ last: UInt8, _ count: Int) -> Int {
    (Int(first) &* 7 &+ Int(last) &* 3 &+ count) & 63
  }

  /// The keyword spelt by these bytes. O(length).
  init?(_ bytes: [UInt8], _ range: Range<Int>) {
    guard !range.isEmpty, range.count <= Self.longest,
      Self.firstLetters[range.count] & 1 << UInt64(bytes[range.lowerBound] & 63) != 0
    else { return nil }
    let candidates =
      Self.buckets[
        Self.bucket(bytes[range.lowerBound], bytes[range.upperBound - 1], range.count)]
    for candidate in candidates where candidate.spelling.count == range.count {
      if candidate.spelling.elementsEqual(bytes[range]) {
        self = candidate.keyword
        return
      }
    }
    return nil
  }
}
