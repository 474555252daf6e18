import GraphCore
import GraphQuery

extension ShellCommand {
  static let profileCommands = [plan, profile]

  static let plan = ShellCommand(
    ".plan", "QUERY", .understanding,
    "say how a query would be evaluated: order, indexes, expected rows",
    details: "Relations that the query rests on are computed, the query itself is not.",
    example: ".plan ?- company(c), located_in(c, z), zone(z).", completes: .language
  ) { (call) throws(FileError) in
    try inspect(call, name: ".plan", by: call.session.plan)
  }

  static let profile = ShellCommand(
    ".profile", "QUERY", .understanding,
    "evaluate a query and show rows and time of each condition, with advice",
    details: "What is written below a rule is how it was evaluated, not how it was written.",
    example: ".profile ?- company(c), located_in(c, z), zone(z).", completes: .language
  ) { (call) throws(FileError) in
    try inspect(call, name: ".profile", by: call.session.profile)
  }

  private static func inspect(
    _ call: CommandCall, name: String,
    by inspect: (SourceText, ParserOptions.Mode) -> (
      profile: QueryProfile?, diagnostics: [Diagnostic]
    )
  ) throws(FileError) -> ExitStatus {
    guard !call.argument.isEmpty else {
      return call.refuse("\(name) needs a query", help: "for example \(name) ?- company(c).")
    }
    let (profile, diagnostics) = inspect(call.language(call.argument), .conditions)
    let shell = call.shell
    if let profile {
      if case .table(let format) = shell.currentForm, format != .box {
        try shell.show(
          ProfileText(profile: profile, columns: shell.columns, style: shell.style).table)
      } else {
        try shell.page(
          ProfileText(profile: profile, columns: shell.columns, style: shell.style).rendered())
      }
    }
    shell.report(diagnostics)
    if diagnostics.contains(where: { $0.code == .interrupted }) { return .interrupted }
    return diagnostics.contains { $0.severity == .error } ? .failure : .success
  }
}
