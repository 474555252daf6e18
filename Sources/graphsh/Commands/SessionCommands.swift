import GraphCore
import GraphQuery

extension ShellCommand {
  static let sessionCommands = [load, read, help, quit]

  static let load = ShellCommand(
    ".load", "PATH...", .scripts, "load programs, facts or folders of them",
    details: "In a script a path is looked for beside the script, then in the working folder.",
    example: ".load seeds", completes: .file
  ) { (call) throws(FileError) in
    let paths = WordSplitter.split(call.argument).map(call.shell.sourcePath)
    guard !paths.isEmpty else {
      return call.refuse(".load needs a path", help: "for example .load seeds")
    }
    guard try call.shell.load(paths, remembers: true) else { return .failure }
    if call.shell.isInteractive {
      try call.shell.print(Conversation.size(of: call.session) + "\n")
    }
    return .success
  }

  static let read = ShellCommand(
    ".read", "FILE", .scripts, "carry out a script of commands and statements",
    details: "In a script a path is looked for beside the script, then in the working folder.",
    example: ".read questions.dl", completes: .file
  ) { (call) throws(FileError) in
    guard let words = call.words(atMost: 1) else { return .failure }
    guard let path = words.first, !path.isEmpty else {
      return call.refuse(".read needs a file", help: "for example .read questions.dl")
    }
    return try call.shell.read(call.shell.sourcePath(path))
  }

  static let help = ShellCommand(
    ".help", "[COMMAND|keys]", .scripts, "list the commands, explain one, or list the keys",
    example: ".help .dot", completes: .commands
  ) { (call) throws(FileError) in
    switch call.argument {
    case "": try call.shell.page(ShellHelp.overview(columns: min(100, call.shell.columns)))
    case "keys", ".keys":
      try call.shell.page(ShellHelp.keys(columns: min(100, call.shell.columns)))
    default:
      guard let text = ShellHelp.text(for: call.argument, columns: call.shell.columns) else {
        let name = call.argument.hasPrefix(".") ? call.argument : "." + call.argument
        let nearest = NameSuggestions.word(name, among: ShellCommand.all.map(\.name))
        return call.refuse(
          "there is no command \(name)",
          help: nearest.map { "did you mean \($0)?" } ?? ".help lists the commands")
      }
      try call.shell.print(text)
    }
    return .success
  }

  static let quit = ShellCommand(
    ".quit", "", .scripts, "leave the shell", example: ".quit"
  ) { (call) throws(FileError) in
    call.shell.finish()
    return .success
  }
}
