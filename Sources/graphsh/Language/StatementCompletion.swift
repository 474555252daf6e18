import GraphCore
import GraphQuery

/// What may stand at the cursor: decided by the command on the line, else by the atom around it.
struct StatementCompletion {
  private let session: QuerySession
  private let bytes: [UInt8]
  private let offset: Int
  private let lineStart: Int

  /// More candidates than these nobody goes through; typing on narrows them.
  static let limit = 200

  init(session: QuerySession, text: String, offset: Int) {
    self.session = session
    bytes = Array(text.utf8.prefix(offset))
    self.offset = bytes.count
    lineStart = (bytes.lastIndex(of: UInt8(ascii: "\n")) ?? -1) + 1
  }

  var completion: Completion? {
    if let command = commandLine {
      let name = command.name
      guard let space = command.argumentStart else {
        let commands = ShellCommand.all.map { ($0.name, $0.summary, " ") }
        let directives = ShellCommand.directives.sorted().map { ($0, "declaration", " ") }
        return words(commands + directives, from: lineStart)
      }
      if let entry = ShellCommand.named(name) { return arguments(of: entry, from: space) }
    }
    return statement()
  }

  // MARK: Commands

  private var commandLine: (name: String, argumentStart: Int?)? {
    guard lineStart < offset, bytes[lineStart] == UInt8(ascii: ".") else { return nil }
    let end = bytes[lineStart...].firstIndex { $0 == UInt8(ascii: " ") }
    let name = String(decoding: bytes[lineStart..<(end ?? offset)], as: UTF8.self)
    return (name, end.map { $0 + 1 })
  }

  private func arguments(of command: ShellCommand, from start: Int) -> Completion? {
    switch command.completes {
    case .none: return nil
    case .file: return files(from: start)
    case .formats: return words(AnswerForm.names.map { ($0, "", "") }, from: start)
    case .switches: return words([("on", "", ""), ("off", "", "")], from: start)
    case .commands:
      return words(
        ShellCommand.all.map { ($0.name, $0.summary, "") } + [("keys", "the editor's keys", "")],
        from: start)
    case .language: return statement()
    case .names: return openText == nil ? names(from: start) : statement()
    case .ends:
      guard openText == nil else { return statement() }
      return edgeTypes(from: start) ?? names(from: start)
    case .fileThenQuery:
      let hasFile = bytes[start...].contains(UInt8(ascii: " "))
      return hasFile ? statement() : files(from: start)
    }
  }

  /// Relations by their beginning; names of nodes, in quotes, by any part.
  private func names(from start: Int) -> Completion? {
    let wordStart = (bytes[start...].lastIndex(of: UInt8(ascii: " ")) ?? start - 1) + 1
    let prefix = String(decoding: bytes[wordStart...], as: UTF8.self)
    var candidates = session.relationNames.filter { $0.hasPrefix(prefix) }.map {
      Completion.Candidate($0, note: "")
    }
    if !prefix.isEmpty {
      candidates += nodeCandidates(containing: prefix, preferring: [], opening: "\"", closing: "\"")
    }
    return made(candidates, from: wordStart)
  }

  /// Edge types by their beginning, where the word `via` stands behind the names of two nodes.
  private func edgeTypes(from start: Int) -> Completion? {
    let argument = String(decoding: bytes[start...], as: UTF8.self)
    let words = WordSplitter.split(argument)
    let isAtNext = argument.last?.isWhitespace ?? true
    guard let via = words.dropFirst(2).firstIndex(of: "via"), isAtNext || via < words.count - 1
    else { return nil }
    let separators: Set<UInt8> = [UInt8(ascii: " "), UInt8(ascii: ","), UInt8(ascii: "|")]
    let wordStart = (bytes[start...].lastIndex { separators.contains($0) } ?? start - 1) + 1
    let prefix = String(decoding: bytes[wordStart...], as: UTF8.self)
    return Completion(
      replacing: wordStart..<offset,
      with: session.graph.edgeTypes.filter { $0.hasPrefix(prefix) }.sorted().map {
        Completion.Candidate($0)
      })
  }

  private func files(from start: Int) -> Completion? {
    var wordStart = (bytes[start...].lastIndex(of: UInt8(ascii: " ")) ?? start - 1) + 1
    if wordStart < offset, bytes[wordStart] == UInt8(ascii: "\"") { wordStart += 1 }
    let word = String(decoding: bytes[wordStart...], as: UTF8.self)
    let slash = word.lastIndex(of: "/")
    let folder = slash.map { String(word[...$0]) } ?? ""
    let part = slash.map { String(word[word.index(after: $0)...]) } ?? word
    guard let names = try? Files.list(folder.isEmpty ? "." : folder) else { return nil }
    let found = names.filter { $0.hasPrefix(part) }.prefix(Self.limit)
    return made(
      found.map { name in
        let isFolder = Files.isFolder(folder + name)
        return Completion.Candidate(
          folder + name + (isFolder ? "/" : ""), label: name + (isFolder ? "/" : ""))
      }, from: wordStart)
  }

