import GraphCore

/// The kind of value that a column, a variable or an expression holds.
///
/// A value travels through the engine as a 64-bit word whose reading the type gives: the id of a
/// text, a two's complement or unsigned integer, the bit pattern of a double, or 0 and 1.
package enum ColumnType: Hashable, Sendable {
  case symbol
  case number
  case unsigned
  case float
  case boolean
  /// A record or a value of an algebraic type; the number is that of the type in `RecordTypes`.
  case record(UInt32)

  /// Whether arithmetic is done on it.
  package var isNumeric: Bool {
    switch self {
    case .number, .unsigned, .float: true
    case .symbol, .boolean, .record: false
    }
  }

  /// The name under which a declaration refers to the type.
  package var name: String {
    switch self {
    case .symbol: "symbol"
    case .number: "number"
    case .unsigned: "unsigned"
    case .float: "float"
    case .boolean: "boolean"
    case .record: "record"
    }
  }

  /// The type that a built-in name means; a record's name is in `TypeTable`.
  package init?(named name: String) {
    switch name {
    case "symbol": self = .symbol
    case "number": self = .number
    case "unsigned": self = .unsigned
    case "float": self = .float
    case "boolean": self = .boolean
    default: return nil
    }
  }
}

/// How a word is kept and compared, as far as storage is concerned.
package enum WordKind: Sendable {
  /// A term id or a truth value: never above 32 bits.
  case code
  /// A signed integer: 32 bits until one does not fit.
  case signed
  /// An unsigned integer: 32 bits until one does not fit.
  case unsigned
  /// The bits of a double.
  case float
}

extension ColumnType {
  /// How words of the type are kept: a truth value as a text's id, a record as well.
  package var wordKind: WordKind {
    switch self {
    case .symbol, .boolean, .record: .code
    case .number: .signed
    case .unsigned: .unsigned
    case .float: .float
    }
  }
}

extension ColumnType {
  /// Whether `orderKey` tells the order of any two words.
  var hasOrderKey: Bool {
    switch self {
    case .number, .unsigned, .float, .boolean: true
    case .symbol, .record: false
    }
  }

  /// A word as a number without sign, in the order of the values: not for records, and for texts only where their
  /// ids are in their order.
  @inline(__always)
  func orderKey(_ word: UInt64) -> UInt64 {
    switch self {
    case .number: word ^ (1 << 63)
    // The one NaN is above infinity.
    case .float: word >> 63 == 0 ? word | 1 << 63 : ~word
    case .unsigned, .boolean, .symbol, .record: word
    }
  }

  /// The word that has an order key.
  @inline(__always)
  func word(ofOrderKey key: UInt64) -> UInt64 {
    switch self {
    case .number: key ^ (1 << 63)
    case .float: key >> 63 == 0 ? ~key : key ^ (1 << 63)
    case .unsigned, .boolean, .symbol, .record: key
    }
  }
}

/// The canonical word of a double: one NaN, and no negative zero, so that equal values have equal
/// words.
@inline(__always)
package func canonicalWord(_ value: Double) -> UInt64 {
  if value != value { return Double.nan.bitPattern }
  return value == 0 ? 0 : value.bitPattern
}
