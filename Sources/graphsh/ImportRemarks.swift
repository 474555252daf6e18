import GraphCore
import GraphQuery

extension HidingName {
  /// The warning of an import, where names of files and columns give labels and edge types theirs.
  var importDiagnostic: Diagnostic {
    diagnostic(
      at: nil,
      renaming: kind == .label
        ? "to keep both, rename the file or give the nodes another :LABEL"
        : "to keep both, rename the file or give the edges another :TYPE")
  }
}

extension ImportRemark {
  /// The warning with advice, as it is shown.
  var diagnostic: Diagnostic {
    switch self {
    case .undirectedEdges(let file, let count, let type):
      let name = ASTPrinter.quotedName(type)
      return warning(
        .undirectedEdges,
        "\(file): \(Quantity.counted(count, "undirected edge")) "
          + "\(count == 1 ? "was" : "were") taken in the direction written",
        help: "(\(name)|^\(name))(x, y) asks for both directions")
    case .textColumn(let file, let line, let key, let text):
      let isNumber = NumberFormat.double(in: text.utf8) != nil
      let reason =
        isNumber ? "\(text) has more digits than a number holds" : "\"\(text)\" is no number"
      return warning(
        .textColumn, "\(file):\(line): the column \"\(key)\" is text, for \(reason)",
        help: (isNumber
          ? "\(key):double in the header rounds it"
          : "\(key):long or \(key):double in the header refuses such rows")
          + ", \(key):string says that the column is text")
    case .roundedNumbers(let file, let line, let key, let count, let text, let number):
      let others = count == 1 ? "" : ", and \(Quantity.counted(count - 1, "other")) likewise"
      return warning(
        .roundedNumbers,
        "\(file):\(line): \(text) in the column \"\(key)\" is kept as "
          + "\(NumberFormat.floatText(of: number))\(others)",
        help: "\(key):string in the header keeps all digits, \(key):double says that floats do")
    case .listColumn(let file, let key):
      return warning(
        .doubtfulHeader,
        "\(file): the lists of the column \"\(key)\" are kept as one text each, for a property holds one "
          + "value",
        help: "\(key):string in the header says that this is meant")
    case .likelyEnds(let file, let start, let end):
      return warning(
        .doubtfulHeader,
        "\(file): no edge was read, though \"\(start)\" and \"\(end)\" look like the ends of edges",
        help: "call these columns \"from\" and \"to\" in the header")
    case .idSpaces(let file, let first, let other):
      return warning(
        .doubtfulHeader,
        "\(file): the ids of \(other) and of \(first) are names of one kind here: where both have 1, that is one "
          + "node",
        help: "give such ids a prefix of their own, in the files of edges too")
    case .likelyType(let file, let column, let type):
      return warning(
        .doubtfulHeader, "\(file): the column \"\(column)\" has no type, and this whole name",
        help: "is \(type) meant? the types are int, long, float, double, boolean and string")
    case .shortRows(let file, let line, let count, let columnCount):
      return warning(
        .shortRows,
        "\(file):\(line): \(count == 1 ? "a row has" : "\(count) rows have") fewer than the \(columnCount) fields of the "
          + "header; the others were taken as empty",
        help: "look whether the file is whole")
    case .unnamedColumns(let file, let columns):
      let places = columns.map { "\($0)" }.joined(separator: ", ")
      return warning(
        .doubtfulHeader,
        columns.count == 1
          ? "\(file): the column \(places) has no name in the header and was left out"
          : "\(file): the columns \(places) have no name in the header and were left out",
        help: "a name in the header keeps such a column, \":IGNORE\" says that it is not wanted")
    case .emptyRows(let file, let line, let count):
      return warning(
        .emptyRows,
        "\(file):\(line): "
          + (count == 1 ? "a row gives its node" : "\(count) rows give their nodes")
          + " neither a label nor a property, and nothing is kept of \(count == 1 ? "it" : "them")",
        help: "a node is there while it has a label, a property or an edge; look at the column "
          + "of labels")
    case .likelySeparator(let file, let separator):
      return warning(
        .doubtfulHeader,
        "\(file): everything was read as one column, though \"\(separator)\" seems to part several",
        help: "fields are separated by a comma, semicolon, tab or \"|\"")
    }
  }

  private func warning(_ code: DiagnosticCode, _ message: String, help: String) -> Diagnostic {
    Diagnostic(code, message, at: nil, severity: .warning, help: help)
  }
}
