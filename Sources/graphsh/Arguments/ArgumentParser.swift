import GraphCore

/// Turns the words of a command line into an `Invocation`, by the `CommandTable`.
///
/// The first word may name a command. A long option takes its value from after an equals sign or
/// from the next word, a short one from the rest of its own word or from the next word. After `--`
/// every word is a path; so is a lone `-`. `--help` wins over whatever follows it.
enum ArgumentParser {
  /// The words as texts. One that is not UTF-8 is refused: with its bytes replaced it would name another
  /// file, or store another text.
  static func texts(of words: [[UInt8]]) throws(UsageError) -> [String] {
    var result: [String] = []
    for (index, word) in words.enumerated() {
      guard let text = String(validating: word, as: UTF8.self) else {
        throw UsageError(
          "argument \(index + 1) is not UTF-8: \"\(readable(word))\"",
          help: "use a terminal with UTF-8, or rename the file")
      }
      result.append(text)
    }
    return result
  }

  /// A word with the bytes that are no text as `\xFE`, from a little before the first of them on.
  private static func readable(_ word: [UInt8]) -> String {
    var pieces: [String] = []
    var firstBroken: Int?
    var rest = word[...]
    while let lead = rest.first {
      let length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
      if let text = String(validating: rest.prefix(length), as: UTF8.self) {
        pieces.append(DisplayWidth.printable(text))
        rest = rest.dropFirst(length)
      } else {
        if firstBroken == nil { firstBroken = pieces.count }
        let digits = String(lead, radix: 16, uppercase: true)
        pieces.append("\\x" + (digits.count < 2 ? "0" : "") + digits)
        rest = rest.dropFirst()
      }
    }
    let start = max(0, (firstBroken ?? 0) - 20)
    let end = min(pieces.count, start + 40)
    return (start > 0 ? "…" : "") + pieces[start..<end].joined()
      + (end < pieces.count ? "…" : "")
  }

  static func parse(_ arguments: [String]) throws(UsageError) -> Invocation {
    var words = arguments[...]
    let named = words.first.flatMap { $0.isEmpty ? nil : CommandTable.entry(named: $0) }
    if named != nil { words.removeFirst() }
    let command = named ?? CommandTable.session

    var draft = ArgumentDraft()
    while let word = words.popFirst() {
      if word == "--" {
        draft.paths += words
        break
      }
      guard word.hasPrefix("-"), word != "-" else {
        guard !word.isEmpty else { throw UsageError("a path is empty") }
        draft.paths.append(word)
        continue
      }
      let (name, attached) = split(word)
      if let asked = try information(name, attached ?? words.first, of: command) {
        if let attached, name != "--completions" { throw takesNoValue(name, attached) }
        return asked
      }
      guard let option = command.options.first(where: { $0.names.contains(name) }) else {
        throw unknown(name, for: command)
      }
      if let placeholder = option.value {
        guard let value = attached ?? words.popFirst() else {
          throw UsageError("\(name) needs a value", help: "write \(name) \(placeholder)")
        }
        try option.apply(&draft, value)
      } else if let attached {
        throw takesNoValue(name, attached)
      } else {
        try option.apply(&draft, "")
      }
    }
    return try command.make(draft)
  }

  private static func takesNoValue(_ name: String, _ value: String) -> UsageError {
    UsageError("\(name) takes no value, but has \"\(value)\"")
  }

  /// What an option asks about graphsh itself; `nil` for one that does not.
  private static func information(
    _ name: String, _ value: String?, of command: CommandEntry
  ) throws(UsageError) -> Invocation? {
    switch name {
    case "--help", "-h": return .help(command: command.name)
    case "--version" where command.name.isEmpty: return .version
    case "--manual" where command.name.isEmpty: return .manual
    case "--completions" where command.name.isEmpty:
      return .completions(try ArgumentValue.interpreter(value))
    default: return nil
    }
  }

  /// The option's name and the value that is attached to it: `--format=csv`, `-j2`.
  private static func split(_ word: String) -> (name: String, value: String?) {
    if word.hasPrefix("--") {
      guard let equals = word.firstIndex(of: "=") else { return (word, nil) }
      return (String(word[..<equals]), String(word[word.index(after: equals)...]))
    }
    let value = word.dropFirst(2)
    return (String(word.prefix(2)), value.isEmpty ? nil : String(value))
  }

  private static func unknown(_ name: String, for command: CommandEntry) -> UsageError {
    let message =
      "unknown option \"\(name)\"" + (command.name.isEmpty ? "" : " of \"\(command.name)\"")
    var own = command.options.flatMap(\.names) + ["--help"]
    if command.name.isEmpty { own += CommandTable.informationOptions.map(\.name) }
    if let other = CommandTable.entries.first(where: { entry in
      entry.options.contains { $0.names.contains(name) }
    }) {
      let place = other.name.isEmpty ? "graphsh without a command" : "\"graphsh \(other.name)\""
      return UsageError(message, help: "\(name) is an option of \(place)")
    }
    if name.hasPrefix("--"), let nearest = NameSuggestions.word(name, among: own) {
      return UsageError(message, help: "did you mean \"\(nearest)\"?")
    }
    let help = command.name.isEmpty ? "graphsh --help" : "graphsh \(command.name) --help"
    return UsageError(message, help: "\"\(help)\" lists the options")
  }
}
