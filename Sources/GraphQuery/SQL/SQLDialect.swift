import GraphCore

/// The SQL of one engine: how names, values and types are written, and what it lacks.
public enum SQLDialect: String, CaseIterable, Sendable {
  case duckdb, postgres, spark

  /// A name in quotation marks.
  func name(_ name: String) -> String {
    let mark: Unicode.Scalar = self == .spark ? "`" : "\""
    return "\(mark)" + name.replacingScalars { $0 == mark ? "\(mark)\(mark)" : nil } + "\(mark)"
  }

  /// A text as a literal.
  func text(_ text: String) -> String {
    // In Spark a backslash begins an escape.
    let escapes: [Unicode.Scalar: String] =
      self == .spark ? ["'": "\\'", "\\": "\\\\"] : ["'": "''"]
    return "'" + text.replacingScalars { escapes[$0] } + "'"
  }

  /// The type of a column; nothing where the engine has none for it.
  func type(_ type: ColumnType) -> String? {
    switch type {
    case .symbol: self == .duckdb ? "VARCHAR" : self == .postgres ? "TEXT" : "STRING"
    case .number: "BIGINT"
    case .unsigned: self == .duckdb ? "UBIGINT" : nil
    case .float: self == .postgres ? "DOUBLE PRECISION" : "DOUBLE"
    case .boolean: "BOOLEAN"
    case .record: nil
    }
  }

  /// What stands behind the type of a text, so that texts are in the order of their code points.
  var collation: String { self == .postgres ? " COLLATE \"C\"" : "" }

  /// A value made one of a type, so that the parts of a union agree.
  func cast(_ value: String, _ type: ColumnType) -> String {
    "CAST(\(value) AS \(self.type(type) ?? "NULL"))" + (type == .symbol ? collation : "")
  }

  /// Whether a query may refer to itself until nothing new comes.
  var hasRecursion: Bool { self != .spark }

  /// How a table begins that is filled by a query.
  func table(_ name: String) -> String {
    self == .spark
      ? "CREATE OR REPLACE TEMPORARY VIEW \(name) AS" : "CREATE TEMPORARY TABLE \(name) AS"
  }

  // MARK: Functions

  /// `left / right` or its remainder; zero is an error, as it is here, unless `isSafe` says that it is not met.
  func quotient(
    _ left: String, _ right: String, isRemainder: Bool, _ type: ColumnType, isSafe: Bool
  ) -> String {
    if type == .float { return isRemainder ? "(\(left) % \(right))" : "(\(left) / \(right))" }
    let sign = isRemainder ? "%" : self == .duckdb ? "//" : self == .spark ? "div" : "/"
    let whole = "(\(left) \(sign) \(right))"
    if isSafe { return whole }
    switch self {
    case .postgres: return whole
    case .duckdb: return "CASE WHEN \(right) = 0 THEN error('division by zero') ELSE \(whole) END"
    case .spark: return "IF(\(right) = 0, raise_error('division by zero'), \(whole))"
    }
  }

  func length(_ text: String) -> String {
    self == .duckdb ? "length(\(text))" : "char_length(\(text))"
  }

  func exclusiveOr(_ left: String, _ right: String) -> String {
    switch self {
    case .duckdb: "xor(\(left), \(right))"
    case .postgres: "(\(left) # \(right))"
    case .spark: "(\(left) ^ \(right))"
    }
  }

  /// A double without what is behind the point.
  func truncated(_ value: String) -> String {
    self == .spark ? value : "trunc(\(value))"
  }

  /// Whether `text` has `part` in it.
  func contains(_ text: String, _ part: String) -> String {
    self == .postgres ? "(strpos(\(text), \(part)) > 0)" : "contains(\(text), \(part))"
  }

  /// Whether the whole of `text` is as `pattern` says, in the engine's own syntax of patterns.
  func matches(_ text: String, _ pattern: String) -> String {
    switch self {
    case .duckdb: "regexp_full_match(\(text), \(pattern))"
    case .postgres: "(\(text) ~ ('^(?:' || \(pattern) || ')$'))"
    case .spark: "rlike(\(text), concat('^(?:', \(pattern), ')$'))"
    }
  }

  func cast(text: String, to type: ColumnType) -> String {
    "CAST(\(text) AS \(self.type(type) ?? "NULL"))"
  }

  // MARK: Files

  /// What stands for a value that is not there: nothing that a file holds, since every text is one.
  private static let noText = "E'\\x01'"

  /// Statements that fill a table from a file with one row a line.
  func load(
    _ table: String, columns: String, from path: String, delimiter: String, isQuoted: Bool,
    hasHeaders: Bool
  ) -> String {
    let (header, quote) = (hasHeaders ? "true" : "false", quotation(isQuoted))
    switch self {
    case .duckdb:
      return
        "COPY \(table) FROM \(text(path)) (FORMAT csv, DELIMITER \(separator(delimiter)), "
        + "HEADER \(header), QUOTE \(quote), ESCAPE \(quote), NULLSTR \(Self.noText), AUTO_DETECT false);"
    case .postgres:
      return
        "\\copy \(table) FROM \(text(path)) WITH (FORMAT csv, DELIMITER \(separator(delimiter)), "
        + "HEADER \(header), QUOTE \(quote), NULL \(Self.noText))"
    case .spark:
      return
        "CREATE OR REPLACE TEMPORARY VIEW \(table) (\(columns)) USING csv OPTIONS ("
        + "path \(text(path)), sep \(separator(delimiter)), header '\(header)', quote \(quote), "
        + "nullValue '\\u0001');"
    }
  }

  /// A statement that writes a query's rows to a file, or shows them.
  func store(_ query: String, to path: String, delimiter: String, isQuoted: Bool, hasHeaders: Bool)
    -> String
  {
    let (header, quote) = (hasHeaders ? "true" : "false", quotation(isQuoted))
    switch self {
    case .duckdb:
      return
        "COPY (\(query)) TO \(text(path)) (FORMAT csv, DELIMITER \(separator(delimiter)), "
        + "HEADER \(header), QUOTE \(quote), ESCAPE \(quote));"
    case .postgres:
      return
        "\\copy (\(query)) TO \(text(path)) WITH (FORMAT csv, DELIMITER \(separator(delimiter)), "
        + "HEADER \(header), QUOTE \(quote), NULL \(Self.noText))"
    case .spark: return "\(query);"
    }
  }

  /// The mark around texts; where there is none, PostgreSQL takes one that no text has.
  private func quotation(_ isQuoted: Bool) -> String {
    isQuoted ? "'\"'" : self == .postgres ? "E'\\b'" : "''"
  }

  private func separator(_ delimiter: String) -> String {
    switch (self, delimiter) {
    case (.duckdb, "\t"): "'\\t'"
    case (.postgres, "\t"): "E'\\t'"
    case (.spark, "\t"): "'\\t'"
    default: text(delimiter)
    }
  }
}
