public import GraphCore

/// `.input`, `.output` or `.printsize` of one relation: where its rows come from or go to.
public struct FileDirective: Sendable {
  public enum Kind: Sendable {
    case input, output, printsize
  }

  public var kind: Kind
  /// The name of the relation, which is declared.
  public var relation: String
  /// The directive's parameters: `filename`, `delimiter`, `IO`, ...
  public var parameters: [String: String]
  public var span: SourceSpan
  /// The attributes of its declaration, in order.
  public var columnNames: [String] = []

  /// What the relation is called outside: the parameter `name`, or its own name.
  public var title: String { parameters["name"] ?? relation }

  /// What separates the values of a row.
  public var delimiter: String {
    parameters["delimiter"] ?? (parameters["rfc4180"] == "true" ? "," : "\t")
  }

  /// The parameters that say something here.
  static let knownParameters = [
    "IO", "filename", "name", "delimiter", "rfc4180", "headers", "columns", "format", "compress",
  ]

  /// The parameters that Soufflé reads besides, or writes itself where it transforms a program; they say nothing here.
  static let ignoredParameters = [
    "attributeNames", "auxArity", "auxiliary", "dbname", "fact-dir", "intermediate", "message",
    "no-warn", "operation", "ordermode", "output-dir", "params", "relation", "types",
  ]
}
