import GraphCore
import GraphQuery

/// One call of a command: who carries it out, what was written, where it stands.
struct CommandCall {
  let shell: Shell
  /// The command as it stands in what was typed or in a script.
  let text: SourceText
  /// What follows its name, to its end.
  let argument: String
  /// The command and what may follow it.
  let usage: String

  var session: QuerySession { shell.session }
  var graph: Graph { shell.session.graph }

  /// `file:line` of the command, for what must be found again.
  var place: String { text.place(at: 0) }

  /// The part of the command that `ending`, with which it ends, stands for, or its beginning of some bytes. It is
  /// read as a text of the language, whose mistakes are reported at their place.
  func language(_ ending: String, bytes: Int? = nil) -> SourceText {
    let lower = max(0, text.bytes.count - ending.utf8.count)
    let upper = bytes.map { min(lower + $0, text.bytes.count) } ?? text.bytes.count
    return SourceText(part: lower..<upper, of: text)
  }

  /// Says what is missing, with the command's example, and fails.
  func refuse(_ message: String, help: String? = nil) -> ExitStatus {
    shell.complain(message, help: help)
    return .failure
  }

  /// The words behind the name; nil, with a complaint, where there are more than the command has a use for. A comment
  /// may follow them.
  func words(atMost most: Int) -> [String]? {
    let words = WordSplitter.split(argument)
    guard words.count > most, !words[most].hasPrefix("//") else { return Array(words.prefix(most)) }
    shell.complain(
      "\(words[most]) is one word too many",
      help: "the command is \(usage)" + (most > 0 ? "; what has blanks stands in quotes" : ""))
    return nil
  }
}

/// A command of the shell. Its help, its completion and its page of the manual come from this table.
struct ShellCommand: Sendable {
  /// What a command is for; the help lists commands under these titles.
  enum Topic: String, CaseIterable, Sendable {
    case answers = "Answers"
    case understanding = "Understanding"
    case changing = "Changing"
    case pictures = "Pictures"
    case scripts = "Scripts and session"
  }

  /// What may follow a command's name, for completion.
  enum ArgumentKind: Sendable {
    case none
    case file
    case formats
    case switches
    case commands
    /// A query, an atom or another piece of the language.
    case language
    /// A name of anything: nodes in quotes, labels, edge types, relations.
    case names
    /// Names of nodes, and edge types behind the word `via`.
    case ends
    /// A file, then a query.
    case fileThenQuery
  }

  let name: String
  /// What follows the name, as the help shows it.
  let arguments: String
  let topic: Topic
  let summary: String
  /// More lines for the help of this one command.
  let details: String
  let example: String
  let completes: ArgumentKind
  let run: @Sendable (CommandCall) throws(FileError) -> ExitStatus

  init(
    _ name: String, _ arguments: String = "", _ topic: Topic, _ summary: String,
    details: String = "", example: String, completes: ArgumentKind = .none,
    run: @escaping @Sendable (CommandCall) throws(FileError) -> ExitStatus
  ) {
    self.name = name
    self.arguments = arguments
    self.topic = topic
    self.summary = summary
    self.details = details
    self.example = example
    self.completes = completes
    self.run = run
  }

  var usage: String { arguments.isEmpty ? name : "\(name) \(arguments)" }

  static func named(_ name: String) -> ShellCommand? {
    all.first { $0.name == (synonyms[name] ?? name) }
  }

  /// Other spellings that people bring from elsewhere.
  static let synonyms = [
    ".exit": ".quit", ".q": ".quit", ".h": ".help", ".l": ".load", ".tables": ".schema",
    ".format": ".mode",
  ]

  /// Words behind a dot that belong to the language, wherever they stand.
  static let directives: Set<String> = [
    ".decl", ".type", ".symbol_type", ".number_type", ".functor", ".lattice", ".comp", ".init",
    ".override", ".input", ".printsize", ".limitsize", ".pragma", ".node", ".edge",
    ".index", ".unique", ".source", ".include",
  ]

  /// Every command, in the order of the help.
  static let all: [ShellCommand] =
    answerCommands + understandingCommands + proofCommands + profileCommands
    + changingCommands + pictureCommands + scriptCommands + sessionCommands
}

/// Splits what follows a command into words; quotes keep blanks together, and in them a backslash stands
/// before a quote or a backslash of the text, or before the `n`, `t` or `r` of a line break or tab.
///
/// Text is read scalar by scalar: a mark that combines with the quote before it belongs to the name in the quotes.
enum WordSplitter {
  typealias Scalars = Substring.UnicodeScalarView

  static func split(_ text: String) -> [String] {
    var words: [String] = []
    var rest = text
    while true {
      let (word, remaining) = first(rest)
      if word.isEmpty && remaining.isEmpty { return words }
      words.append(word)
      rest = remaining
    }
  }

  /// The first word and what follows it. Chinese quotes count like others.
  static func first(_ text: String) -> (word: String, rest: String) {
    let trimmed = text[...].trimmed[...].unicodeScalars
    guard let opening = trimmed.first else { return ("", "") }
    if let closing = closingQuotes[opening] {
      let body = trimmed.dropFirst()
      let end = end(of: body, closing: closing)
      let rest = end < body.endIndex ? Substring(body[body.index(after: end)...]).trimmed : ""
      return (unescaped(body[..<end], closing: closing), rest)
    }
    guard let blank = trimmed.firstIndex(where: \.properties.isWhitespace) else {
      return (String(trimmed), "")
    }
    return (String(trimmed[..<blank]), Substring(trimmed[blank...]).trimmed)
  }

  static let closingQuotes: [Unicode.Scalar: Unicode.Scalar] = ["\"": "\"", "'": "'", "“": "”"]

  private static let escapes: [Unicode.Scalar: Unicode.Scalar] = ["n": "\n", "t": "\t", "r": "\r"]

  /// Where the quote stands that ends a text, or its end.
  static func end(of text: Scalars, closing: Unicode.Scalar) -> String.Index {
    var index = text.startIndex
    while index < text.endIndex, text[index] != closing {
      let next = text.index(after: index)
      index = text[index] == "\\" && next < text.endIndex ? text.index(after: next) : next
    }
    return index
  }

  private static func unescaped(_ text: Scalars, closing: Unicode.Scalar) -> String {
    var result = String.UnicodeScalarView()
    var rest = text
    while let first = rest.popFirst() {
      guard first == "\\", let next = rest.first else {
        result.append(first)
        continue
      }
      let meant = next == closing || next == "\\" ? next : escapes[next]
      result.append(meant ?? first)
      if meant != nil { rest.removeFirst() }
    }
    return String(result)
  }
}
