/// The record and variant types of a session: what their fields are called and hold.
///
/// A type keeps its number for as long as the session lives, so that words of the type can be read
/// in every later query.
package final class RecordTypes {
  package struct Field: Sendable {
    package var name: String
    package var type: ColumnType
  }

  package struct Branch: Sendable {
    package var name: String
    package var fields: [Field]
  }

  /// What the words of a type stand for.
  package enum Shape: Sendable {
    case record([Field])
    /// Branches in code point order of their names; the place of a branch is its tag.
    case variants([Branch])
  }

  private var names: [String] = []
  private var shapes: [Shape] = []
  /// The types that no declaration names, by those of their fields.
  private var unnamed: [[ColumnType]: UInt32] = [:]

  package init() {}

  /// Gives a type its number; its shape follows once all names are known, as types may be recursive.
  package func add(_ name: String) -> UInt32 {
    names.append(name)
    shapes.append(.record([]))
    return UInt32(names.count - 1)
  }

  /// The record type without a name that has such fields, made when it is first asked for.
  /// O(fields).
  package func unnamed(of fields: [ColumnType]) -> UInt32 {
    if let known = unnamed[fields] { return known }
    let number = add("[\(fields.map { name(of: $0) }.joined(separator: ", "))]")
    define(
      number,
      as: .record(fields.enumerated().map { Field(name: "field\($0 + 1)", type: $1) }))
    unnamed[fields] = number
    return number
  }

  /// Says what a type that was added is; once.
  package func define(_ type: UInt32, as shape: Shape) { shapes[Int(type)] = shape }

  package func name(_ type: UInt32) -> String { names[Int(type)] }

  package func shape(_ type: UInt32) -> Shape { shapes[Int(type)] }

  /// Whether no branch of the type has fields: a value is then just the tag of its branch.
  /// O(branches).
  package func isEnumeration(_ type: UInt32) -> Bool {
    switch shapes[Int(type)] {
    case .record: false
    case .variants(let branches): branches.allSatisfy { $0.fields.isEmpty }
    }
  }

  /// The name of a column type as a declaration writes it.
  package func name(of type: ColumnType) -> String {
    if case .record(let number) = type { return name(number) }
    return type.name
  }
}
