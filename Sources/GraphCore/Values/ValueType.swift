/// What a property or a column of a relation holds.
public enum ValueType: UInt8, Sendable, Hashable, CaseIterable {
  /// Text, stored as the id of a term.
  case symbol
  /// A signed integer of 64 bits.
  case number
  /// An unsigned integer of 64 bits: what a schema says is one, `12u`, and whole numbers from 2^63 on.
  case unsigned
  /// A double-precision number.
  case float
  /// `true` or `false`.
  case boolean

  /// Whether values are integers or decimals.
  @inlinable
  public var isNumeric: Bool { self == .number || self == .unsigned || self == .float }

  /// Whether a stored value needs 64 bits rather than 32.
  @inlinable
  public var isWide: Bool { isNumeric }
}

extension ValueType: CustomStringConvertible {
  /// The name that the language uses for the type.
  public var description: String {
    switch self {
    case .symbol: "symbol"
    case .number: "number"
    case .unsigned: "unsigned"
    case .float: "float"
    case .boolean: "boolean"
    }
  }
}
