import GraphCore

/// How the rows of a relation stand in a file, as the parameters of a directive say.
struct TableFormat {
  var delimiter: [UInt8] = [UInt8(ascii: "\t")]
  /// Texts stand in quotation marks, which are doubled inside, as in RFC 4180.
  var isQuoted = false
  var hasHeaders = false
  /// For each column of the file the column of the relation it fills; identity where absent.
  var columns: [Int: Int]?
  var isJSON = false
  /// Rows as JSON objects with the names of the columns, rather than as lists.
  var hasObjects = false

  /// What sets values apart that may stand in quotation marks.
  var separator: [UInt8]? { isQuoted ? delimiter : nil }

  /// Reads a directive's parameters; `diagnostics` gets what is wrong with them.
  init(
    _ directive: FileDirective, arity: Int, _ diagnostics: inout [Diagnostic]
  ) {
    let parameters = directive.parameters
    func flag(_ key: String) -> Bool {
      guard let value = parameters[key] else { return false }
      if value != "true" && value != "false" {
        diagnostics.append(
          Diagnostic(
            .invalidDirective, "`\(key)` is `true` or `false`, not \"\(value)\"",
            at: directive.span))
      }
      return value == "true"
    }
    isQuoted = flag("rfc4180")
    hasHeaders = flag("headers")
    if isQuoted { delimiter = [UInt8(ascii: ",")] }
    if let written = parameters["delimiter"] {
      delimiter = Array(written.utf8)
      if delimiter.isEmpty || (isQuoted && delimiter.contains(UInt8(ascii: "\""))) {
        diagnostics.append(
          Diagnostic(
            .invalidDirective, "\"\(written)\" cannot set values apart", at: directive.span))
        delimiter = [UInt8(ascii: "\t")]
      }
    }
    isJSON = parameters["IO"] == "json" || parameters["IO"] == "jsonfile"
    hasObjects = parameters["format"] == "object"
    if directive.kind == .input, let written = parameters["columns"] {
      columns = Self.columns(written, arity: arity)
      if columns == nil {
        diagnostics.append(
          Diagnostic(
            .invalidDirective,
            "\"\(written)\" does not name \(Wording.counted(arity, "column")) of the file",
            at: directive.span, help: "number them from 0, in the order of the arguments: `0:2:1`"))
      }
    }
    // What is read is unpacked wherever it is packed.
    if directive.kind != .input, parameters["compress"] == "true" {
      diagnostics.append(
        Diagnostic(
          .invalidDirective, "files are not written compressed", at: directive.span,
          help: "leave `compress` out and pack the file with `gzip` afterwards"))
    }
  }

  /// Far more than a line has; a place is made for each up to the last that is named.
  private static let mostColumns = 1 << 20

  private static func columns(_ written: String, arity: Int) -> [Int: Int]? {
    var result: [Int: Int] = [:]
    for (target, part) in written.split(separator: ":", omittingEmptySubsequences: false)
      .enumerated()
    {
      guard let source = Int(part), (0..<mostColumns).contains(source), result[source] == nil
      else { return nil }
      result[source] = target
    }
    return result.count == arity ? result : nil
  }
}
