import GraphCore

/// The texts of `.help`.
enum ShellHelp {
  static var overview: String {
    let usages = ShellCommand.all.map { usage($0) }
    let width = usages.map { DisplayWidth.columns(of: $0) }.max() ?? 0
    var text = "Ask with ?-, end with a full stop:  ?- company(c), located_in(c, \"祁县经济开发区\").\n"
    text +=
      "Shape the answer:                   ?(z, v) :- measured(z, \"税收\", value: v) order by v desc.\n"
    text += "Define a relation:                  partner(x) :- partners_with(x, _).\n"
    text += "State a fact:                       supplies(\"A\", \"B\", what: \"C\").\n\n"
    text += "Commands:\n"
    for (command, usage) in zip(ShellCommand.all, usages) {
      let padding = String(repeating: " ", count: width - DisplayWidth.columns(of: usage))
      text += "  \(usage)\(padding)  \(command.summary)\n"
    }
    return text
  }

  static func text(for name: String) -> String {
    let full = name.hasPrefix(".") ? name : "." + name
    guard let command = ShellCommand.named(full) else {
      let nearest = NearestWord.to(full, among: ShellCommand.all.map(\.name))
      return "no command \(full)" + (nearest.map { "; did you mean \($0)?" } ?? "") + "\n"
    }
    return "\(usage(command))\n  \(command.summary)\n  example: \(command.example)\n"
  }

  private static func usage(_ command: ShellCommand) -> String {
    command.arguments.isEmpty ? command.name : "\(command.name) \(command.arguments)"
  }
}
