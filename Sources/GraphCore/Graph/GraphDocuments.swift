/// The facts of a declared relation that are kept with the graph: rows of words, column by column.
public final class StoredTable {
  /// A column: its name, its type and a word for each row.
  package struct Column {
    package let name: String
    package let type: ValueType
    /// Terms of the graph, truth values, or the bits of numbers.
    package let words: GraphCore.Column<UInt64>

    package init(name: String, type: ValueType, words: GraphCore.Column<UInt64>) {
      self.name = name
      self.type = type
      self.words = words
    }
  }

  public let name: String
  public let rowCount: Int
  private var known: [Column]
  private var load: (() -> [Column])?

  /// The columns; read from the file when they are first asked for.
  package var columns: [Column] {
    if let load {
      self.load = nil
      known = load()
    }
    return known
  }

  /// A table that lies in a file. What is loaded has columns of `rowCount` rows.
  init(name: String, rowCount: Int, load: @escaping () -> [Column]) {
    self.name = name
    self.rowCount = rowCount
    known = []
    self.load = load
  }

  /// A table whose columns are equally long.
  package init(name: String, columns: [Column]) {
    self.name = name
    known = columns
    rowCount = columns.first?.words.count ?? 0
    precondition(columns.allSatisfy { $0.words.count == rowCount }, "columns differ in length")
  }
}

/// What is kept with a graph beside its facts at one moment: texts, and facts of declared relations.
package struct GraphDocuments {
  fileprivate let texts: [String: String]
  fileprivate let tables: [String: StoredTable]
}

extension Graph {
  /// What is kept now, for `GraphWriter.restore`. O(1).
  package var documentsKept: GraphDocuments { GraphDocuments(texts: documents, tables: tables) }

  /// A text that is kept with the graph, such as its rules: `graph.document("rules")`.
  public func document(_ name: String) -> String? { documents[name] }

  /// The names of all texts that are kept with the graph, in code point order. O(texts × log
  /// texts).
  public var documentNames: [String] {
    documents.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// The declared relations that are kept with the graph, in the order of their names. O(tables ×
  /// log tables).
  public var storedTables: [StoredTable] {
    tables.values.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }

  /// A declared relation that is kept with the graph.
  public func storedTable(_ name: String) -> StoredTable? { tables[name] }
}

extension GraphWriter {
  /// The names of all texts that are kept with the graph so far.
  public var documentNames: [String] { graph.documentNames }

  /// Keeps a text with the graph in place of the one of that name; `nil` forgets it.
  ///
  /// ```swift
  /// writer.setDocument("rules", to: "hub(z) :- zone(z), 10 < count : { located_in(_, z) }.")
  /// ```
  public mutating func setDocument(_ name: String, to text: String?) {
    guard graph.documents[name] != text else { return }
    graph.documents[name] = text
    graph.unsealed.hasDocuments = true
    transaction.hasOwnChanges = true
    graph.journal?.record(document: name, text)
  }

  /// Keeps the texts and tables of another moment and no others. O(kept × log kept), and O(rows) of tables
  /// that are others for a graph in a file.
  package mutating func restore(_ documents: GraphDocuments) {
    for name in Set(graph.documents.keys).union(documents.texts.keys).sorted() {
      setDocument(name, to: documents.texts[name])
    }
    for name in Set(graph.tables.keys).union(documents.tables.keys).sorted()
    where graph.tables[name] !== documents.tables[name] {
      setTable(name, to: documents.tables[name])
    }
  }

  /// Keeps the rows of a declared relation with the graph in place of those of before; `nil`
  /// forgets them. The words of text columns are terms of this graph.
  package mutating func setTable(_ name: String, to table: StoredTable?) {
    guard table != nil || graph.tables[name] != nil else { return }
    graph.tables[name] = table
    graph.unsealed.tables.insert(name)
    transaction.hasOwnChanges = true
    graph.journal?.record(table: name, table, graph.dictionary)
  }
}
