import GraphCore
import GraphQuery

extension ShellCommand {
  static let changingCommands = [
    delete, set, unset, merge, split, rename, forget, unindex, undo, begin, commit, rollback, watch,
    unwatch, edit,
  ]

  static let delete = ShellCommand(
    ".delete", "ATOM", .changing, "remove the edges, labels, nodes or facts that match",
    details: """
      An edge atom removes every matching edge, a label atom the label, node(x) the node with its
      edges, alias(a, x) the other name. A named argument narrows; so do conditions behind the atom.
      """,
    example: ".delete located_in(\"伊利集团\", z)", completes: .language
  ) { (call) throws(FileError) in
    guard !call.argument.isEmpty else {
      return call.refuse(".delete needs an atom", help: "for example .delete located_in(\"A\", z)")
    }
    let atom = call.language(call.argument)
    let (nodes, edges) = call.session.nodesToDelete(atom)
    if edges > 0, let confirm = call.shell.confirm {
      let what = nodes.count == 1 ? "\"\(nodes[0])\"" : Quantity.counted(nodes.count, "node")
      let verb = nodes.count == 1 ? "has" : "have"
      let question = "\(what) \(verb) \(Quantity.counted(edges, "edge")), which go too. Delete?"
      guard confirm(question) else {
        try call.shell.print("nothing deleted\n")
        return .success
      }
    }
    let (change, diagnostics) = call.session.delete(atom)
    call.shell.report(diagnostics)
    guard let change else { return .failure }
    try call.shell.print(ChangeText.deletion(change) + "\n")
    try call.shell.showWatched()
    return .success
  }

  static let set = ShellCommand(
    ".set", "ATOM", .changing, "give nodes properties in place of those they have",
    example: ".set company(\"伊利集团\", founded: 1993)", completes: .language
  ) { (call) throws(FileError) in
    try call.change(call.session.set(call.language(call.argument)))
  }

  static let unset = ShellCommand(
    ".unset", "ATOM", .changing, "take properties from nodes",
    example: ".unset company(\"伊利集团\", founded: _)", completes: .language
  ) { (call) throws(FileError) in
    try call.change(call.session.unset(call.language(call.argument)))
  }

  static let merge = ShellCommand(
    ".merge", "\"A\" into \"B\"", .changing,
    "make A another name of B; all facts of A become facts of B",
    example: ".merge \"祁县县委\" into \"中共祁县县委\"", completes: .names
  ) { (call) throws(FileError) in
    let words = WordSplitter.split(call.argument)
    guard words.count == 3, words[1] == "into" else {
      return call.refuse(".merge needs two names", help: "for example .merge \"A\" into \"B\"")
    }
    return try call.change(call.session.mergeNode(words[0], into: words[2]))
  }

  static let split = ShellCommand(
    ".split", "\"A\"", .changing, "take .merge back: A is a node again, with the facts it had",
    example: ".split \"祁县县委\"", completes: .names
  ) { (call) throws(FileError) in
    let words = WordSplitter.split(call.argument)
    guard words.count == 1 else {
      return call.refuse(".split needs a name", help: "for example .split \"A\"")
    }
    return try call.change(call.session.splitNode(words[0]))
  }

  static let rename = ShellCommand(
    ".rename", "\"A\" to \"B\"", .changing, "give the node A the name B",
    example: ".rename \"祁县县委\" to \"中共祁县县委\"", completes: .names
  ) { (call) throws(FileError) in
    let words = WordSplitter.split(call.argument)
    guard words.count == 3, words[1] == "to" else {
      return call.refuse(".rename needs two names", help: "for example .rename \"A\" to \"B\"")
    }
    return try call.change(call.session.renameNode(words[0], to: words[2]))
  }

  static let forget = ShellCommand(
    ".forget", "RELATION... | constraints", .changing,
    "forget the rules of relations and what is declared of them, or all constraints",
    details: "With a database they are forgotten there as well.",
    example: ".forget hub", completes: .names
  ) { (call) throws(FileError) in
    let words = WordSplitter.split(call.argument)
    guard !words.isEmpty else {
      return call.refuse(".forget needs a name", help: "for example .forget hub")
    }
    return try call.change(call.session.forget(words))
  }

  static let unindex = ShellCommand(
    ".unindex", "node(KEY...) | text", .changing, "drop indexes and unique keys",
    details: ".index and .unique declare them; .schema shows them.",
    example: ".unindex node(code)"
  ) { (call) throws(FileError) in
    guard !call.argument.isEmpty else {
      return call.refuse(".unindex needs an index", help: "for example .unindex node(code)")
    }
    return try call.change(call.session.unindex(call.argument))
  }

  static let undo = ShellCommand(
    ".undo", "", .changing, "take back the last change, and with more calls the ones before",
    details: """
      It knows the changes of this session; what was there when the database was opened stays.
      """,
    example: ".undo"
  ) { (call) throws(FileError) in
    let (undone, diagnostics) = call.session.undo()
    call.shell.report(diagnostics)
    guard let undone else { return .failure }
    if call.shell.isInteractive { try call.shell.print("undone: \(undone.title)\n") }
    try call.shell.showWatched()
    return .success
  }

