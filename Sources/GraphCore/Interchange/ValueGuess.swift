/// Values out of texts.
enum ValueGuess {
  /// The narrowest type that all texts have; text where there are none.
  static func type(of texts: some Sequence<ArraySlice<UInt8>>) -> ValueType {
    var guess = TypeGuess()
    for text in texts { guess.add(text) }
    return guess.type
  }

  /// The value that a text spells in a type.
  static func value(_ text: String, as type: ValueType) -> Value? {
    value(Array(text.utf8)[...], as: type)
  }

  /// The value that a text spells in a type.
  static func value(_ bytes: ArraySlice<UInt8>, as type: ValueType) -> Value? {
    switch type {
    case .symbol: return .text(String(decoding: bytes, as: UTF8.self))
    case .number: return whole(bytes)
    case .unsigned: return unsigned(bytes).map(Value.unsigned)
    case .float: return (float(bytes) ?? foreignFloat(bytes)).map(Value.float)
    case .boolean: return boolean(bytes) ?? foreignBoolean(bytes)
    }
  }

  /// A whole number: an integer, or from 2^63 on an unsigned one.
  static func whole(_ bytes: ArraySlice<UInt8>) -> Value? {
    NumberFormat.integer(in: bytes).map(Value.integer) ?? unsigned(bytes).map(Value.unsigned)
  }

  private static func unsigned(_ bytes: ArraySlice<UInt8>) -> UInt64? {
    NumberFormat.unsigned(in: bytes.first == UInt8(ascii: "+") ? bytes.dropFirst() : bytes)
  }

  private static func boolean(_ bytes: ArraySlice<UInt8>) -> Value? {
    bytes.elementsEqual("true".utf8) ? true : bytes.elementsEqual("false".utf8) ? false : nil
  }

  /// `True`, as Python writes it, and `TRUE` of spreadsheets, where a type says that it is no text.
  private static func foreignBoolean(_ bytes: ArraySlice<UInt8>) -> Value? {
    switch String(decoding: bytes.prefix(6), as: UTF8.self) {
    case "True", "TRUE": true
    case "False", "FALSE": false
    default: nil
    }
  }

  /// What Python, Java and XML call floats that are no decimals, where a type says that they are no texts.
  private static func foreignFloat(_ bytes: ArraySlice<UInt8>) -> Double? {
    switch String(decoding: bytes.prefix(10), as: UTF8.self) {
    case "NaN", "NAN": Double.nan.canonical
    case "Infinity", "+Infinity", "Inf", "INF", "+inf": .infinity
    case "-Infinity", "-Inf", "-INF": -.infinity
    default: nil
    }
  }

  /// Whether a text is a boolean as it is written here; one that another program may mean is a text without a type.
  static func isBoolean(_ bytes: ArraySlice<UInt8>) -> Bool { boolean(bytes) != nil }

  /// A decimal, which may also be `nan`, `inf` or `-inf`.
  static func float(_ bytes: ArraySlice<UInt8>) -> Double? {
    if let number = NumberFormat.double(in: bytes) { return number }
    let text = String(decoding: bytes.prefix(5), as: UTF8.self)
    return ["nan", "inf", "-inf"].contains(text) ? Double(text)?.canonical : nil
  }

  /// Whether a number can be a float: a decimal always, a whole number where the float has all its digits.
  static func fitsFloat(_ bytes: ArraySlice<UInt8>) -> Bool {
    // A float has each number of fifteen digits.
    if bytes.count <= 15 { return true }
    let point = [".", "e", "E"].map { $0.utf8.first ?? 0 }
    return bytes.contains(where: point.contains) || rounded(bytes) == nil
  }

  /// The float that a decimal becomes, where this has not all its digits.
  static func rounded(_ bytes: ArraySlice<UInt8>) -> Double? {
    guard bytes.count > 15, let number = NumberFormat.double(in: bytes) else { return nil }
    return NumberFormat.haveSameDigits(bytes, number.description.utf8) ? nil : number
  }
}

/// The narrowest type of the texts seen so far that loses nothing of them.
///
/// A text that begins with a zero, such as `007`, is a code and no number. Neither is a whole number
/// that needs more than 64 bits, such as `99999999999999999999`, or one that needs all of them beside one with a
/// minus: no type has both. Decimals are floats even where these round them.
package struct TypeGuess {
  private var isEmpty = true
  private var mayBeInteger = true
  private var mayBeFloat = true
  private var mayBeBoolean = true
  private var hasCodes = false
  private var hasNegative = false
  private var hasUnsigned = false
  private var numberCount = 0
  private var otherCount = 0
  /// The first text that is no number, and where it stands.
  private var firstOther: (text: String, line: Int)?
  /// The first whole number that fits 64 bits, though no float.
  private var firstLong: (text: String, line: Int)?

  package init() {}

  package mutating func add(_ text: ArraySlice<UInt8>, line: Int = 0) {
    isEmpty = false
    if mayBeBoolean { mayBeBoolean = ValueGuess.isBoolean(text) }
    let digits = text.first == UInt8(ascii: "-") ? text.dropFirst() : text
    let second = digits.dropFirst().first ?? 0
    if digits.first == UInt8(ascii: "0") && (48...57).contains(second) {
      hasCodes = true
      (mayBeInteger, mayBeFloat) = (false, false)
      return
    }
    func note(_ place: inout (text: String, line: Int)?) {
      if place == nil { place = (String(decoding: text, as: UTF8.self), line) }
    }
    if let whole = ValueGuess.whole(text) {
      numberCount += 1
      if whole.type == .unsigned { hasUnsigned = true }
      if whole < 0 { hasNegative = true }
      if !ValueGuess.fitsFloat(text) { note(&firstLong) }
    } else if ValueGuess.float(text) != nil, ValueGuess.fitsFloat(text) {
      numberCount += 1
      mayBeInteger = false
    } else {
      otherCount += 1
      (mayBeInteger, mayBeFloat) = (false, false)
      note(&firstOther)
    }
  }

  /// `number` where they are whole, be they integers or unsigned.
  package var type: ValueType {
    if isEmpty { return .symbol }
    if mayBeInteger && !(hasNegative && hasUnsigned) { return .number }
    if mayBeFloat && firstLong == nil { return .float }
    return mayBeBoolean ? .boolean : .symbol
  }

  /// The text for which a column of numbers is one of texts, where at least half are numbers.
  var culprit: (text: String, line: Int)? {
    guard type == .symbol, !hasCodes, numberCount >= otherCount else { return nil }
    return firstOther ?? firstLong
  }
}
