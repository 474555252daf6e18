import GraphCore

/// A mistake on the command line.
struct UsageError: Error, Equatable, Sendable {
  /// What is wrong, naming the argument.
  let message: String
  /// What to write instead.
  let help: String?

  init(_ message: String, help: String? = nil) {
    self.message = message
    self.help = help
  }

  /// The lines for standard error.
  var text: String {
    "graphsh: \(message)\n" + (help.map { "help: \($0)\n" } ?? "")
  }
}

extension NameSuggestions {
  /// The word of a list that somebody probably meant.
  static func word(_ word: String, among words: [String]) -> String? {
    nearest(to: word, among: words, limit: 1).first
  }
}
