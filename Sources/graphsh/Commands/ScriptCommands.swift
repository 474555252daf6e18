import GraphCore
import GraphQuery

extension ShellCommand {
  static let scriptCommands = [echo, parameter, expect, save]

  static let echo = ShellCommand(
    ".echo", "[TEXT]", .scripts, "print a text; $NAME in it is the value of a parameter",
    example: ".echo zones of $city"
  ) { (call) throws(FileError) in
    try call.shell.print(ParameterText.replacing(in: call.argument, call.session.parameters) + "\n")
    return .success
  }

  static let parameter = ShellCommand(
    ".param", "[NAME [VALUE]]", .scripts,
    "bind the parameter $NAME of queries, show it, or list all",
    details:
      "A number or truth value is one; quotes make anything a text. So on the command line: --param.",
    example: ".param city 运城市"
  ) { (call) throws(FileError) in
    let (name, value) = WordSplitter.first(call.argument)
    let key = name.hasPrefix("$") ? String(name.dropFirst()) : name
    if value.isEmpty {
      let all = call.session.parameters.sorted { $0.key < $1.key }
      let shown = key.isEmpty ? all : all.filter { $0.key == key }
      if shown.isEmpty, !key.isEmpty { return call.refuse("the parameter $\(key) has no value") }
      for (name, value) in shown {
        try call.shell.print("$\(name) = \(ParameterText.text(of: value))\n")
      }
      return .success
    }
    call.session.parameters[key] = ParameterText.value(of: value)
    return .success
  }

  static let expect = ShellCommand(
    ".expect", "QUERY = VALUE... | empty QUERY | nonempty QUERY", .scripts,
    "check an answer; a difference is shown and makes the exit status 1",
    details: """
      A row's values are parted by commas, rows by semicolons; the order of rows counts only where the
      query has order by. Values are written as in facts.
      """,
    example: ".expect ?(count c) :- company(c), located_in(c, \"祁县经济开发区\"). = 11",
    completes: .language
  ) { (call) throws(FileError) in
    try Expectation(call).check()
  }

  static let save = ShellCommand(
    ".save", "[RELATION...] | FILE.dl", .scripts,
    "keep rules, declarations and constraints with the database; or write all as a program",
    details: """
      The facts of declared relations that are named are kept too, and what is added to them later;
      those with records, nil among them, or without arguments are kept without being named. Facts
      of labels and edge types are in the database without it.
      """,
    example: ".save today.dl", completes: .file
  ) { (call) throws(FileError) in
    let words = WordSplitter.split(call.argument)
    guard let path = words.first, path.hasSuffix(".dl") else {
      let (change, diagnostics) = call.session.keep(relations: words)
      call.shell.report(diagnostics)
      return change == nil ? .failure : .success
    }
    guard call.words(atMost: 1) != nil else { return .failure }
    let (text, diagnostics) = call.session.programText()
    call.shell.report(diagnostics)
    guard let text else { return .failure }
    var output = ByteOutput()
    do {
      try FactsFormat().write(call.graph, to: &output)
    } catch {
      return call.refuse("\(error)")
    }
    // The program that was loaded may be saved in its own place.
    try Files.write(output.bytes + Array("\n\(text)".utf8), to: path, replacingInputs: true)
    return .success
  }
}

extension ParameterText {
  /// A text with the values of parameters in place of `$name`; unknown names stay as they are.
  static func replacing(in text: String, _ parameters: [String: Value]) -> String {
    var result = ""
    var rest = text[...]
    while let dollar = rest.firstIndex(of: "$") {
      result += rest[..<dollar]
      let name = rest[rest.index(after: dollar)...].prefix {
        $0.isLetter || $0.isNumber || $0 == "_"
      }
      // A name runs into Chinese text without a blank, so the longest known beginning counts; letters and digits
      // of ASCII belong to the word that they stand in.
      var end = name.endIndex
      while end > name.startIndex,
        parameters[String(name[..<end])] == nil
          || end < name.endIndex && name[end].isASCII && name[name.index(before: end)].isASCII
      {
        end = name.index(before: end)
      }
      if let value = parameters[String(name[..<end])], end > name.startIndex {
        result += value.description
        rest = rest[end...]
      } else {
        result += "$"
        rest = rest[rest.index(after: dollar)...]
      }
    }
    return result + rest
  }
}

/// `.expect`: a query and what its answer is to be.
private struct Expectation {
  private let call: CommandCall

  init(_ call: CommandCall) { self.call = call }

  func check() throws(FileError) -> ExitStatus {
    let (word, rest) = WordSplitter.first(call.argument)
    if word == "empty" || word == "nonempty" {
      guard let (answer, _) = answer(of: call.language(rest)) else { return .failure }
      if (answer.rowCount == 0) == (word == "empty") { return .success }
      let found = rows(of: answer).prefix(10).map { "    \($0.joined(separator: ", "))\n" }
      let more = answer.rowCount > 10 ? "    and \(answer.rowCount - 10) more\n" : ""
      return fail(
        rest,
        "  expected \(word == "empty" ? "no row" : "at least one row")\n"
          + "  found \(Quantity.counted(answer.rowCount, "row"))"
          + (found.isEmpty ? "\n" : ":\n" + found.joined() + more))
    }
    guard let (query, expected) = split(call.argument) else {
      return call.refuse(
        ".expect needs a query and a value",
        help: "for example .expect ?(count c) :- company(c). = 141")
    }
    let text = call.language(call.argument, bytes: query.utf8.count)
    guard let (answer, isOrdered) = answer(of: text) else { return .failure }
    return compare(answer, query, with: expected, isOrdered: isOrdered)
  }