  // MARK: Statements

  private func statement() -> Completion? {
    if let text = openText {
      let place = place(before: text.start)
      let fitting = place.map { session.nodeNames(in: $0.relation, argument: $0.argument) } ?? []
      let part = String(decoding: bytes[text.contentStart...], as: UTF8.self)
      return made(
        nodeCandidates(containing: part, preferring: fitting, opening: "", closing: text.closing),
        from: text.contentStart)
    }
    var start = offset
    while start > lineStart, isNameByte(bytes[start - 1]) { start -= 1 }
    let prefix = String(decoding: bytes[start...], as: UTF8.self)
    var candidates: [Completion.Candidate] = []
    let place = place(before: start)
    if let place, place.isGraph {
      return made(
        session.relationNames.filter { $0.hasPrefix(prefix) }.map { Completion.Candidate($0) },
        from: start)
    }
    if let place, place.isArgumentStart {
      let given = place.names
      candidates += argumentNames(of: place).filter {
        $0.name.hasPrefix(prefix) && !given.contains($0.name)
      }.map { Completion.Candidate($0.name + ": ", label: "\($0.name):", note: $0.note) }
      if !prefix.isEmpty {
        candidates += variables(except: start).filter { $0.hasPrefix(prefix) && $0 != prefix }.map {
          Completion.Candidate($0)
        }
      }
      return made(candidates, from: start)
    }
    guard !prefix.isEmpty else { return nil }
    candidates = session.relationNames.filter { $0.hasPrefix(prefix) }.map {
      Completion.Candidate($0 + "(", label: $0)
    }
    candidates += GraphAlgorithm.allCases.filter { $0.rawValue.hasPrefix(prefix) }.map {
      Completion.Candidate($0.rawValue + "[", label: "\($0.rawValue)[…]", note: $0.summary)
    }
    candidates += variables(except: start).filter { $0.hasPrefix(prefix) && $0 != prefix }.map {
      Completion.Candidate($0)
    }
    return made(candidates, from: start)
  }

  private func argumentNames(of place: Place) -> [(name: String, note: String)] {
    guard let algorithm = place.algorithm else {
      return session.argumentNames(of: place.relation)
    }
    return algorithm.setting.map { [($0.name, "\($0.standard) where left out")] } ?? []
  }

  /// The text that the cursor is in, if it is in one: where it and its content begin, how it ends.
  private var openText: (start: Int, contentStart: Int, closing: String)? {
    var index = 0
    while index < offset {
      switch bytes[index] {
      case UInt8(ascii: "/") where index + 1 < offset && bytes[index + 1] == UInt8(ascii: "/"):
        while index < offset, bytes[index] != UInt8(ascii: "\n") { index += 1 }
      case UInt8(ascii: "\""):
        var end = index + 1
        while end < offset, bytes[end] != UInt8(ascii: "\"") {
          end += bytes[end] == UInt8(ascii: "\\") ? 2 : 1
        }
        if end >= offset { return (index, index + 1, "\"") }
        index = end + 1
      case 0xE2 where bytes[index...].starts(with: [0xE2, 0x80, 0x9C]):
        var end = index + 3
        while end < offset, !bytes[end...].starts(with: [0xE2, 0x80, 0x9D]) { end += 1 }
        if end >= offset { return (index, index + 3, "”") }
        index = end + 3
      default: index += 1
      }
    }
    return nil
  }

  /// The argument list around an offset, or the brackets of a graph algorithm.
  private struct Place {
    var relation: String
    /// The algorithm whose arguments they are.
    var algorithm: GraphAlgorithm?
    /// Whether it is the graph of an algorithm that stands here.
    var isGraph = false
    var argument = 0
    /// Whether nothing of the argument stands before the offset.
    var isArgumentStart = true
    /// Arguments that were named before.
    var names: Set<String> = []
  }

