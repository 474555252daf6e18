import GraphCore
import GraphQuery

extension ShellCommand {
  static let understandingCommands = [
    schema, labels, stats, rules, info, showNode, path, find,
  ]

  static let schema = ShellCommand(
    ".schema", "[NAME]", .understanding,
    "show labels, edge types and relations as declarations, with counts",
    details: "Nodes and edges that rules give to a label or an edge type count as well.",
    example: ".schema builds", completes: .names
  ) { (call) throws(FileError) in
    guard let words = call.words(atMost: 1) else { return .failure }
    let name = words.first ?? ""
    var lines = SchemaText(call.session).lines(matching: name)
    for relation in call.session.programRelationNames
    where name.isEmpty || name == relation {
      if let text = call.session.declarationText(relation) { lines.append(".decl \(text)") }
    }
    if lines.isEmpty {
      guard !name.isEmpty else { return .success }
      let known =
        call.session.labelNames + call.session.edgeTypeNames + call.session.programRelationNames
      let nearest = NameSuggestions.nearest(to: name, among: known, limit: 1).first
      return call.refuse(
        "no label, edge type or relation is named \(name)",
        help: nearest.map { "did you mean \($0)?" })
    }
    try call.shell.page(lines.joined(separator: "\n") + "\n")
    return .success
  }

  static let labels = ShellCommand(
    ".labels", "", .understanding, "count the nodes of each label",
    details: "Those that rules give a label count as well; so do labels that are declared only.",
    example: ".labels"
  ) { (call) throws(FileError) in
    try call.shell.show(
      TextTable(
        ["label", "nodes"], numeric: [1],
        rows: call.session.labelNames.map { [$0, "\(call.session.nodeCount(ofLabel: $0))"] }))
    return .success
  }

  static let stats = ShellCommand(
    ".stats", "", .understanding,
    "count everything: nodes, edges of each type, ends, the best connected nodes",
    example: ".stats"
  ) { (call) throws(FileError) in
    let graph = call.graph
    try call.shell.print(
      Conversation.size(of: graph) + ", " + Quantity.counted(graph.aliases.count, "other name")
        + ", " + Quantity.counted(call.session.ruleTexts().count, "rule") + "\n")
    let statistics = graph.statistics
    var rows: [[String]] = []
    for type in graph.edgeTypes.sorted() {
      guard let entry = statistics.edgeTypes[type] else { continue }
      rows.append([
        type, "\(entry.edgeCount)", "\(entry.distinctSources)", "\(entry.distinctTargets)",
        "\(entry.maximumOutgoing)", "\(entry.maximumIncoming)",
      ])
    }
    guard !rows.isEmpty else { return .success }
    try call.shell.show(
      TextTable(
        ["edge type", "edges", "from", "to", "most from one", "most to one"],
        numeric: [1, 2, 3, 4, 5], rows: rows))
    var degrees: [TermID: Int] = [:]
    for type in graph.edgeTypes {
      for edge in graph.edges(ofType: type) {
        degrees[edge.source.id, default: 0] += 1
        degrees[edge.target.id, default: 0] += 1
      }
    }
    let best = graph.nodes.map { ($0, degrees[$0.id] ?? 0) }.sorted {
      $0.1 != $1.1 ? $0.1 > $1.1 : $0.0.name < $1.0.name
    }.prefix(10)
    try call.shell.show(
      TextTable(
        ["best connected", "labels", "edges"], numeric: [2],
        rows: best.map { [$0.0.name, $0.0.labels.joined(separator: ", "), "\($0.1)"] }))
    return .success
  }

  static let rules = ShellCommand(
    ".rules", "[NAME]", .understanding,
    "show the rules, or those of one relation, with their places",
    example: ".rules partner", completes: .names
  ) { (call) throws(FileError) in
    guard let words = call.words(atMost: 1) else { return .failure }
    let name = words.first ?? ""
    let rules = call.session.ruleTexts(of: name)
    if rules.isEmpty, !name.isEmpty {
      let heads = Array(Set(call.session.ruleTexts().map(\.head)))
      let nearest = NameSuggestions.nearest(to: name, among: heads.sorted(), limit: 1).first
      return call.refuse(
        "no rule defines \(name)", help: nearest.map { "did you mean \($0)?" })
    }
    try call.shell.page(rules.map { "\($0.text)  // \($0.place)\n" }.joined())
    return .success
  }