  /// The query with its full stop, and the text behind the equals sign that follows it.
  private func split(_ text: String) -> (query: String, expected: String)? {
    let bytes = Array(text.utf8)
    guard case .complete(let end) = StatementScanner.scan(bytes) else { return nil }
    let rest = String(decoding: bytes[end...], as: UTF8.self)[...].trimmed
    guard rest.hasPrefix("=") else { return nil }
    return (String(decoding: bytes[..<end], as: UTF8.self), rest.dropFirst()[...].trimmed)
  }

  /// The answer to a query, and whether that gives an order.
  private func answer(of query: SourceText) -> (answer: Answer, isOrdered: Bool)? {
    let outcomes = call.session.perform(statement: query, mode: .conditions) {
      call.shell.report($0)
    }
    for case .answer(let answer, let asked) in outcomes {
      return (answer, !asked.tree.order.isEmpty)
    }
    return nil
  }

  private func rows(of answer: Answer) -> [[String]] {
    (0..<answer.rowCount).map { row in
      answer.columns.indices.map { ValueText.literal(answer.value(row: row, column: $0)) }
    }
  }

  private func compare(
    _ answer: Answer, _ query: String, with expected: String, isOrdered: Bool
  ) -> ExitStatus {
    if answer.isTruthValue {
      let found = answer.holds ? "yes" : "no"
      let wanted = ["true": "yes", "false": "no"][expected] ?? expected
      return found == wanted
        ? .success : fail(query, "  expected \(expected)\n  found    \(found)\n")
    }
    let wanted = ValueText.rows(expected)
    var found = rows(of: answer)
    var asked = wanted
    if !isOrdered {
      found.sort { $0.lexicographicallyPrecedes($1) }
      asked.sort { $0.lexicographicallyPrecedes($1) }
    }
    guard found != asked else { return .success }
    if found.count == 1, asked.count == 1 {
      return fail(
        query,
        "  expected \(asked[0].joined(separator: ", "))\n"
          + "  found    \(found[0].joined(separator: ", "))\n")
    }
    let missing = asked.filter { !found.contains($0) }
    let surplus = found.filter { !asked.contains($0) }
    var text = ""
    for (sign, title, list) in [("-", "missing", missing), ("+", "not expected", surplus)]
    where !list.isEmpty {
      text += "  \(title):\n"
      text += list.prefix(20).map { "  \(sign) \($0.joined(separator: ", "))\n" }.joined()
      if list.count > 20 { text += "    and \(list.count - 20) more\n" }
    }
    if text.isEmpty {
      text =
        "  the rows come in another order:\n"
        + found.prefix(20).map { "    \($0.joined(separator: ", "))\n" }.joined()
    }
    return fail(query, text)
  }

  private func fail(_ query: String, _ difference: String) -> ExitStatus {
    call.shell.tell("expectation failed at \(call.place)\n  \(query)\n\(difference)")
    return .failure
  }
}

/// Values as they are written behind `.expect`.
enum ValueText {
  /// The form in which values are compared: texts in quotes, numbers in their shortest form.
  static func literal(_ value: Value) -> String {
    if case .text(let text) = value { return ASTPrinter.quotedText(text) }
    return value.description
  }

  /// The rows of a text such as `"a", 1; "b", 2`. Bare words are texts.
  static func rows(_ text: String) -> [[String]] {
    var rows: [[String]] = []
    var row: [String] = []
    var cell = ""
    var closing: Character?
    var isText = false
    func closed() -> String {
      let bare = cell[...].trimmed
      if isText { return ASTPrinter.quotedText(cell) }
      if let number = ParameterText.number(of: bare) { return literal(number) }
      return bare == "true" || bare == "false" ? bare : ASTPrinter.quotedText(bare)
    }
    var isEscaped = false
    for character in text {
      if let end = closing {
        if isEscaped {
          cell.append(character == "n" ? "\n" : character == "t" ? "\t" : character)
          isEscaped = false
        } else if character == "\\" {
          isEscaped = true
        } else if character == end {
          closing = nil
        } else {
          cell.append(character)
        }
        continue
      }
      switch character {
      case "\"", "“":
        (closing, isText, cell) = (character == "“" ? "”" : character, true, "")
      case ",", "，", ";", "；":
        row.append(closed())
        (cell, isText) = ("", false)
        if character == ";" || character == "；" {
          rows.append(row)
          row = []
        }
      default:
        if !isText { cell.append(character) }
      }
    }
    if isText || !cell[...].trimmed.isEmpty || !row.isEmpty { row.append(closed()) }
    if !row.isEmpty { rows.append(row) }
    return rows
  }
}
