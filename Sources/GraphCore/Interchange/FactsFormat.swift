/// The language's own form (`.dl`): loading it again gives the same graph.
///
/// ```
/// .node company(founded: number)
/// .edge builds(company, project, amount: float, unit: symbol)
/// .unique node(code)
/// .index text
/// node("大运集团", founded: 1987).
/// .source "001.txt"
/// company("大运集团") @ 3.
/// builds("大运集团", "新能源汽车项目", amount: 12.5, unit: "亿元") @ 310-314.
/// alias("大运", "大运集团") @ 3.
/// ```
///
/// Facts without a document come first, then a group for each document in the order of first
/// mention. A fact with several citations is repeated under each. The properties of a node are given
/// once, with the first of its labels that says so without a document, or with `node`. A label or an edge
/// type whose facts would be read as something else is declared, if only with nothing behind it.
public struct FactsFormat: GraphFormat {
  public init() {}

  public func write(_ graph: Graph, to output: inout ByteOutput) throws {
    for schema in graph.nodeSchemas {
      output.append(".node ")
      output.append(name: schema.label)
      write(ends: [], schema.properties, to: &output)
    }
    for schema in graph.edgeSchemas {
      output.append(".edge ")
      output.append(name: schema.type)
      write(ends: [schema.sourceLabels, schema.targetLabels], schema.properties, to: &output)
    }
    for name in FactsFormat.labelsToDeclare(of: graph) { output.append(".node \(name)()\n") }
    for name in FactsFormat.typesToDeclare(of: graph) { output.append(".edge \(name)(_, _)\n") }
    writeIndexes(of: graph, to: &output)
    for node in graph.nodes where !node.properties.isEmpty {
      write("node", [node.name], node.properties, lines: nil, to: &output)
      try output.endRecord()
    }
    let tables = Tables(graph)
    for table in 0..<tables.count {
      try write(Run(table: table, rows: 0..<tables.rowCount(table)), tables, nil, to: &output)
    }
    for (source, runs) in FactsFormat.documents(tables) {
      output.append(".source ")
      output.append(fact: .text(source))
      output.append("\n")
      for run in runs { try write(run, tables, source, to: &output) }
    }
  }

  /// What facts are written of: the labels, the edge types and the aliases, with numbers from 0 on.
  private struct Tables {
    let labels: [(name: String, nodes: GraphNodes)]
    let types: [(name: String, edges: GraphEdges)]
    let aliases: [GraphAlias]

    init(_ graph: Graph) {
      labels = graph.labels.map { ($0, graph.nodes(labelled: $0)) }
      types = graph.edgeTypes.map { ($0, graph.edges(ofType: $0)) }
      aliases = graph.aliases
    }

    var count: Int { labels.count + types.count + 1 }

    func rowCount(_ table: Int) -> Int {
      if table < labels.count { return labels[table].nodes.count }
      return table < count - 1 ? types[table - labels.count].edges.count : aliases.count
    }

    func citations(_ table: Int, _ row: Int) -> [Citation] {
      if table < labels.count {
        return labels[table].nodes[row].citations(ofLabel: labels[table].name)
      }
      return table < count - 1
        ? types[table - labels.count].edges[row].citations : aliases[row].citations
    }
  }

  /// Rows of a table one behind the other.
  private struct Run {
    let table: Int
    var rows: Range<Int>
  }

  /// Labels without a schema that would not be read as labels: `node("x")` looks at the graph.
  private static func labelsToDeclare(of graph: Graph) -> [String] {
    graph.labels.filter { label in
      label == "node" && !graph.nodeSchemas.contains { $0.label == label }
    }
  }

  /// Edge types without a schema that would not be read as such: `alias("x", "y")` names a node,
  /// `label("x", "y")` looks at the graph.
  private static func typesToDeclare(of graph: Graph) -> [String] {
    graph.edgeTypes.filter { type in
      (type == "alias" || type == "label") && !graph.edgeSchemas.contains { $0.type == type }
    }
  }

  private func writeIndexes(of graph: Graph, to output: inout ByteOutput) {
    for (word, index) in [(".index", PropertyIndex.plain), (".unique", .unique)] {
      let keys = graph.indexedKeys.filter { graph.index(ofNodeProperty: $0) == index }
      if keys.isEmpty { continue }
      output.append("\(word) node(")
      for (place, key) in keys.enumerated() {
        if place > 0 { output.append(", ") }
        output.append(name: key)
      }
      output.append(")\n")
    }
    if graph.hasTextIndex { output.append(".index text\n") }
  }

  /// Writes the facts of a run that are cited from a document, or from none.
  private func write(
    _ run: Run, _ tables: Tables, _ source: String?, to output: inout ByteOutput
  ) throws {
    for row in run.rows {
      for lines in FactsFormat.lines(tables.citations(run.table, row), from: source) {
        if run.table < tables.labels.count {
          let (label, nodes) = tables.labels[run.table]
          write(label, [nodes[row].name], [], lines: lines, to: &output)
        } else if run.table < tables.count - 1 {
          let (type, edges) = tables.types[run.table - tables.labels.count]
          let edge = edges[row]
          write(
            type, [edge.source.name, edge.target.name], edge.properties, lines: lines, to: &output)
        } else {
          let alias = tables.aliases[row]
          write("alias", [alias.alias, alias.node], [], lines: lines, to: &output)
        }
      }
      try output.endRecord()
    }
  }

