package import GraphCore

/// A type by its place in a `TypeTable`.
package struct TypeID: Hashable, Sendable {
  package let index: Int
}

/// The types that a program may name, and which of them are parts of which.
///
/// What the engine stores is the `ColumnType` of a type; that a `Name` is no `Address` although both
/// are texts is known here only.
package struct TypeTable: Sendable {
  /// How a type came about, which decides what its values are parts of.
  package enum Kind: Sendable {
    case primitive
    case subtype(of: TypeID)
    /// The members, all of one column type.
    case union([TypeID])
    case record([TypeID])
    /// The types of the fields, branch by branch.
    case variants([[TypeID]])
    /// A declaration that was reported: everything fits, so that one mistake is one report.
    case unknown
  }

  /// A type that a program may name.
  package struct Entry: Sendable {
    package var name: String
    package var kind: Kind
    package var columnType: ColumnType
    /// Absent for the types that need no declaration.
    package var span: SourceSpan?
  }

  /// Where a branch belongs; `tag` is its place among the branches of the type in code point order.
  package struct BranchPlace: Sendable {
    package var type: TypeID
    package var tag: Int
    package var span: SourceSpan
  }

  private var entries: [Entry] = []
  private var numbers: [String: TypeID] = [:]
  /// Every branch of every algebraic type, by its name.
  private(set) var branches: [String: BranchPlace] = [:]

  package init() {
    for type in [ColumnType.symbol, .number, .unsigned, .float, .boolean] {
      add(Entry(name: type.name, kind: .primitive, columnType: type, span: nil))
    }
  }

  package subscript(id: TypeID) -> Entry { entries[id.index] }

  package func lookup(_ name: String) -> TypeID? { numbers[name] }

  /// How the engine holds values of a type; `nil` where there is no such type.
  package func columnType(named name: String) -> ColumnType? {
    numbers[name].map { entries[$0.index].columnType }
  }

  /// The names that mean a type, in no order.
  package var names: [String] {
    numbers.compactMap { name, id in
      if case .unknown = entries[id.index].kind { nil } else { name }
    }
  }

  /// Whether there is any type but the built-in ones.
  package var hasDeclaredTypes: Bool { entries.contains { $0.span != nil } }

  /// The type that is the primitive of a column type.
  package func primitive(_ type: ColumnType) -> TypeID? {
    switch type {
    case .record: nil
    case .symbol, .number, .unsigned, .float, .boolean: numbers[type.name]
    }
  }

  @discardableResult
  mutating func add(_ entry: Entry) -> TypeID {
    let id = TypeID(index: entries.count)
    entries.append(entry)
    numbers[entry.name] = id
    return id
  }

  /// Enters a name whose declaration is missing or was reported: everything fits it.
  mutating func addUnknown(_ name: Identifier) -> TypeID {
    add(Entry(name: name.text, kind: .unknown, columnType: .symbol, span: name.span))
  }

  /// Makes a name mean a type that exists.
  mutating func alias(_ name: String, to type: TypeID) { numbers[name] = type }

  mutating func define(_ id: TypeID, as kind: Kind) { entries[id.index].kind = kind }

  mutating func addBranch(_ name: String, _ place: BranchPlace) { branches[name] = place }

  // MARK: Parts

  /// Whether every value of `part` is one of `whole`. O(types that the two consist of).
  package func isSubtype(_ part: TypeID, of whole: TypeID) -> Bool {
    if part == whole { return true }
    let allowed = Set(parts(of: whole))
    if allowed.contains(where: isUnknown) { return true }
    return parts(of: part).allSatisfy { isBelow($0, allowed) }
  }

  /// What a union consists of after all unions in it, each type once; any other type itself.
  private func parts(of type: TypeID) -> [TypeID] {
    var result: [TypeID] = []
    var seen: Set<TypeID> = [type]
    var waiting = [type]
    while let next = waiting.popLast() {
      if case .union(let members) = entries[next.index].kind {
        for member in members where seen.insert(member).inserted { waiting.append(member) }
      } else {
        result.append(next)
      }
    }
    return result
  }

  /// Whether a type that is no union, or one that it is a subtype of, is among others.
  private func isBelow(_ type: TypeID, _ allowed: Set<TypeID>) -> Bool {
    var type = type
    while true {
      if allowed.contains(type) { return true }
      switch entries[type.index].kind {
      case .subtype(let base): type = base
      case .unknown: return true
      case .primitive, .union, .record, .variants: return false
      }
    }
  }

  /// Whether the declaration of a type was reported.
  package func isUnknown(_ type: TypeID) -> Bool {
    if case .unknown = entries[type.index].kind { true } else { false }
  }

  /// Whether the declaration of a type, or of what its values consist of, was reported. O(types).
  package func holdsUnknown(_ type: TypeID) -> Bool {
    var seen: Set<TypeID> = [type]
    var waiting = [type]
    while let next = waiting.popLast() {
      let parts: [TypeID]
      switch entries[next.index].kind {
      case .unknown: return true
      case .primitive, .subtype: parts = []
      case .union(let types), .record(let types): parts = types
      case .variants(let branches): parts = branches.flatMap { $0 }
      }
      for part in parts where seen.insert(part).inserted { waiting.append(part) }
    }
    return false
  }

  /// The largest types whose values are of both types; none where nothing can be of both. Each pair
  /// of their members is looked at once.
  package func common(_ a: TypeID, _ b: TypeID) -> [TypeID] {
    var result: [TypeID] = []
    // Unions may share members many times over; each pair is looked at once.
    var seen: Set<[TypeID]> = []
    var waiting = [(a, b)]
    while let (left, right) = waiting.popLast() {
      guard seen.insert([left, right]).inserted else { continue }
      if isSubtype(left, of: right) || isSubtype(right, of: left) {
        let smaller = isSubtype(left, of: right) ? left : right
        if !result.contains(smaller) { result.append(smaller) }
      } else if case .union(let members) = entries[left.index].kind {
        waiting += members.reversed().map { ($0, right) }
      } else if case .union(let members) = entries[right.index].kind {
        waiting += members.reversed().map { (left, $0) }
      }
    }
    return result
  }
}
