@testable import graphsh

/// A table of written cells. A cell nil is a null.
struct SampleTable: AnswerTable {
  var columnNames: [String]
  var kinds: [CellKind]
  var rows: [[String?]]

  init(_ columns: [(String, CellKind)], _ rows: [[String?]]) {
    columnNames = columns.map(\.0)
    kinds = columns.map(\.1)
    self.rows = rows
  }

  var rowCount: Int { rows.count }

  func isNumeric(column: Int) -> Bool { kinds[column] == .integer || kinds[column] == .float }

  func kind(row: Int, column: Int) -> CellKind { rows[row][column] == nil ? .null : kinds[column] }

  func appendText(row: Int, column: Int, to output: inout [UInt8]) {
    output += (rows[row][column] ?? "").utf8
  }

  static let nasty = SampleTable(
    [("name", .text), ("金额", .float), ("n|m", .integer), ("ok", .boolean)],
    [
      ["祁县经济开发区", "3.5", "12", "true"],
      ["a,\"b\"|c\\d", "-0.25", "-7", "false"],
      ["two\nlines\tand\u{1B}[1m", "inf", "0", "true"],
      ["", nil, "9007199254740993", nil],
      ["👨‍👩‍👧 e\u{301}", "1e+20", "1", "true"],
    ])

  static let empty = SampleTable([("c", .text), ("n", .integer)], [])
  static let yes = SampleTable([], [[]])
  static let no = SampleTable([], [])
}
