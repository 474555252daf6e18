/// What may stand at the cursor.
struct Completion: Equatable, Sendable {
  struct Candidate: Equatable, Sendable {
    /// What is put in place of the range, with whatever belongs behind it.
    let text: String
    /// How the menu shows it.
    let label: String
    /// A few words about it.
    let note: String

    init(_ text: String, label: String? = nil, note: String = "") {
      self.text = text
      self.label = label ?? text
      self.note = note
    }
  }

  /// The UTF-8 offsets of what a candidate replaces; it ends at the cursor or behind it.
  let replaced: Range<Int>
  /// The likeliest first.
  let candidates: [Candidate]

  init(replacing replaced: Range<Int>, with candidates: [Candidate]) {
    self.replaced = replaced
    self.candidates = candidates
  }

  /// What all candidates begin with.
  var commonPrefix: String {
    guard var prefix = candidates.first?.text[...] else { return "" }
    for candidate in candidates.dropFirst() {
      let shared = zip(prefix, candidate.text).prefix { $0 == $1 }.count
      prefix = prefix.prefix(shared)
    }
    return String(prefix)
  }
}

/// A part of the text with a style, by UTF-8 offsets.
struct StyledRange: Equatable, Sendable {
  let range: Range<Int>
  let style: TextStyle

  init(_ range: Range<Int>, _ style: TextStyle) {
    self.range = range
    self.style = style
  }
}

/// What an editor asks of whoever knows the language. The editor itself knows only text.
struct EditorLanguage {
  /// Whether Enter ends the statement, or begins another line of it.
  var isComplete: (String) -> Bool = { _ in true }
  /// What to say when Enter did not end a statement, if anything.
  var hint: (String) -> String? = { _ in nil }
  /// A complete statement in the form in which it is read, which is how it stays on the screen.
  var asRead: (String) -> String = { $0 }
  /// What may stand at a cursor, given as a UTF-8 offset.
  var complete: (String, Int) -> Completion? = { _, _ in nil }
  /// The styles of a text's parts, ascending and apart.
  var highlight: (String) -> [StyledRange] = { _ in [] }

  init() {}
}