  private func place(before end: Int) -> Place? {
    var lexer = Lexer(bytes: Array(bytes[..<end]))
    var open: [Place?] = []
    var last: Token?
    // The algorithm whose brackets the last token closed.
    var applied: GraphAlgorithm?
    while true {
      let token = lexer.next()
      if token.kind == .endOfText { break }
      switch token.kind {
      case .leftParenthesis:
        let isNamed = last.map { $0.kind == .identifier || $0.kind == .quotedName } ?? false
        if isNamed {
          open.append(last.map { Place(relation: name($0)) })
        } else {
          open.append(applied.map { Place(relation: $0.rawValue, algorithm: $0) })
        }
      case .leftBracket:
        let algorithm = last.flatMap { GraphAlgorithm(rawValue: name($0)) }
        open.append(
          algorithm.map { Place(relation: $0.rawValue, algorithm: $0, isGraph: true) })
      case .leftBrace: open.append(nil)
      case .rightParenthesis, .rightBracket, .rightBrace:
        let closed = open.popLast() ?? nil
        applied = closed.flatMap { $0.isGraph ? $0.algorithm : nil }
        last = token
        continue
      case .comma:
        if let place = open.last, var place {
          place.argument += 1
          place.isArgumentStart = true
          open[open.count - 1] = place
        }
      case .colon:
        if let place = open.last, var place, let last, last.kind == .identifier {
          place.names.insert(name(last))
          open[open.count - 1] = place
        }
      default:
        if let place = open.last, var place {
          place.isArgumentStart = false
          open[open.count - 1] = place
        }
      }
      last = token
      applied = nil
    }
    return open.last ?? nil
  }

  private func name(_ token: Token) -> String {
    let text = String(decoding: bytes[token.range], as: UTF8.self)
    return token.kind == .quotedName ? text.filter { $0 != "`" } : text
  }

  /// The variables of the text so far, in their order.
  private func variables(except start: Int) -> [String] {
    var lexer = Lexer(bytes: bytes)
    var names: [String] = []
    var previous: Token?
    while true {
      let token = lexer.next()
      if let previous, previous.kind == .identifier, previous.range.lowerBound != start,
        token.kind != .leftParenthesis, token.kind != .colon, token.kind != .plus
      {
        let name = name(previous)
        if name != "?", !names.contains(name) { names.append(name) }
      }
      if token.kind == .endOfText { return names }
      previous = token
    }
  }

  // MARK: Names of nodes

  /// Names that hold `part`: those that stand in the place already first, and among equals those that
  /// begin with it; aliases say which node they mean.
  private func nodeCandidates(
    containing part: String, preferring fitting: [String], opening: String, closing: String
  ) -> [Completion.Candidate] {
    var ranks: [[Completion.Candidate]] = [[], [], [], []]
    var seen: Set<String> = []
    func add(_ name: String, _ rank: Int, note: String = "") {
      guard ranks[rank].count < Self.limit, name.contains(part) || part.isEmpty,
        seen.insert(name).inserted
      else { return }
      let begins = name.hasPrefix(part)
      ranks[begins ? rank : rank + 1].append(
        Completion.Candidate(opening + name + closing, label: name, note: note))
    }
    for name in fitting { add(name, 0) }
    if ranks[0].count < Self.limit {
      let preferred = Set(fitting)
      // Nobody waits for the names of a very large graph: what is found in a moment is offered.
      let deadline = MonotonicClock.moment(after: 0.1)
      var others: [(alias: String, node: String)] = []
      session.graph.forEachName(containing: part) { name in
        switch name {
        case .node(let node): add(node.name, 2)
        case .alias(let alias, let nodes):
          for node in nodes {
            if preferred.contains(node) {
              add(alias, 0, note: "= \(node)")
            } else {
              others.append((alias, node))
            }
          }
        }
        return ranks[2].count < Self.limit && MonotonicClock.nanoseconds < deadline
      }
      for other in others { add(other.alias, 2, note: "= \(other.node)") }
    }
    return Array(ranks.joined().prefix(Self.limit))
  }

  // MARK: Candidates

  private func words(_ words: [(String, String, String)], from start: Int) -> Completion? {
    let prefix = String(decoding: bytes[start...], as: UTF8.self)
    return made(
      words.filter { $0.0.hasPrefix(prefix) }.map {
        Completion.Candidate($0.0 + $0.2, label: $0.0, note: $0.1)
      }, from: start)
  }

  private func made(_ candidates: [Completion.Candidate], from start: Int) -> Completion? {
    candidates.isEmpty ? nil : Completion(replacing: start..<offset, with: candidates)
  }

  private func isNameByte(_ byte: UInt8) -> Bool {
    byte >= 0x80 || byte == UInt8(ascii: "_")
      || (byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9"))
      || ((byte | 0x20) >= UInt8(ascii: "a") && (byte | 0x20) <= UInt8(ascii: "z"))
  }
}
