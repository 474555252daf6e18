import GraphCore
import GraphQuery

/// The shell on a terminal: a greeting, statements as they are typed, answers as they come.
final class Conversation {
  private let shell: Shell
  private let paths: [String]
  private let loadTime: UInt64

  init(_ shell: Shell, paths: [String], loadTime: UInt64) {
    self.shell = shell
    self.paths = paths
    self.loadTime = loadTime
  }

  func run() throws(FileError) -> ExitStatus {
    Interrupts.watch()
    let terminal = Terminal()
    let environment: (String) -> String? = Terminal.environmentVariable
    let history = HistoryFile.standardPath(environment: environment).map { HistoryFile(path: $0) }
    let input = TerminalSession(
      terminal: terminal, isEditing: terminal.isInteractive,
      language: ShellLanguage(shell.session).editorLanguage,
      style: Style.forOutput(isTerminal: terminal.isTerminal, environment: environment),
      historyFile: history)
    shell.confirm = { question in
      terminal.write(Array("\(question) [y/N] ".utf8))
      guard case .bytes(let bytes) = terminal.read(timeoutMilliseconds: nil) else { return false }
      let answer = String(decoding: bytes, as: UTF8.self)[...].trimmed.lowercased()
      return ["y", "yes", "是"].contains(answer)
    }
    try shell.print(greeting)
    while !shell.isFinished {
      input.editor.prompt = shell.prompt
      switch input.readStatement() {
      case .endOfInput: return .success
      case .interrupted: continue
      case .statement(let text):
        // A mistake at the prompt has been reported and is no reason to leave.
        _ = try shell.run(script: SourceText(name: Shell.promptName, text: text))
      }
    }
    return .success
  }

  private var greeting: String {
    var line = "graphsh \(CommandTable.version)"
    if !paths.isEmpty {
      let size = "\(paths.joined(separator: " ")): \(Self.size(of: shell.session))"
      let loaded = "\(size) (\(Quantity.time(.nanoseconds(Int64(clamping: loadTime)))))"
      let fits = DisplayWidth.columns(of: line + loaded) + 5 <= shell.columns
      line += fits ? "  ·  \(loaded)" : "\n\(loaded)"
    }
    return line
      + "\nAsk with ?-, end with a full stop. .help lists commands, Tab completes.\n\n"
  }

  /// What there is: a graph, facts of declared relations, or both.
  static func size(of session: QuerySession) -> String {
    let facts = session.declaredFactCount
    guard facts > 0 else { return size(of: session.graph) }
    let declared = Quantity.counted(facts, "declared fact")
    return session.graph.nodeCount == 0 ? declared : "\(size(of: session.graph)), \(declared)"
  }

  static func size(of graph: Graph) -> String {
    [
      Quantity.counted(graph.nodeCount, "node"),
      Quantity.counted(graph.edgeCount, "edge"),
      Quantity.counted(graph.knownLabels.count, "label"),
      Quantity.counted(graph.knownEdgeTypes.count, "edge type"),
    ].joined(separator: ", ")
  }
}

extension Shell {
  /// What is asked with: a star says that what changes is not kept before `.commit`.
  var prompt: LineEditor.Prompt {
    session.openTransactionCount == 0
      ? LineEditor.Prompt() : LineEditor.Prompt(first: "graph*> ", further: "   ...> ")
  }
}
