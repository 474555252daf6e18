import GraphCore
import GraphQuery

extension Shell {
  /// Says why an answer has no rows, where people read it: with the answer on a terminal, else on
  /// standard error beside a box. Other formats are read by programs.
  func explainEmpty(_ query: QuerySession.AskedQuery, _ answer: Answer) throws(FileError) {
    guard currentForm == .table(.box), answers.isStandard else { return }
    // What took long took it for some part of the body, which would take as long again.
    guard answer.duration < 2_000_000_000 else { return }
    // `no` is an answer by itself, and a bound that leaves nothing is no riddle.
    let explanations = session.explainEmpty(query.tree)
    guard !explanations.isEmpty else { return }
    // The count stands above already where the summary is shown, and so does `no`.
    let isTold = answer.isTruthValue || (showsSummary && isInteractive)
    let title = isTold ? "  " : "0 rows: "
    let text = explanations.map { self.text(of: $0, after: title) }.joined()
    if isInteractive {
      var output: [UInt8] = []
      style.append(text, .faint, to: &output)
      try answers.write(output)
    } else {
      tell(text)
    }
  }

  /// One line where it fits, else a line for each condition and finding.
  private func text(of explanation: EmptyAnswerExplanation, after title: String) -> String {
    let line = title + explanation.text
    if DisplayWidth.columns(of: line) <= columns { return line + "\n" }
    let steps = explanation.steps.map { "\($0.condition) \($0.rowCount)" }
    let chain = title + steps.joined(separator: " → ")
    let indent = String(repeating: " ", count: DisplayWidth.columns(of: title))
    let head =
      DisplayWidth.columns(of: chain) <= columns
      ? chain : title + steps.joined(separator: "\n\(indent)→ ")
    return head + "\n" + explanation.findings.map { "\(indent)\($0).\n" }.joined()
  }

  /// What a change did, in a line: `+1 node, +1 edge`, and what it did to watched relations.
  func show(_ change: SessionChange) throws(FileError) {
    if isInteractive { try print(ChangeText.line(change) + "\n") }
    try showWatched()
  }

  /// Shows what has changed in the watched relations since they were last looked at.
  func showWatched() throws(FileError) {
    for index in watched.indices {
      guard let rows = session.rows(ofRelation: watched[index].name) else { continue }
      let old = watched[index].rows
      watched[index].rows = rows
      let added = rows.subtracting(old).sorted { $0.lexicographicallyPrecedes($1) }
      let removed = old.subtracting(rows).sorted { $0.lexicographicallyPrecedes($1) }
      guard !added.isEmpty || !removed.isEmpty else { continue }
      var parts: [String] = []
      if !added.isEmpty { parts.append("+\(Quantity.grouped(added.count))") }
      if !removed.isEmpty { parts.append("-\(Quantity.grouped(removed.count))") }
      var text = "\(watched[index].name): \(parts.joined(separator: ", "))\n"
      for (sign, list) in [("+", added), ("-", removed)] {
        for row in list.prefix(10) { text += "  \(sign) \(row.joined(separator: ", "))\n" }
        if list.count > 10 { text += "  \(sign) and \(Quantity.grouped(list.count - 10)) more\n" }
      }
      try print(text)
    }
  }
}

/// A relation that `.watch` shows the changes of.
struct WatchedRelation {
  let name: String
  /// The rows when they were last looked at, as texts.
  var rows: Set<[String]>
}

/// Changes in words.
enum ChangeText {
  static func line(_ change: SessionChange) -> String {
    let counts = change.difference.counts
    var parts: [String] = []
    func add(_ sign: String, _ count: Int, _ one: String, _ many: String? = nil) {
      guard count > 0 else { return }
      let noun = count == 1 ? one : many ?? one + "s"
      parts.append("\(sign)\(Quantity.grouped(count)) \(noun)")
    }
    add("+", counts.addedNodes, "node")
    add("+", counts.addedLabels, "label")
    add("+", counts.addedEdges, "edge")
    add("+", counts.addedProperties, "property", "properties")
    add("+", counts.addedAliases, "alias", "aliases")
    add("changed citations of ", counts.recitedEdges, "edge")
    add("changed citations of ", counts.recitedLabels, "label")
    add("changed citations of ", counts.recitedAliases, "alias", "aliases")
    add("-", counts.removedNodes, "node")
    add("-", counts.removedLabels, "label")
    add("-", counts.removedEdges, "edge")
    add("-", counts.removedProperties, "property", "properties")
    add("-", counts.removedAliases, "alias", "aliases")
    add("changed ", counts.changedProperties, "property", "properties")
    add("+", max(0, change.newRuleCount), "rule")
    add("-", max(0, -change.newRuleCount), "rule")
    add("+", max(0, change.newDeclarationCount), "declaration")
    add("+", max(0, change.tableRowChange), "row")
    add("-", max(0, -change.tableRowChange), "row")
    if change.hasNewSchema { parts.append("changed schema") }
    return parts.isEmpty ? "nothing changed" : parts.joined(separator: ", ")
  }
}
