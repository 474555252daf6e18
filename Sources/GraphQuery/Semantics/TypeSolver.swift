import GraphCore

/// Infers the types of columns, variables and expressions by unification.
///
/// Each thing that has a type owns a slot; slots that must agree are united. A slot knows a type,
/// or only that it is numeric (as an integer literal does), or nothing. What stays open is `number`
/// where it is numeric and `symbol` otherwise.
///
/// United slots are trees whose root knows the type. A search halves the path behind it, which
/// makes it amortised O(log slots) (Tarjan and van Leeuwen, "Worst-case analysis of set union
/// algorithms", 1984).
package struct TypeSolver {
  private enum Knowledge {
    case open
    case numeric
    case integer
    /// `nil` or a record of a type still unknown.
    case record
    case known(ColumnType)
  }

  private var parents: [Int] = []
  private var knowledge: [Knowledge] = []

  /// The slots whose types were found to differ from what their places want.
  private var disputed: Set<Int> = []

  private let recordTypes: RecordTypes

  package init(recordTypes: RecordTypes = RecordTypes()) { self.recordTypes = recordTypes }

  /// A slot of which nothing is known.
  package mutating func fresh() -> TypeSlot {
    parents.append(parents.count)
    knowledge.append(.open)
    return TypeSlot(index: parents.count - 1)
  }

  /// A slot of a known type.
  package mutating func fresh(_ type: ColumnType) -> TypeSlot {
    let slot = fresh()
    knowledge[slot.index] = .known(type)
    return slot
  }

  /// A slot of a type that may be known.
  package mutating func fresh(_ type: ColumnType?) -> TypeSlot {
    if let type { fresh(type) } else { fresh() }
  }

  /// What is known of a slot so far.
  package mutating func known(_ slot: TypeSlot) -> ColumnType? {
    if case .known(let type) = knowledge[root(slot.index)] { return type }
    return nil
  }

  /// Makes two slots one; false, and nothing changed, if their types differ.
  package mutating func unite(_ a: TypeSlot, _ b: TypeSlot) -> Bool {
    let first = root(a.index)
    let second = root(b.index)
    if first == second { return true }
    guard let both = Self.meet(knowledge[first], knowledge[second]) else { return false }
    parents[second] = first
    knowledge[first] = both
    return true
  }

  /// Demands that a slot be of a class of types; false if it is known not to be.
  package mutating func require(_ slot: TypeSlot, _ typeClass: Functor.TypeClass) -> Bool {
    let index = root(slot.index)
    let demand: Knowledge =
      switch typeClass {
      case .numeric: .numeric
      case .integer: .integer
      case .ordered, .additive: .open
      }
    guard let both = Self.meet(knowledge[index], demand) else { return false }
    knowledge[index] = both
    return true
  }

  /// Takes down that a mistake with a slot was reported. Only slots of one rule's variables and
  /// expressions are disputed, never those of a relation's columns, which other rules use as well.
  package mutating func dispute(_ slot: TypeSlot) { disputed.insert(slot.index) }

  /// Whether what is wrong with a slot was reported, so that what follows from it is not told again.
  package func isDisputed(_ slot: TypeSlot) -> Bool { disputed.contains(slot.index) }

  /// Whether two slots were made one.
  package mutating func isSame(_ a: TypeSlot, _ b: TypeSlot) -> Bool {
    root(a.index) == root(b.index)
  }

  /// Demands that a slot be a record; false if it is known not to be.
  package mutating func requireRecord(_ slot: TypeSlot) -> Bool {
    let index = root(slot.index)
    guard let both = Self.meet(knowledge[index], .record) else { return false }
    knowledge[index] = both
    return true
  }

  /// The types of all slots, in slot order. O(slots × log slots).
  package mutating func solution() -> [ColumnType] {
    (0..<parents.count).map { type(ofIndex: $0) }
  }

  /// The type of a slot as far as anything is known of it.
  package mutating func type(of slot: TypeSlot) -> ColumnType { type(ofIndex: slot.index) }

  private mutating func type(ofIndex index: Int) -> ColumnType {
    switch knowledge[root(index)] {
    case .known(let type): type
    case .numeric, .integer, .record: .number
    case .open: .symbol
    }
  }

  /// How a slot's type is called in a message.
  package mutating func describe(_ slot: TypeSlot) -> String {
    switch knowledge[root(slot.index)] {
    case .known(let type): recordTypes.name(of: type)
    case .record: "a record"
    case .numeric, .integer: "number"
    case .open: "any type"
    }
  }

  private static func meet(_ a: Knowledge, _ b: Knowledge) -> Knowledge? {
    switch (a, b) {
    case (.open, let other), (let other, .open): return other
    case (.numeric, .numeric): return .numeric
    case (.numeric, .integer), (.integer, .numeric), (.integer, .integer): return .integer
    case (.known(let type), .numeric), (.numeric, .known(let type)):
      return type.isNumeric ? .known(type) : nil
    case (.known(let type), .integer), (.integer, .known(let type)):
      return type == .number || type == .unsigned ? .known(type) : nil
    case (.record, .record): return .record
    case (.known(let type), .record), (.record, .known(let type)):
      if case .record = type { return .known(type) }
      return nil
    case (.record, .numeric), (.numeric, .record), (.record, .integer), (.integer, .record):
      return nil
    case (.known(let first), .known(let second)):
      return first == second ? .known(first) : nil
    }
  }

  private mutating func root(_ index: Int) -> Int {
    var current = index
    while parents[current] != current {
      parents[current] = parents[parents[current]]
      current = parents[current]
    }
    return current
  }
}