  static let begin = ShellCommand(
    ".begin", "", .changing, "begin a transaction: what follows holds together or not at all",
    details: """
      It ends with .commit or .rollback. A second one inside is refused; a script that ends before the
      transaction does is an error, and nothing of the transaction is kept.
      """,
    example: ".begin"
  ) { (call) throws(FileError) in
    guard !call.session.isReadOnly else { return call.refuse("the session is read-only") }
    guard call.session.openTransactionCount == 0 else {
      let place = call.shell.transactionPlace.map { " since \($0)" } ?? ""
      return call.refuse(
        "a transaction is open already\(place)",
        help: "`.commit` keeps what it changed, `.rollback` takes it back")
    }
    call.session.begin()
    // Each statement of the prompt is a text of its own, in which the line says nothing.
    let isTyped = call.text.name == Shell.promptName
    call.shell.transactionPlace = isTyped ? nil : call.place
    return .success
  }

  static let commit = ShellCommand(
    ".commit", "", .changing, "end the transaction and keep its changes", example: ".commit"
  ) { (call) throws(FileError) in
    let diagnostics = call.session.commit()
    call.shell.report(diagnostics)
    return diagnostics.contains { $0.severity == .error } ? .failure : .success
  }

  static let rollback = ShellCommand(
    ".rollback", "", .changing, "take back everything since .begin", example: ".rollback"
  ) { (call) throws(FileError) in
    let diagnostics = call.session.rollback()
    call.shell.report(diagnostics)
    guard diagnostics.isEmpty else { return .failure }
    if call.shell.isInteractive { try call.shell.print("undone: everything since .begin\n") }
    try call.shell.showWatched()
    return .success
  }

  static let watch = ShellCommand(
    ".watch", "[RELATION...]", .changing,
    "show after each change what it added to relations and removed from them",
    example: ".watch partner", completes: .names
  ) { (call) throws(FileError) in
    let names = WordSplitter.split(call.argument)
    if names.isEmpty {
      for relation in call.shell.watched {
        try call.shell.print("\(relation.name)  \(Quantity.counted(relation.rows.count, "row"))\n")
      }
    }
    for name in names where !call.shell.watched.contains(where: { $0.name == name }) {
      guard let rows = call.session.rows(ofRelation: name) else {
        return call.refuseUnknownRelation(name)
      }
      call.shell.watched.append(WatchedRelation(name: name, rows: rows))
    }
    return .success
  }

  static let unwatch = ShellCommand(
    ".unwatch", "[RELATION...]", .changing, "watch relations no longer, or none at all",
    example: ".unwatch partner", completes: .names
  ) { (call) throws(FileError) in
    let names = WordSplitter.split(call.argument)
    for name in names where !call.shell.watched.contains(where: { $0.name == name }) {
      return call.refuse("\(name) is not watched")
    }
    call.shell.watched.removeAll { names.isEmpty || names.contains($0.name) }
    return .success
  }

  static let edit = ShellCommand(
    ".edit", "[FILE]", .changing,
    "edit the last statement, or a file, in $EDITOR and carry it out",
    example: ".edit", completes: .file
  ) { (call) throws(FileError) in
    guard call.shell.isInteractive else { return call.refuse(".edit needs a terminal") }
    let editor = Terminal.environmentVariable("VISUAL") ?? Terminal.environmentVariable("EDITOR")
    let words = WordSplitter.split(editor ?? "vi")
    guard let program = words.first, ChildProcess.exists(program) else {
      return call.refuse("there is no editor", help: "set EDITOR to the name of one")
    }
    guard let arguments = call.words(atMost: 1) else { return .failure }
    let file = arguments.first
    let folder = Terminal.environmentVariable("TMPDIR") ?? "/tmp"
    let path =
      if let file {
        file
      } else {
        try Files.makeTemporary(
          Array((call.shell.lastStatement + "\n").utf8), in: folder, ending: ".dl")
      }
    defer { if file == nil { Files.remove(path) } }
    guard ChildProcess.run(words + [path], input: nil, capturing: false)?.status == 0 else {
      return call.refuse("\(program) failed; nothing was carried out")
    }
    return try call.shell.read(path)
  }
}

extension CommandCall {
  /// Shows what a change came to.
  func change(
    _ result: (change: SessionChange?, diagnostics: [Diagnostic])
  ) throws(FileError) -> ExitStatus {
    shell.report(placed(result.diagnostics))
    guard let change = result.change else { return .failure }
    try shell.show(change)
    return .success
  }

  /// Mistakes that have no place of their own stand where the command does. What a file is to blame for is not here.
  private func placed(_ diagnostics: [Diagnostic]) -> [Diagnostic] {
    guard diagnostics.contains(where: { $0.span == nil && $0.severity == .error }) else {
      return diagnostics
    }
    let span = session.place(of: text)
    return diagnostics.map { diagnostic in
      var diagnostic = diagnostic
      if diagnostic.span == nil, diagnostic.severity == .error, diagnostic.code != .unreadableFile {
        diagnostic.span = span
      }
      return diagnostic
    }
  }

  /// Says that a name is no relation, label or edge type.
  func refuseUnknownRelation(_ name: String) -> ExitStatus {
    let nearest = NameSuggestions.nearest(to: name, among: session.relationNames, limit: 1).first
    return refuse(
      "no relation, label or edge type is named \(name)",
      help: nearest.map { "did you mean \($0)?" })
  }
}

extension ChangeText {
  /// What a deletion took out: `3 edges deleted`; `0 deleted` where nothing matched.
  static func deletion(_ change: SessionChange) -> String {
    let counts = change.difference.counts
    var parts: [String] = []
    for (count, noun) in [
      (counts.removedNodes, "node"), (counts.removedEdges, "edge"),
      (counts.removedLabels, "label"), (counts.removedAliases, "alias"),
      (max(0, -change.tableRowChange), "row"),
    ] where count > 0 {
      parts.append(Quantity.counted(count, noun))
    }
    return parts.isEmpty ? "0 deleted" : parts.joined(separator: ", ") + " deleted"
  }
}