  static let info = ShellCommand(
    ".info", "NAME", .understanding,
    "say what a name is: labels, properties, edges by type, other names, rules that use it",
    example: ".info 屯留经济技术开发区", completes: .names
  ) { (call) throws(FileError) in
    let words = WordSplitter.split(call.argument)
    guard let name = words.first, words.count == 1 else {
      return call.refuse(
        ".info needs a name", help: words.isEmpty ? ".info zone" : "a name with blanks needs quotes"
      )
    }
    guard
      let text = NameInformation(
        session: call.session, columns: call.shell.columns
      ).text(of: name)
    else {
      return call.refuseUnknown(name)
    }
    try call.shell.page(text)
    return .success
  }

  static let showNode = ShellCommand(
    ".show", "NAME [DEPTH]", .understanding, "draw the neighbourhood of a node as an indented tree",
    details: "DEPTH is how many steps the tree goes, 2 by itself.",
    example: ".show 大运集团 1", completes: .names
  ) { (call) throws(FileError) in
    let words = WordSplitter.split(call.argument)
    guard let name = words.first, words.count <= 2 else {
      return call.refuse(".show needs a name", help: "for example .show \"伊利集团\" 1")
    }
    guard let depth = words.count == 2 ? Int(words[1]) : 2, (1...6).contains(depth) else {
      return call.refuse(
        "\(words[1]) is no number of steps", help: "from 1 to 6; a name with blanks needs quotes")
    }
    guard let node = call.node(name) else { return .failure }
    var tree = NeighbourhoodTree(graph: call.graph)
    try call.shell.page(
      tree.tree(of: node, depth: depth).rendered(
        columns: call.shell.columns, style: call.shell.style))
    return .success
  }

  static let path = ShellCommand(
    ".path", "A [to] B [via TYPE...] [limit N]", .understanding,
    "find the shortest connections of two nodes over any edge in either direction",
    details: """
      The most telling come first: those that lead past nodes with few neighbours. N of them are shown,
      5 by itself, and where there are more it is said.
      """,
    example: ".path 晋钢 英特丽 via supplies", completes: .ends
  ) { (call) throws(FileError) in
    var words = WordSplitter.split(call.argument)
    var limit = 5
    if words.count > 3, words[words.count - 2] == "limit" {
      guard let number = Int(words[words.count - 1]), (1...100_000).contains(number) else {
        return call.refuse(
          "\(words[words.count - 1]) is no number of connections", help: "from 1 to 100000")
      }
      limit = number
      words.removeLast(2)
    }
    // As in .rename and .merge; a node may be called so all the same.
    if words.count > 2, words[1] == "to", words[2] != "via" || words.count == 3 {
      words.remove(at: 1)
    }
    guard words.count == 2 || (words.count > 3 && words[2] == "via") else {
      return call.refuse(
        ".path needs two names",
        help: "for example .path 晋钢 英特丽; a name with blanks needs quotes")
    }
    let types = Array(words.dropFirst(3)).flatMap {
      $0.split { ",|，".contains($0) }.map(String.init)
    }
    for type in types where !call.graph.edgeTypes.contains(type) {
      let nearest = NameSuggestions.nearest(to: type, among: call.graph.edgeTypes, limit: 1).first
      return call.refuse(
        "there is no edge type \(type)", help: nearest.map { "did you mean \($0)?" })
    }
    guard let start = call.node(words[0]), let goal = call.node(words[1]) else { return .failure }
    if start.id == goal.id {
      try call.shell.print("\(words[0]) and \(words[1]) are the same node\n")
      return .success
    }
    let found = call.session.shortestWays(from: start, to: goal, types: types, limit: limit)
    if let failure = found.failure {
      call.shell.report([failure])
      return failure.code == .interrupted ? .interrupted : .failure
    }
    if found.abandonedCount > 0 {
      return call.refuse(
        "no connection among the \(Quantity.grouped(found.abandonedCount)) nodes that are nearest to "
          + goal.name, help: "name the edge types that may lead there: via TYPE")
    }
    if found.ways.isEmpty {
      try call.shell.print("nothing connects \(start.name) and \(goal.name)\n")
    }
    for way in found.ways {
      try call.shell.print(
        WayText.text(from: start, way, columns: call.shell.columns, style: call.shell.style))
    }
    if found.mayBeMore || found.count > found.ways.count {
      let known = Quantity.grouped(found.count)
      call.shell.remark(
        "\(Quantity.grouped(found.ways.count)) of \(found.mayBeMore ? "at least " : "")\(known) shortest "
          + "connections are shown; "
          + (found.mayBeMore
            ? "a larger \"limit\" shows more" : "\"limit \(found.count)\" shows all"))
    }
    return .success
  }

