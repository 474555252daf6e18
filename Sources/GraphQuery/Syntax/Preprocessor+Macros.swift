import GraphCore

extension TokenStream {
  /// Replaces a macro's name that was just read: its tokens become the next ones. False where the
  /// token is no use of a macro.
  mutating func expandMacro(_ name: Token) -> Bool {
    let key = string(name)
    guard let macro = macros[key] else { return false }
    let place = span(name)
    if uses[uses.count - 1] != place { uses.append(place) }
    let origin = UInt32(uses.count - 1)
    var arguments: [[Token]] = []
    if macro.parameters != nil {
      let opening = readToken()
      guard opening.kind == .leftParenthesis else {
        pending.append(opening)
        return false
      }
      guard let read = readArguments() else {
        complainOnce("the arguments of macro `\(key)` are not closed", origin)
        return true
      }
      arguments = read
    }
    let result = replacement(key, macro, arguments, origin, hidden: [])
    for var token in result.reversed() {
      token.isExpanded = true
      token.startsLine = false
      pending.append(token)
    }
    if let last = pending.indices.last, !result.isEmpty {
      pending[last].startsLine = name.startsLine
    }
    return true
  }

  /// Reads to the parenthesis that closes the arguments of a macro.
  private mutating func readArguments() -> [[Token]]? {
    var arguments: [[Token]] = [[]]
    var depth = 0
    while true {
      let token = readToken()
      switch token.kind {
      case .endOfText: return nil
      case .rightParenthesis where depth == 0: return arguments
      case .comma where depth == 0:
        arguments.append([])
        continue
      case .leftParenthesis, .leftBracket, .leftBrace: depth += 1
      case .rightParenthesis, .rightBracket, .rightBrace: depth -= 1
      default: break
      }
      arguments[arguments.count - 1].append(token)
    }
  }

  /// The body of a macro with its arguments put in, and the macros in that replaced in turn.
  private mutating func replacement(
    _ name: String, _ macro: Macro, _ arguments: [[Token]], _ origin: UInt32, hidden: Set<String>
  ) -> [Token] {
    let parameters = macro.parameters ?? []
    var arguments = arguments
    if parameters.isEmpty, arguments.count == 1, arguments[0].isEmpty { arguments = [] }
    guard arguments.count == parameters.count || macro.parameters == nil else {
      complainOnce(
        "macro `\(name)` takes \(Wording.counted(parameters.count, "argument")), found \(arguments.count)",
        origin)
      return []
    }
    // An argument used as it is has its own macros replaced first; beside `#` and `##` it has not.
    var plain: [String: [Token]] = [:]
    var expanded: [String: [Token]] = [:]
    for (parameter, argument) in zip(parameters, arguments) {
      plain[parameter] = argument
      expanded[parameter] = expand(argument[...], origin, hidden)
    }
    var result: [Token] = []
    var index = 0
    let body = macro.body
    while index < body.count {
      guard expandedCount < Self.largestExpansion else {
        complainOnce("macros make more than \(Self.largestExpansion) tokens", origin)
        return []
      }
      var token = body[index]
      token.origin = origin
      let joinsNext =
        index + 2 < body.count && body[index + 1].kind == .hash && body[index + 2].kind == .hash
      let joinsPrevious =
        index >= 2 && body[index - 1].kind == .hash && body[index - 2].kind == .hash
      if token.kind == .hash, index + 1 < body.count, macro.parameters != nil,
        let argument = plain[string(body[index + 1])]
      {
        result.append(quoted(argument, origin))
        index += 2
      } else if token.kind == .hash, joinsNextHash(body, index), !result.isEmpty,
        index + 2 < body.count
      {
        var right = plain[string(body[index + 2])] ?? [body[index + 2]]
        if !right.isEmpty {
          let left = result.removeLast()
          result += pasted(left, right.removeFirst(), origin) + right
        }
        index += 3
      } else {
        if token.kind == .identifier, let argument = plain[string(token)] {
          let used = joinsNext || joinsPrevious ? argument : expanded[string(token)] ?? argument
          expandedCount += used.count
          result += used
        } else {
          result.append(token)
        }
        expandedCount += 1
        index += 1
      }
    }
    return expand(result[...], origin, hidden.union([name]))
  }

  private func joinsNextHash(_ body: [Token], _ index: Int) -> Bool {
    index + 1 < body.count && body[index + 1].kind == .hash
  }

  private mutating func complainOnce(_ message: String, _ origin: UInt32) {
    isNextDamaged = true
    collector.add(Diagnostic(.preprocessor, message, at: uses[Int(origin)]))
  }

  /// Replaces the macros in a list of tokens.
  private mutating func expand(
    _ list: ArraySlice<Token>, _ origin: UInt32, _ hidden: Set<String>
  ) -> [Token] {
    var result: [Token] = []
    var index = list.startIndex
    while index < list.endIndex {
      let token = list[index]
      index += 1
      guard token.kind == .identifier, !token.isExpanded, hidden.count < 64,
        expandedCount < Self.largestExpansion
      else {
        result.append(token)
        continue
      }
      let name = string(token)
      guard let macro = macros[name], !hidden.contains(name) else {
        result.append(token)
        continue
      }
      var arguments: [[Token]] = []
      if macro.parameters != nil {
        guard index < list.endIndex, list[index].kind == .leftParenthesis,
          let (found, end) = self.arguments(in: list, from: index + 1)
        else {
          result.append(token)
          continue
        }
        arguments = found
        index = end
      }
      result += replacement(name, macro, arguments, origin, hidden: hidden)
    }
    return result
  }

  private func arguments(
    in list: ArraySlice<Token>, from start: Int
  ) -> (arguments: [[Token]], end: Int)? {
    var arguments: [[Token]] = [[]]
    var depth = 0
    for index in start..<max(start, list.endIndex) {
      let token = list[index]
      switch token.kind {
      case .rightParenthesis where depth == 0: return (arguments, index + 1)
      case .comma where depth == 0:
        arguments.append([])
        continue
      case .leftParenthesis, .leftBracket, .leftBrace: depth += 1
      case .rightParenthesis, .rightBracket, .rightBrace: depth -= 1
      default: break
      }
      arguments[arguments.count - 1].append(token)
    }
    return nil
  }

  /// `left ## right`.
  private mutating func pasted(_ left: Token, _ right: Token, _ origin: UInt32) -> [Token] {
    scratch(string(left) + string(right), origin)
  }

  /// `#argument`.
  private mutating func quoted(_ argument: [Token], _ origin: UInt32) -> Token {
    var content = ""
    for (index, token) in argument.enumerated() {
      if index > 0, !argument[index - 1].touches(token) { content += " " }
      content += string(token)
    }
    let made = scratch(ASTPrinter.quotedText(content), origin)
    var fallback = Token(kind: .malformedNumber, startsLine: false, lower: 0, upper: 0)
    fallback.origin = origin
    return made.first ?? fallback
  }

  /// The tokens of a text that stands in no file.
  mutating func scratch(_ spelling: String, _ origin: UInt32) -> [Token] {
    let start = texts[Int(Self.scratch)].bytes.count
    let added = Array(spelling.utf8)
    texts[Int(Self.scratch)].bytes += added + [UInt8(ascii: "\n")]
    // Only what was added is read, so that many pastes do not cost the square of their number.
    var lexer = Lexer(bytes: added, text: Self.scratch)
    var result: [Token] = []
    while true {
      var token = lexer.next()
      if token.kind == .endOfText { return result }
      token.lower += UInt32(start)
      token.upper += UInt32(start)
      token.origin = origin
      result.append(token)
    }
  }
}
