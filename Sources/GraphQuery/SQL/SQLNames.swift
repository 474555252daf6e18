import GraphCore

/// What relations and their columns are called in SQL.
struct SQLNames {
  let dialect: SQLDialect
  private let program: CoreProgram
  private let tables: [String]
  private let columnNames: [[String]]

  init(_ program: CoreProgram, _ dialect: SQLDialect) {
    self.program = program
    self.dialect = dialect
    var known: Set<String> = []
    tables = program.relations.map { relation in
      Self.unused(relation.name, &known)
    }
    columnNames = program.relations.map { relation in
      var known: Set<String> = []
      // A table has a column at least.
      if relation.columns.isEmpty { return ["holds"] }
      return relation.columns.enumerated().map { number, column in
        // Those that lowering makes are numbered.
        let name = Int(column.name) == nil ? column.name : "c\(number + 1)"
        return Self.unused(name, &known)
      }
    }
  }

  /// Engines do not all tell capital letters from small ones.
  private static func unused(_ name: String, _ known: inout Set<String>) -> String {
    var result = name
    var number = 1
    while !known.insert(result.lowercased()).inserted {
      number += 1
      result = "\(name)_\(number)"
    }
    return result
  }

  func table(_ relation: RelationID) throws(SQLFailure) -> String {
    for column in program[relation].columns where dialect.type(program.type(column.slot)) == nil {
      throw SQLFailure(
        "\(dialect.rawValue) has no type for `\(column.name)` of `\(program[relation].name)`, which is a "
          + program.type(column.slot).name, at: program[relation].span)
    }
    return dialect.name(tables[relation.index])
  }

  /// The name of a table that belongs to one of a relation.
  func table(_ relation: RelationID, _ part: String) -> String {
    dialect.name("\(tables[relation.index]) (\(part))")
  }

  func column(_ relation: RelationID, _ column: Int) -> String {
    dialect.name(columnNames[relation.index][column])
  }

  func columns(_ relation: RelationID) -> [String] {
    columnNames[relation.index].map(dialect.name)
  }

  /// The columns with their types, as a table is declared.
  func declaration(_ relation: RelationID) -> String {
    let columns = program[relation].columns
    if columns.isEmpty { return "\(dialect.name("holds")) BOOLEAN" }
    return columns.enumerated().map { number, column in
      let type = program.type(column.slot)
      return "\(self.column(relation, number)) \(dialect.type(type) ?? "")"
        + (type == .symbol ? dialect.collation : "")
    }.joined(separator: ", ")
  }
}
