import GraphCore
import GraphQuery

extension ShellCommand {
  static let answerCommands = [mode, once, output, width, timer, pager, partial]

  static let mode = ShellCommand(
    ".mode", "[FORMAT]", .answers,
    "choose how answers are written: \(AnswerForm.names.joined(separator: ", "))",
    example: ".mode markdown", completes: .formats
  ) { (call) throws(FileError) in
    let shell = call.shell
    if call.argument.isEmpty {
      try shell.print(shell.currentForm.name + "\n")
      return .success
    }
    guard let form = AnswerForm(name: call.argument) else {
      let nearest = NameSuggestions.word(call.argument, among: AnswerForm.names)
      return call.refuse(
        "unknown format \(call.argument)",
        help: nearest.map { "did you mean \($0)?" }
          ?? "one of \(AnswerForm.names.joined(separator: ", "))")
    }
    shell.form = form
    shell.isFormChosen = true
    return .success
  }

  static let once = ShellCommand(
    ".once", "FILE", .answers, "write the next answer to a file",
    details: "The file's ending decides the format, unless .mode has chosen one.",
    example: ".once companies.csv", completes: .file
  ) { (call) throws(FileError) in
    guard let words = call.words(atMost: 1) else { return .failure }
    guard let path = words.first, !path.isEmpty else {
      return call.refuse(".once needs a file", help: "for example .once companies.csv")
    }
    try call.shell.answers.redirectOnce(to: path)
    return .success
  }

  static let output = ShellCommand(
    ".output", "[FILE]", .answers, "write all further answers to a file, or here again",
    details: "The file's ending decides the format, unless .mode has chosen one.",
    example: ".output answers.jsonl", completes: .file
  ) { (call) throws(FileError) in
    guard let words = call.words(atMost: 1) else { return .failure }
    let path = words.first
    try call.shell.answers.redirect(to: path == "-" || path == "stdout" ? nil : path)
    return .success
  }

  static let width = ShellCommand(
    ".width", "[COLUMNS|off]", .answers, "cut the columns of tables to so many characters",
    example: ".width 30"
  ) { (call) throws(FileError) in
    let shell = call.shell
    switch call.argument {
    case "":
      let width = shell.columnWidthLimit.map(String.init) ?? "off"
      try shell.print(width + "\n")
    case "off", "0": shell.columnWidthLimit = nil
    default:
      guard let width = Int(call.argument), (1...10_000).contains(width) else {
        return call.refuse(
          "\(call.argument) is no width", help: "a number from 1 to 10000, or off")
      }
      shell.columnWidthLimit = width
    }
    return .success
  }

  static let timer = ShellCommand(
    ".timer", "[on|off]", .answers, "show how many rows an answer has and how long it took",
    example: ".timer on", completes: .switches
  ) { (call) throws(FileError) in
    guard let value = Switch.value(call, or: !call.shell.showsSummary) else { return .failure }
    call.shell.showsSummary = value
    return .success
  }

  static let pager = ShellCommand(
    ".pager", "[on|off]", .answers,
    "show answers longer than the window through $PAGER, or only their beginning",
    example: ".pager off", completes: .switches
  ) { (call) throws(FileError) in
    guard let value = Switch.value(call, or: !call.shell.usesPager) else { return .failure }
    call.shell.usesPager = value
    return .success
  }

  static let partial = ShellCommand(
    ".partial", "", .answers, "show what a stopped query had found",
    details: """
      After Ctrl-C or a limit: the rows that follow from what was derived by then. All of them hold,
      but there may be more; a value that a recursion was still improving is a bound.
      """,
    example: ".partial"
  ) { (call) throws(FileError) in
    guard call.session.stoppedProgress != nil else {
      return call.refuse("no query was stopped", help: "Ctrl-C stops one that takes too long")
    }
    guard let answer = call.session.partialAnswer() else { return .interrupted }
    if answer.isTruthValue, !answer.holds {
      try call.shell.print("unknown\n")
    } else {
      try call.shell.show(answer)
    }
    call.shell.tell("the answer is incomplete\n")
    return .success
  }
}

/// The argument `on` or `off`.
enum Switch {
  /// The value, `other` where nothing is given; nil, with a complaint, where it is something else.
  static func value(_ call: CommandCall, or other: Bool) -> Bool? {
    switch call.argument.lowercased() {
    case "on", "yes", "true": return true
    case "off", "no", "false": return false
    case "": return other
    default:
      call.shell.complain("\(call.argument) is neither on nor off")
      return nil
    }
  }
}
