/// A value of JSON, as far as importing needs it.
enum JSONValue: Equatable {
  case null
  case boolean(Bool)
  case integer(Int64)
  /// A whole number from 2^63 on.
  case unsigned(UInt64)
  case float(Double)
  case text(String)
  case list([JSONValue])
  case object([(key: String, value: JSONValue)])

  static func == (left: JSONValue, right: JSONValue) -> Bool {
    switch (left, right) {
    case (.null, .null): true
    case (.boolean(let a), .boolean(let b)): a == b
    case (.integer(let a), .integer(let b)): a == b
    case (.unsigned(let a), .unsigned(let b)): a == b
    case (.float(let a), .float(let b)): a == b
    case (.text(let a), .text(let b)): a == b
    case (.list(let a), .list(let b)): a == b
    case (.object(let a), .object(let b)):
      a.elementsEqual(b) { $0.key == $1.key && $0.value == $1.value }
    case (.null, _), (.boolean, _), (.integer, _), (.unsigned, _), (.float, _), (.text, _),
      (.list, _), (.object, _):
      false
    }
  }

  subscript(key: String) -> JSONValue? {
    guard case .object(let fields) = self else { return nil }
    return fields.last { $0.key == key }?.value
  }

  /// The text, if it is one; a whole number as its digits.
  var name: String? {
    switch self {
    case .text(let text): text
    case .integer(let number): String(number)
    case .unsigned(let number): String(number)
    case .null, .boolean, .float, .list, .object: nil
    }
  }

  /// The texts of a list, or a text alone.
  var names: [String]? {
    guard case .list(let items) = self else { return name.map { [$0] } }
    let names = items.compactMap(\.name)
    return names.count == items.count ? names : nil
  }
}

/// Reads one JSON value that fills its bytes.
struct JSONParser {
  struct Failure: Error { let reason: String }

  private let bytes: ArraySlice<UInt8>
  private var place: Int
  private static let maximumDepth = 64

  static func parse(_ bytes: ArraySlice<UInt8>) throws(Failure) -> JSONValue {
    var parser = JSONParser(bytes)
    let value = try parser.value(depth: 0)
    parser.skipSpace()
    guard parser.place == bytes.endIndex else {
      throw Failure(reason: "something follows the JSON value")
    }
    return value
  }

  private init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    place = bytes.startIndex
  }

  private mutating func skipSpace() {
    while place < bytes.endIndex, [32, 9, 10, 13].contains(bytes[place]) { place += 1 }
  }

  private func failure(_ reason: String) -> Failure {
    Failure(reason: "\(reason) at column \(place - bytes.startIndex + 1)")
  }

  /// The next byte that is no space.
  private mutating func peek() throws(Failure) -> UInt8 {
    skipSpace()
    guard place < bytes.endIndex else { throw failure("the JSON value is cut off") }
    return bytes[place]
  }

  private mutating func take(_ byte: UInt8) throws(Failure) -> Bool {
    guard try peek() == byte else { return false }
    place += 1
    return true
  }

  private mutating func value(depth: Int) throws(Failure) -> JSONValue {
    guard depth < JSONParser.maximumDepth else { throw failure("values are nested too deeply") }
    switch try peek() {
    case UInt8(ascii: "{"):
      place += 1
      var fields: [(key: String, value: JSONValue)] = []
      if try take(UInt8(ascii: "}")) { return .object(fields) }
      repeat {
        guard try peek() == UInt8(ascii: "\"") else { throw failure("a key is missing") }
        let key = try text()
        guard try take(UInt8(ascii: ":")) else { throw failure("a colon is missing") }
        fields.append((key, try value(depth: depth + 1)))
      } while try take(UInt8(ascii: ","))
      guard try take(UInt8(ascii: "}")) else { throw failure("} is missing") }
      return .object(fields)
    case UInt8(ascii: "["):
      place += 1
      var items: [JSONValue] = []
      if try take(UInt8(ascii: "]")) { return .list(items) }
      repeat { items.append(try value(depth: depth + 1)) } while try take(UInt8(ascii: ","))
      guard try take(UInt8(ascii: "]")) else { throw failure("] is missing") }
      return .list(items)
    case UInt8(ascii: "\""): return .text(try text())
    default: return try word()
    }
  }

  private mutating func word() throws(Failure) -> JSONValue {
    let start = place
    while place < bytes.endIndex, ![44, 93, 125, 32, 9, 10, 13].contains(bytes[place]) {
      place += 1
    }
    let word = bytes[start..<place]
    switch String(decoding: word, as: UTF8.self) {
    case "null": return .null
    case "true": return .boolean(true)
    case "false": return .boolean(false)
    default: break
    }
    if let number = NumberFormat.integer(in: word) { return .integer(number) }
    if let number = NumberFormat.unsigned(in: word) { return .unsigned(number) }
    if let number = NumberFormat.double(in: word), ValueGuess.fitsFloat(word) {
      return .float(number)
    }
    place = start
    if NumberFormat.double(in: word) != nil {
      throw failure("a number has more digits than can be held; a text keeps them,")
    }
    throw failure("a value is expected")
  }

  private mutating func text() throws(Failure) -> String {
    do throws(JSONText.Failure) {
      return String(decoding: try JSONText.read(bytes, at: &place), as: UTF8.self)
    } catch { throw failure(error.reason) }
  }
}
