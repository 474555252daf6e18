import GraphCore

/// The layout programs of Graphviz, as far as they are there.
enum Graphviz {
  enum Failure: Error {
    case isMissing(engine: String)
    case failed(String)
  }

  /// The files that it can make, by their endings.
  static let formats = ["svg", "png", "pdf"]

  /// The program for a picture of this size: ranks read best, but take for ever on large pictures.
  static func engine(nodeCount: Int, edgeCount: Int, hasClusters: Bool) -> String {
    if nodeCount <= 200 && edgeCount <= 400 { return "dot" }
    return hasClusters ? "fdp" : "sfdp"
  }

  /// Draws a picture in one of the formats.
  static func draw(_ dot: [UInt8], format: String, engine: String) throws(Failure) -> [UInt8] {
    guard ChildProcess.exists(engine) else { throw .isMissing(engine: engine) }
    var words = [engine, "-T\(format)"]
    if format == "png" { words.append("-Gdpi=110") }
    // Without these the other engines draw nodes over one another.
    if engine != "dot" { words += ["-Goverlap=prism", "-Gsplines=true", "-GK=1.2"] }
    guard let result = ChildProcess.run(words, input: dot, capturing: true) else {
      throw .isMissing(engine: engine)
    }
    guard result.status == 0 else {
      let text = String(decoding: result.errors, as: UTF8.self)
      throw .failed(text.split(separator: "\n").first.map(String.init) ?? "status \(result.status)")
    }
    return result.output
  }

  /// A character that needs a font of its own kind: the first that is no Latin, Greek or Cyrillic.
  static func rareCharacter(in text: [UInt8]) -> Unicode.Scalar? {
    String(decoding: text, as: UTF8.self).unicodeScalars.first {
      $0.value >= 0x2E80 && $0.properties.isAlphabetic
    }
  }

  /// A font that has a character: of the preferred ones the first that is there, else any.
  ///
  /// Nothing where none has it; an empty text where nobody can tell.
  static func font(for character: Unicode.Scalar) -> String? {
    guard ChildProcess.exists("fc-list") else { return "" }
    let code = String(character.value, radix: 16)
    guard
      let result = ChildProcess.run(
        ["fc-list", ":charset=\(code)", "family"], input: nil, capturing: true),
      result.status == 0
    else { return "" }
    let families = String(decoding: result.output, as: UTF8.self).split(separator: "\n")
      .flatMap { $0.split(separator: ",").prefix(1) }.map { $0.trimmed }
    let known = Set(families)
    for preferred in preferredFonts where known.contains(preferred) { return preferred }
    return families.sorted().first
  }

  private static let preferredFonts = [
    "Noto Sans CJK SC", "Source Han Sans SC", "PingFang SC", "Microsoft YaHei",
    "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Noto Sans SC",
  ]

  static let installHelp =
    "install Graphviz: apt install graphviz, dnf install graphviz or brew install graphviz"
  static let fontHelp =
    "install one: apt install fonts-noto-cjk, or dnf install google-noto-sans-cjk-fonts"
}