  /// The documents of all citations, in the order of first mention, with the rows that are cited from each. O(facts).
  private static func documents(_ tables: Tables) -> [(source: String, runs: [Run])] {
    var numbers: [Value: Int] = [:]
    var result: [(source: String, runs: [Run])] = []
    for table in 0..<tables.count {
      for row in 0..<tables.rowCount(table) {
        for source in tables.citations(table, row).compactMap(\.source) {
          let number = numbers[.text(source)] ?? result.count
          if number == result.count {
            numbers[.text(source)] = number
            result.append((source, []))
          }
          if let last = result[number].runs.last, last.table == table, last.rows.upperBound >= row {
            result[number].runs[result[number].runs.count - 1].rows = last.rows.lowerBound..<row + 1
          } else {
            result[number].runs.append(Run(table: table, rows: row..<row + 1))
          }
        }
      }
    }
    return result
  }

  /// The lines of each citation from a document; a fact without citations is cited from none.
  private static func lines(_ citations: [Citation], from source: String?) -> [String?] {
    if citations.isEmpty { return source == nil ? [nil] : [] }
    let source = source.map(ExactText.init)
    return citations.filter { $0.source.map(ExactText.init) == source }.map(\.lines)
  }

  private func write(
    _ name: String, _ arguments: [String], _ properties: [(key: String, value: Value)],
    lines: String?, to output: inout ByteOutput
  ) {
    output.append(name: name)
    output.append("(")
    for (place, argument) in arguments.enumerated() {
      if place > 0 { output.append(", ") }
      output.append(fact: .text(argument))
    }
    for (key, value) in properties {
      output.append(", ")
      output.append(name: key)
      output.append(": ")
      output.append(fact: value)
    }
    output.append(")")
    if let lines { output.append(" @ \(lines)") }
    output.append(".\n")
  }

  private func write(
    ends: [[String]], _ properties: [NodeSchema.Property], to output: inout ByteOutput
  ) {
    output.append("(")
    var isFirst = true
    func separate() {
      if !isFirst { output.append(", ") }
      isFirst = false
    }
    for labels in ends {
      separate()
      if labels.isEmpty { output.append("_") }
      for (place, label) in labels.enumerated() {
        if place > 0 { output.append("|") }
        output.append(name: label)
      }
    }
    for property in properties {
      separate()
      output.append(name: property.key)
      output.append(": \(property.type)")
    }
    output.append(")\n")
  }
}

extension ByteOutput {
  /// Words of the language that are names only in backquotes.
  private static let keywords: Set<String> = [
    "count", "sum", "min", "max", "mean", "match", "contains", "true", "false", "nil", "as",
    "autoinc", "band", "bor", "bxor", "bnot", "bshl", "bshr", "bshru", "land", "lor", "lxor",
    "lnot", "cat", "ord", "range", "strlen", "substr", "to_float", "to_number", "to_string",
    "to_unsigned", "recursive_iteration_cnt", "__FILE__", "__LINE__", "__INCL__", "_",
  ]

  /// Appends a name of the language, in backquotes unless it is a plain identifier.
  ///
  /// The language has no way to write a name with a backquote or a line break: these become `_`.
  /// O(length).
  public mutating func append(name: String) {
    let isPlain =
      !name.isEmpty && !ByteOutput.keywords.contains(name)
      && name.unicodeScalars.enumerated().allSatisfy { place, scalar in
        switch scalar {
        case "a"..."z", "A"..."Z", "_", "\u{4E00}"..."\u{9FFF}": true
        case "0"..."9": place > 0
        default: false
        }
      }
    if isPlain { return append(name) }
    append("`")
    append(name) { $0 == UInt8(ascii: "`") || $0 == 10 || $0 == 13 ? "_" : nil }
    append("`")
  }

  /// Appends a value as the language writes it; a decimal always has a point.
  public mutating func append(fact value: Value) {
    switch value {
    case .text(let text):
      append("\"")
      append(text) { byte in
        switch byte {
        case UInt8(ascii: "\""): "\\\""
        case UInt8(ascii: "\\"): "\\\\"
        case 7: "\\a"
        case 8: "\\b"
        case 9: "\\t"
        case 10: "\\n"
        case 11: "\\v"
        case 12: "\\f"
        case 13: "\\r"
        default: nil
        }
      }
      append("\"")
    case .float(let number):
      let text = NumberFormat.floatText(of: number)
      guard number.isFinite else { return append("to_float(\"\(text)\")") }
      let parts = text.split(separator: "e", maxSplits: 1)
      guard parts.count == 2 else { return append(text) }
      append(parts[0].contains(".") ? String(parts[0]) : parts[0] + ".0")
      append("e")
      append(parts[1].hasPrefix("+") ? String(parts[1].dropFirst()) : String(parts[1]))
    case .unsigned(let number): append("\(number)u")
    case .integer, .boolean: append(value.description)
    }
  }
}
