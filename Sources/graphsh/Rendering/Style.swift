/// What a piece of shown text is. Names say the meaning; `Style` decides the look.
enum TextStyle: Equatable, Sendable {
  case plain
  case prompt
  case header
  /// What is there for orientation only: counts, borders, remarks.
  case faint
  case keyword
  case relation
  case variable
  case text
  case number
  case comment
  case command
  case error
  /// The two brackets that belong together, or what a search found.
  case match
  /// The chosen entry of a menu.
  case selection

  /// The parameters of the terminal's "select graphic rendition", empty for plain text.
  ///
  /// Only the eight basic colours are used, so that the user's own palette decides.
  var parameters: StaticString {
    switch self {
    case .plain: ""
    case .prompt: "1;36"
    case .header: "1"
    case .faint: "2"
    case .keyword: "35"
    case .relation: "34"
    case .variable: "39"
    case .text: "32"
    case .number: "33"
    case .comment: "2"
    case .command: "1;34"
    case .error: "1;31"
    case .match: "1;4"
    case .selection: "7"
    }
  }
}

/// Whether output is decorated, and the decorations.
struct Style: Sendable, Equatable {
  let isColoured: Bool

  static let plain = Style(isColoured: false)
  static let coloured = Style(isColoured: true)

  /// Colours only where somebody sees them: on a terminal that is not `dumb`, and unless the
  /// environment has a `NO_COLOR` that is not empty.
  static func forOutput(
    isTerminal: Bool, environment: (String) -> String?
  ) -> Style {
    let refused = environment("NO_COLOR").map { !$0.isEmpty } ?? false
    let terminal = environment("TERM") ?? ""
    return isTerminal && !refused && terminal != "dumb" && !terminal.isEmpty ? .coloured : .plain
  }

  /// Writes the sequence after which text has a style. `end(_:to:)` takes it back.
  func begin(_ style: TextStyle, to output: inout [UInt8]) {
    guard isColoured, style != .plain else { return }
    output += "\u{1B}[".utf8
    output += style.parameters.description.utf8
    output.append(UInt8(ascii: "m"))
  }

  func end(_ style: TextStyle, to output: inout [UInt8]) {
    guard isColoured, style != .plain else { return }
    output += "\u{1B}[0m".utf8
  }

  func append(_ text: String, _ style: TextStyle, to output: inout [UInt8]) {
    guard !text.isEmpty else { return }
    begin(style, to: &output)
    output += text.utf8
    end(style, to: &output)
  }
}
