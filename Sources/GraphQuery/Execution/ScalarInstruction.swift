/// A step of a rule over single words: what a batch does for a thousand rows, done for one.
///
/// `target`, `left` and `right` are numbers of registers unless a case says otherwise. Where a condition does not hold, or a
/// loop has come to its end, evaluation goes on at `otherwise`: with the next row of the loop around it.
///
/// A loop is two instructions, one that places its cursor and one that moves it on, and holds two registers: `target` is the
/// cursor, the one behind it the end. The rule `r(x, z) :- r(x, y), e(y, z).` reads
///
/// ```
///   0  newRows        r → cursor
///   1  nextRow        cursor → row                 otherwise: end
///   2  load           r.0 of row → x
///   3  load           r.1 of row → y
///   4  neighbours     e, y → cursor'               otherwise: 1
///   5  nextNeighbour  cursor' → z                  otherwise: 1
///   6  insert         r, (x, z)                    then: 5
/// ```
struct ScalarInstruction: BitwiseCopyable {
  enum Operation: UInt8 {
    /// The rule has been evaluated.
    case end
    /// Goes to `otherwise`.
    case jump

    // Rows of relation `left`, one after another: all that are visible, those of the last round, those of before.
    case allRows, newRows, oldRows
    /// The next one's number goes to `right`.
    case nextRow
    // Rows that index `left` has for a key, which is in the registers listed from `right` on: from all, or from those of
    // before the last round.
    case links, oldLinks
    /// The next one's number goes to `right`; the index is `left`.
    case nextLink
    // What adjacency `left` has for the number in `right`.
    case neighbours
    /// The next one goes to `right`.
    case nextNeighbour

    /// Range `left`, from the first of the registers listed from `right` on to the second, by steps of the third where
    /// `target` says that there are three.
    case numbers
    /// The next one goes to `right`.
    case nextNumber

    // Conditions on adjacency `left`: whether it leads from `target` to `right`.
    case hasNeighbour, lacksNeighbour
    // Conditions on relation `left`: whether it has the row that is in the registers listed from `right` on.
    case hasRow, lacksRow
    /// Whether row `right` has a value in column `left`.
    case isPresent
    /// Whether that value is the one in `target`.
    case matches
    /// Takes the value.
    case load

    // Comparisons of two registers: words, signed numbers, unsigned numbers.
    case equal, notEqual
    case less, lessOrEqual
    case lessUnsigned, lessOrEqualUnsigned
    /// Number `left` among those that are made as batches of one row.
    case compare, test

    // Computations.
    case copy
    case add, subtract, multiply
    case and, or, exclusiveOr
    case shiftLeft, shiftRight, shiftRightUnsigned
    // Number `otherwise` among the computations is the same one, and says what is wrong where `right` is zero.
    case divide, remainder, divideUnsigned, remainderUnsigned
    /// Number `left` among those that are made as batches of one row.
    case compute

    /// Adds the row that is in the registers listed from `right` on to relation `left`, then goes to `otherwise`.
    case insert
  }

  var operation: Operation
  var target: Int32
  var left: Int32
  var right: Int32
  var otherwise: Int32

  init(
    _ operation: Operation, target: Int = 0, left: Int = 0, right: Int = 0, otherwise: Int = 0
  ) {
    self.operation = operation
    self.target = Int32(truncatingIfNeeded: target)
    self.left = Int32(truncatingIfNeeded: left)
    self.right = Int32(truncatingIfNeeded: right)
    self.otherwise = Int32(truncatingIfNeeded: otherwise)
  }
}

extension ScalarInstruction.Operation {
  /// What computes a functor of two numbers.
  init?(_ functor: Functor, _ type: ColumnType) {
    guard type == .number || type == .unsigned else { return nil }
    let isSigned = type == .number
    switch functor {
    case .add: self = .add
    case .subtract: self = .subtract
    case .multiply: self = .multiply
    case .divide: self = isSigned ? .divide : .divideUnsigned
    case .remainder: self = isSigned ? .remainder : .remainderUnsigned
    case .bitwiseAnd: self = .and
    case .bitwiseOr: self = .or
    case .bitwiseXor: self = .exclusiveOr
    case .shiftLeft: self = .shiftLeft
    case .shiftRight: self = isSigned ? .shiftRight : .shiftRightUnsigned
    case .shiftRightUnsigned: self = .shiftRightUnsigned
    case .power, .negate, .absolute, .least, .greatest, .bitwiseNot, .logicalNot, .logicalAnd,
      .logicalOr, .logicalXor, .concatenate, .length, .substring, .ordinal, .toNumber, .toUnsigned,
      .toFloat, .toText, .pack, .field, .reinterpret, .counter, .iteration:
      return nil
    }
  }

  /// What compares two words of a type, and whether they change places; nothing where it takes more than that.
  static func comparing(_ relation: Comparison.Operator, _ type: ColumnType)
    -> (operation: Self, isFlipped: Bool)?
  {
    switch relation {
    case .equal: return (.equal, false)
    case .notEqual: return (.notEqual, false)
    case .less, .lessOrEqual, .greater, .greaterOrEqual: break
    }
    let isFlipped = relation == .greater || relation == .greaterOrEqual
    let allowsEqual = relation == .lessOrEqual || relation == .greaterOrEqual
    switch type {
    case .number: return (allowsEqual ? .lessOrEqual : .less, isFlipped)
    case .unsigned, .boolean:
      return (allowsEqual ? .lessOrEqualUnsigned : .lessUnsigned, isFlipped)
    case .float, .symbol, .record: return nil
    }
  }

  var divides: Bool {
    switch self {
    case .divide, .remainder, .divideUnsigned, .remainderUnsigned: true
    default: false
    }
  }
}