  static let find = ShellCommand(
    ".find", "TEXT", .understanding, "list the names that hold a text anywhere",
    example: ".find 经开区", completes: .names
  ) { (call) throws(FileError) in
    guard let words = call.words(atMost: 1) else { return .failure }
    guard let text = words.first, !text.isEmpty else {
      return call.refuse(".find needs a text", help: ".find 经开区")
    }
    var rows: [[String]] = []
    call.graph.forEachName(containing: text) { name in
      switch name {
      case .node(let node): rows.append([node.name, node.labels.joined(separator: ", ")])
      case .alias(let alias, let nodes): rows += nodes.map { [alias, "= \($0)"] }
      }
      return true
    }
    for name in call.session.relationNames where name.contains(text) {
      rows.append([name, call.session.relationKinds(name).joined(separator: ", ")])
    }
    if rows.isEmpty {
      let nearest = call.graph.suggestions(for: text)
      return call.refuse(
        "no name holds \"\(text)\"",
        help: nearest.isEmpty ? nil : "the nearest are \(nearest.joined(separator: ", "))")
    }
    rows.sort { a, b in
      let (first, second) = (a[0].hasPrefix(text), b[0].hasPrefix(text))
      return first != second ? first : a[0].utf8.lexicographicallyPrecedes(b[0].utf8)
    }
    try call.shell.show(TextTable(["name", "what it is"], rows: rows))
    return .success
  }
}

extension CommandCall {
  /// The node of a name; nil, with a complaint that says what is near, where there is none.
  func node(_ name: String) -> GraphNode? {
    switch session.findNode(name) {
    case .node(let node): return node
    case .ambiguous(let names):
      shell.complain(
        "\"\(name)\" is another name of several nodes", help: names.joined(separator: ", "))
    case .unknown(let nearest):
      shell.complain(
        "there is no node \"\(name)\"",
        help: nearest.isEmpty ? nil : "did you mean \(nearest.joined(separator: ", "))?")
    }
    return nil
  }

  /// Says that a name is nothing at all.
  func refuseUnknown(_ name: String) -> ExitStatus {
    var nearest = NameSuggestions.nearest(to: name, among: session.relationNames, limit: 1)
    nearest += graph.suggestions(for: name, limit: 2)
    return refuse(
      "nothing is named \"\(name)\"",
      help: nearest.isEmpty ? nil : "did you mean \(nearest.joined(separator: ", "))?")
  }
}

extension Shell {
  /// How wide trees and other texts of commands may be.
  var columns: Int { isInteractive ? windowSize().columns : 100 }

  /// Shows a table of a command in the form of answers, without count and time.
  func show(_ table: TextTable) throws(FileError) {
    let format: OutputFormat = if case .table(let chosen) = currentForm { chosen } else { .box }
    var settings = RenderSettings()
    settings.columnWidthLimit = columnWidthLimit
    if isInteractive && answers.isStandard {
      settings.style = style
      settings.columns = columns
      return try page(format.text(of: table, settings: settings))
    }
    try part(format, isEmpty: table.rowCount == 0)
    try print(format.text(of: table, settings: settings))
  }
}
