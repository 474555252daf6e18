/// A property on term ids: the key and a typed word, as the bulk interface takes it.
///
/// The word is a term id (`symbol`), 0 or 1 (`boolean`), or the bits of an `Int64` (`number`), a
/// `UInt64` (`unsigned`) or a `Double` (`float`).
package struct StagedProperty: Hashable, Sendable {
  package var key: UInt32
  package var type: ValueType
  /// The value as a column of `type` holds it: a term, a whole number, the bits of a double, 0 or
  /// 1.
  package var word: UInt64

  package init(key: UInt32, type: ValueType, word: UInt64) {
    self.key = key
    self.type = type
    self.word = type == .float ? Double(bitPattern: word).canonical.bitPattern : word
  }

  package init(key: UInt32, text: UInt32) {
    self.init(key: key, type: .symbol, word: UInt64(text))
  }

  package init(key: UInt32, integer: Int64) {
    self.init(key: key, type: .number, word: UInt64(bitPattern: integer))
  }

  package init(key: UInt32, unsigned: UInt64) {
    self.init(key: key, type: .unsigned, word: unsigned)
  }

  package init(key: UInt32, float: Double) {
    self.init(key: key, type: .float, word: float.bitPattern)
  }

  package init(key: UInt32, boolean: Bool) {
    self.init(key: key, type: .boolean, word: boolean ? 1 : 0)
  }
}
