/// A small table of texts that a command shows in the chosen form, as answers are.
struct TextTable: AnswerTable {
  let columnNames: [String]
  /// Columns that hold numbers.
  var numericColumns: Set<Int> = []
  var rows: [[String]] = []

  init(_ columnNames: [String], numeric: Set<Int> = [], rows: [[String]] = []) {
    self.columnNames = columnNames
    numericColumns = numeric
    self.rows = rows
  }

  var rowCount: Int { rows.count }

  func isNumeric(column: Int) -> Bool { numericColumns.contains(column) }

  func kind(row: Int, column: Int) -> CellKind {
    numericColumns.contains(column) ? .integer : .text
  }

  func appendText(row: Int, column: Int, to output: inout [UInt8]) {
    output += rows[row][column].utf8
  }
}
