import GraphCore
import GraphQuery

/// A command of the shell. Its help and its completion come from this one table.
struct ShellCommand: Sendable {
  let name: String
  /// What follows the name, as the help shows it.
  let arguments: String
  let summary: String
  let example: String
  let run: @Sendable (Shell, String) throws(FileError) -> ExitStatus

  static func named(_ name: String) -> ShellCommand? { all.first { $0.name == name } }

  /// Words behind a dot that belong to the language, wherever they stand.
  static let directives: Set<String> = [
    ".decl", ".type", ".symbol_type", ".number_type", ".functor", ".lattice", ".comp", ".init",
    ".override", ".input", ".output", ".printsize", ".limitsize", ".pragma", ".plan", ".node",
    ".edge", ".source", ".include",
  ]

  static let all: [ShellCommand] = [
    help, schema, labels, load, read, dot, mode, timer, quit,
  ]

  // MARK: The commands

  static let help = ShellCommand(
    name: ".help", arguments: "[COMMAND]", summary: "list the commands, or explain one",
    example: ".help .dot"
  ) { (shell, argument) throws(FileError) in
    try shell.print(argument.isEmpty ? ShellHelp.overview : ShellHelp.text(for: argument))
    return .success
  }

  static let schema = ShellCommand(
    name: ".schema", arguments: "[NAME]",
    summary: "show labels and edge types with their properties, as declarations",
    example: ".schema builds"
  ) { (shell, argument) throws(FileError) in
    let lines = SchemaText(shell.session.graph).lines(matching: argument)
    if lines.isEmpty {
      let graph = shell.session.graph
      let nearest = NearestWord.to(argument, among: graph.labels + graph.edgeTypes)
      shell.complain(
        argument.isEmpty ? "the graph is empty" : "no label or edge type is named \(argument)",
        help: nearest.map { "did you mean \($0)?" })
      return argument.isEmpty ? .success : .failure
    }
    try shell.print(lines.joined(separator: "\n") + "\n")
    return .success
  }

  static let labels = ShellCommand(
    name: ".labels", arguments: "", summary: "count the nodes of each label", example: ".labels"
  ) { (shell, _) throws(FileError) in
    try shell.run(
      statement: SourceText(
        name: ".labels", text: "?(label, nodes: count x) :- label(x, label) order by label."))
  }

  static let load = ShellCommand(
    name: ".load", arguments: "PATH...", summary: "load programs, facts or folders of them",
    example: ".load seeds"
  ) { (shell, argument) throws(FileError) in
    let paths = WordSplitter.split(argument)
    guard !paths.isEmpty else {
      shell.complain(".load needs a path", help: ".load seeds")
      return .failure
    }
    guard !shell.session.isReadOnly else {
      shell.complain("the session is read-only")
      return .failure
    }
    guard try shell.load(paths) else { return .failure }
    if shell.isInteractive { try shell.print(Conversation.size(of: shell.session.graph) + "\n") }
    return .success
  }

  static let read = ShellCommand(
    name: ".read", arguments: "FILE", summary: "carry out a script of commands and statements",
    example: ".read questions.dl"
  ) { (shell, argument) throws(FileError) in
    guard let path = WordSplitter.split(argument).first else {
      shell.complain(".read needs a file", help: ".read questions.dl")
      return .failure
    }
    return try shell.read(path)
  }

  static let dot = ShellCommand(
    name: ".dot", arguments: "FILE [QUERY]",
    summary: "draw the answer of a query, or the whole graph, as a Graphviz file",
    example: ".dot supply.dot ?- supplies(a, b)."
  ) { (shell, argument) throws(FileError) in
    let (path, rest) = WordSplitter.first(argument)
    guard !path.isEmpty else {
      shell.complain(".dot needs a file", help: ".dot supply.dot ?- supplies(a, b).")
      return .failure
    }
    let query = rest.isEmpty ? nil : SourceText(name: ".dot", text: rest)
    guard let bytes = shell.picture(of: query) else { return .failure }
    if path == "-" {
      try shell.print(String(decoding: bytes, as: UTF8.self))
    } else {
      try Files.write(bytes, to: path)
      if shell.isInteractive {
        try shell.print("\(path) is written; draw it with: dot -Tsvg \(path) -o picture.svg\n")
      }
    }
    return .success
  }

  static let mode = ShellCommand(
    name: ".mode", arguments: "[FORMAT]",
    summary: "choose how answers are written: \(AnswerForm.names.joined(separator: ", "))",
    example: ".mode markdown"
  ) { (shell, argument) throws(FileError) in
    if argument.isEmpty {
      let name = if case .table(let format) = shell.form { format.rawValue } else { "dot" }
      try shell.print(name + "\n")
      return .success
    }
    guard let form = AnswerForm(name: argument) else {
      let nearest = NearestWord.to(argument, among: AnswerForm.names)
      shell.complain(
        "unknown format \(argument)",
        help: nearest.map { "did you mean \($0)?" }
          ?? "one of \(AnswerForm.names.joined(separator: ", "))")
      return .failure
    }
    shell.form = form
    return .success
  }

  static let timer = ShellCommand(
    name: ".timer", arguments: "on|off",
    summary: "show how many rows an answer has and how long it took",
    example: ".timer on"
  ) { (shell, argument) throws(FileError) in
    switch argument {
    case "on": shell.showsSummary = true
    case "off": shell.showsSummary = false
    case "": shell.showsSummary.toggle()
    default:
      shell.complain("\(argument) is neither on nor off", help: ".timer on")
      return .failure
    }
    return .success
  }

  static let quit = ShellCommand(
    name: ".quit", arguments: "", summary: "leave the shell", example: ".quit"
  ) { (shell, _) throws(FileError) in
    shell.finish()
    return .success
  }
}

/// Splits what follows a command into words; quotes keep blanks together.
enum WordSplitter {
  static func split(_ text: String) -> [String] {
    var words: [String] = []
    var rest = text
    while true {
      let (word, remaining) = first(rest)
      if word.isEmpty { return words }
      words.append(word)
      rest = remaining
    }
  }

  /// The first word and what follows it.
  static func first(_ text: String) -> (word: String, rest: String) {
    let trimmed = text[...].trimmed
    guard let opening = trimmed.first else { return ("", "") }
    if opening == "\"" || opening == "'" {
      let body = trimmed.dropFirst()
      guard let closing = body.firstIndex(of: opening) else { return (String(body), "") }
      return (String(body[..<closing]), body[body.index(after: closing)...].trimmed)
    }
    guard let blank = trimmed.firstIndex(where: \.isWhitespace) else { return (trimmed, "") }
    return (String(trimmed[..<blank]), trimmed[blank...].trimmed)
  }
}
