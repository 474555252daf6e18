import GraphCore
import GraphQuery

/// The readers of option values. Each error names the option and the value.
enum ArgumentValue {
  /// `NAME=VALUE`, where no earlier one has the name.
  static func binding(
    _ text: String, of option: String, in earlier: [Binding]
  ) throws(UsageError) -> Binding {
    guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
      throw UsageError(
        "\(option) takes NAME=VALUE, not \"\(text)\"", help: "for example \(option) n=5")
    }
    let name = String(text[..<equals])
    if name.hasPrefix("$") {
      throw UsageError(
        "the name \"\(name)\" has a dollar sign", help: "write \(option) \(text.dropFirst())")
    }
    guard isName(name) else {
      throw UsageError(
        "\"\(name)\" is no name for \(option)",
        help: "a name is letters, digits and _, and begins with no digit")
    }
    if earlier.contains(where: { $0.name == name }) {
      throw UsageError("\(option) gives \"\(name)\" twice")
    }
    return Binding(name: name, value: String(text[text.index(after: equals)...]))
  }

  /// Whether the language reads a text as one name.
  private static func isName(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    var lexer = Lexer(bytes: bytes)
    let token = lexer.next()
    return token.kind == .identifier && token.range == 0..<bytes.count
  }

  /// A time in seconds, with decimals if need be.
  static func seconds(_ text: String, of option: String) throws(UsageError) -> Duration {
    guard let value = Double(text), value > 0, value <= 1e9 else {
      throw UsageError("\(option) takes a number of seconds above 0, not \"\(text)\"")
    }
    return .seconds(value)
  }

  /// A number of bytes, with K, M, G or T for powers of 1024.
  static func size(_ text: String, of option: String) throws(UsageError) -> Int {
    var digits = text.uppercased()[...]
    if digits.hasSuffix("IB") { digits = digits.dropLast(2) }
    if digits.hasSuffix("B") { digits = digits.dropLast() }
    var factor = 1.0
    for (power, unit) in ["K", "M", "G", "T"].enumerated() where digits.hasSuffix(unit) {
      for _ in 0...power { factor *= 1024 }
      digits = digits.dropLast()
      break
    }
    guard let value = Double(digits), value > 0, value * factor < 0x1p62 else {
      throw UsageError("\(option) takes a size such as 500M or 2G, not \"\(text)\"")
    }
    return Int(value * factor)
  }

  /// A number of things, from 0.
  static func count(_ text: String, of option: String) throws(UsageError) -> Int {
    guard let value = Int(text), value >= 0 else {
      throw UsageError("\(option) takes a whole number from 0, not \"\(text)\"")
    }
    return value
  }

  /// A number of threads, or nil for `auto`.
  static func threadCount(_ text: String, of option: String) throws(UsageError) -> Int? {
    if text == "auto" { return nil }
    guard let value = Int(text), (1...1024).contains(value) else {
      throw UsageError("\(option) takes a number from 1 to 1024 or auto, not \"\(text)\"")
    }
    return value
  }

  /// The interpreter that completions are for.
  static func interpreter(_ name: String?) throws(UsageError) -> CommandInterpreter {
    let names = CommandInterpreter.allCases.map(\.rawValue).joined(separator: ", ")
    guard let name else {
      throw UsageError("--completions needs a value", help: "one of \(names)")
    }
    guard let interpreter = CommandInterpreter(rawValue: name) else {
      throw UsageError("there are no completions for \"\(name)\"", help: "there are \(names)")
    }
    return interpreter
  }

  static func unknownFormat(_ name: String, among names: [String]) -> UsageError {
    let list = names.joined(separator: ", ")
    let nearest = NameSuggestions.word(name, among: names)
    return UsageError(
      "there is no format \"\(name)\"",
      help: nearest.map { "did you mean \"\($0)\"? There are \(list)" } ?? "there are \(list)")
  }
}
