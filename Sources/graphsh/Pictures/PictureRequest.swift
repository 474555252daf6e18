import GraphCore
import GraphQuery

/// What follows `.dot` and `.render`: a file, a query, and how the picture is to look.
///
/// ```
/// FILE ?- supplies(a, b). by cluster zone, caption what, max 80
/// FILE expand 2 around 大运集团, top to bottom
/// ```
struct PictureRequest: Equatable {
  var path = ""
  /// What follows the file; a query stands at its beginning.
  var behindPath = ""
  /// The query; nil for the whole graph or a node's surroundings.
  var query: String?
  var options = PictureOptions()
  /// The layout program, where one is asked for.
  var engine: String?

  struct Mistake: Error, Equatable {
    let message: String
    let help: String?
  }

  static let engines = ["dot", "neato", "fdp", "sfdp", "circo", "twopi", "osage"]

  static func parse(_ text: String) throws(Mistake) -> PictureRequest {
    var request = PictureRequest()
    let (path, rest) = WordSplitter.first(text)
    request.path = path
    request.behindPath = rest
    var options = rest
    if rest.hasPrefix("?") || rest.hasPrefix("？") {
      let bytes = Array(rest.utf8)
      if case .complete(let end) = StatementScanner.scan(bytes) {
        request.query = String(decoding: bytes[..<end], as: UTF8.self)
        options = String(decoding: bytes[end...], as: UTF8.self)[...].trimmed
      } else {
        // A full stop that was forgotten belongs before the options, if there are any.
        let query = rest.range(ofOptionsIn: optionWords).map { rest[..<$0] } ?? rest[...]
        request.query = query.trimmed
        options = rest[query.endIndex...].trimmed
      }
    }
    if options.hasPrefix("by ") { options = options.dropFirst(3)[...].trimmed }
    for part in split(options) { try request.read(part) }
    return request
  }

  /// The words that options begin with.
  private static let optionWords = [
    "cluster", "color", "caption", "max", "expand", "legend", "no legend", "left to right",
    "top to bottom", "title", "engine",
  ]

  /// The parts between commas; a comma in quotes divides nothing.
  private static func split(_ text: String) -> [String] {
    let scalars = text[...].unicodeScalars
    var parts: [String] = []
    var start = scalars.startIndex
    var index = start
    while index < scalars.endIndex {
      let scalar = scalars[index]
      let next = scalars.index(after: index)
      if let closing = WordSplitter.closingQuotes[scalar] {
        let end = WordSplitter.end(of: scalars[next...], closing: closing)
        index = end < scalars.endIndex ? scalars.index(after: end) : end
        continue
      }
      if scalar == "," || scalar == "，" {
        parts.append(Substring(scalars[start..<index]).trimmed)
        start = next
      }
      index = next
    }
    parts.append(Substring(scalars[start...]).trimmed)
    return parts.filter { !$0.isEmpty }
  }

  private mutating func read(_ part: String) throws(Mistake) {
    let words = WordSplitter.split(part)
    let value = words.count == 2 ? words[1] : nil
    switch words.first {
    case "cluster", "clusters": options.cluster = bare(try need(value, part, "cluster zone"))
    case "color", "colour": options.colour = bare(try need(value, part, "color label"))
    case "caption", "captions":
      guard words.count > 1 else { throw Self.mistake(part, "caption amount unit") }
      options.captions = words.dropFirst().map(bare)
    case "max":
      guard let number = value.flatMap({ Int($0) }), number > 0 else {
        throw Self.mistake(part, "max 150")
      }
      options.maximum = number
    case "expand":
      guard words.count == 4, words[2] == "around", let steps = Int(words[1]),
        (1...10).contains(steps)
      else { throw Self.mistake(part, "expand 2 around 大运集团") }
      options.expansion = PictureOptions.Expansion(steps: steps, name: words[3])
    case "legend" where words.count == 1: options.showsLegend = true
    case "no" where words == ["no", "legend"]: options.showsLegend = false
    case "left" where words == ["left", "to", "right"]: options.direction = "LR"
    case "top" where words == ["top", "to", "bottom"]: options.direction = "TB"
    case "title": options.title = try need(value, part, "title \"...\"")
    case "engine":
      let name = try need(value, part, "engine sfdp")
      guard Self.engines.contains(name) else {
        throw Mistake(
          message: "there is no layout engine \(name)",
          help: "one of \(Self.engines.joined(separator: ", "))")
      }
      engine = name
    default:
      let nearest = words.first.flatMap { NameSuggestions.word($0, among: Self.optionWords) }
      throw Mistake(
        message: "a picture knows no \"\(part)\"",
        help: nearest.map { "did you mean \($0)?" }
          ?? Self.optionWords.joined(separator: ", "))
    }
  }

  private func need(_ value: String?, _ part: String, _ example: String) throws(Mistake) -> String {
    guard let value, !value.isEmpty else { throw Self.mistake(part, example) }
    return value
  }

  /// A name without the backquotes in which the language has names such as this.
  private func bare(_ name: String) -> String {
    name.count > 2 && name.hasPrefix("`") && name.hasSuffix("`")
      ? String(name.dropFirst().dropLast()) : name
  }

  private static func mistake(_ part: String, _ example: String) -> Mistake {
    Mistake(message: "\"\(part)\" is not complete", help: "for example \(example)")
  }
}

extension String {
  /// Where ` by ` and the first of some words stand outside quotes.
  fileprivate func range(ofOptionsIn words: [String]) -> Index? {
    var isQuoted = false
    for index in indices {
      if self[index] == "\"" || self[index] == "“" || self[index] == "”" { isQuoted.toggle() }
      guard !isQuoted, self[index...].hasPrefix(" by ") else { continue }
      let rest = self[self.index(index, offsetBy: 4)...]
      if words.contains(where: { rest.hasPrefix($0) }) { return index }
    }
    return nil
  }
}
