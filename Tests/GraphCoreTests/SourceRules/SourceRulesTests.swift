import GraphCore
import Testing

/// Reads the sources and holds them to the rules of the house that no compiler checks.
@Suite struct SourceRulesTests {
  struct File {
    /// The path below `Sources`.
    let path: String
    let lines: [String]
    /// The lines with what follows `//` taken away.
    let code: [(number: Int, text: String)]

    init(path: String, lines: [String]) {
      self.path = path
      self.lines = lines
      code = lines.enumerated().map { number, line in
        let bytes = line.utf8
        var index = bytes.startIndex
        while let slash = bytes[index...].firstIndex(of: UInt8(ascii: "/")) {
          index = bytes.index(after: slash)
          if index < bytes.endIndex, bytes[index] == UInt8(ascii: "/") {
            return (number + 1, String(line[..<slash]))
          }
        }
        return (number + 1, line)
      }
    }
  }

  static let files: [File] = {
    let parts = #filePath.split(separator: "/").dropLast(4)
    let root = "/" + parts.joined(separator: "/") + "/Sources"
    func inside(_ folder: String) -> [String] {
      ((try? Files.list(folder)) ?? []).flatMap { name -> [String] in
        let path = "\(folder)/\(name)"
        return Files.isFolder(path) ? inside(path) : name.hasSuffix(".swift") ? [path] : []
      }
    }
    return inside(root).compactMap { path in
      guard let bytes = try? Files.read(path) else { return nil }
      let lines = String(decoding: bytes, as: UTF8.self).split(
        separator: "\n", omittingEmptySubsequences: false)
      return File(path: String(path.dropFirst(root.count + 1)), lines: lines.map(String.init))
    }
  }()

  private func report(
    _ rule: String, in files: [File], except allowed: [String] = [],
    where isBroken: (String) -> Bool
  ) {
    for file in files where !allowed.contains(where: { file.path.hasPrefix($0) }) {
      for (number, line) in file.code where isBroken(line) {
        Issue.record("\(rule): Sources/\(file.path):\(number): \(line)")
      }
    }
  }

  private func words(_ line: String) -> [Substring] {
    line.split { !($0.isLetter || $0.isNumber || $0 == "_") }
  }

  @Test func sourcesAreFound() { #expect(Self.files.count > 100) }

  @Test func onlyTheEdgesCallTheCLibrary() {
    let allowed = ["GraphCore/System/", "GraphCore/Files/", "graphsh/Editing/"]
    report("imports the C library", in: Self.files, except: allowed) { line in
      ["Glibc", "Musl", "Darwin", "Foundation", "FoundationEssentials"].contains {
        line.contains("import \($0)")
      }
    }
  }

  @Test func librariesPrintNothing() {
    let libraries = Self.files.filter { !$0.path.hasPrefix("graphsh/") }
    // Its `print` is a closure that appends to a text.
    let allowed = ["GraphQuery/Syntax/ASTPrinter.swift"]
    report("prints", in: libraries, except: allowed) { line in
      line.range(of: "print(").map { position in
        let before = line[..<position.lowerBound].last
        return !(before?.isLetter ?? false) && before != "."
      } ?? false
    }
  }

  @Test func unsafeCodeHasItsPlaces() {
    let allowed = [
      "GraphCore/Bytes/", "GraphCore/Columns/", "GraphCore/Dictionary/", "GraphCore/Files/",
      "GraphCore/Format/", "GraphCore/Kernels/", "GraphCore/Packed/", "GraphCore/System/",
      "GraphQuery/Containers/", "GraphQuery/Kernels/", "graphsh/Editing/",
    ]
    report("is unsafe", in: Self.files, except: allowed) { line in
      words(line).contains {
        $0 == "unsafe" || $0.hasPrefix("UnsafeMutable") || $0.hasPrefix("UnsafePointer")
          || $0.hasPrefix("UnsafeRaw") || $0.hasPrefix("UnsafeBuffer")
      }
    }
  }

  @Test func nothingIsForced() {
    report("forces", in: Self.files) { line in
      if ["try!", "as!", "fatalError(\"un"].contains(where: line.contains) { return true }
      guard line.utf8.contains(UInt8(ascii: "!")) else { return false }
      // A value that is forced: `!` behind a name, a bracket or a parenthesis, outside texts.
      let code = line.split(separator: "\"", omittingEmptySubsequences: false)
      return stride(from: 0, to: code.count, by: 2).contains { part in
        let text = Array(code[part]) + [" "]
        return (1..<max(1, text.count - 1)).contains { place in
          let former = text[place - 1]
          return text[place] == "!" && text[place + 1] != "="
            && (former.isLetter || former.isNumber || former == ")" || former == "]")
        }
      }
    }
  }

  @Test func filesFitAHead() {
    let generated = ["GraphCore/Text/DisplayWidthTable.swift"]
    // The tree's cases belong together.
    let whole = ["GraphQuery/Syntax/AST.swift"]
    for file in Self.files where !(generated + whole).contains(file.path) {
      #expect(file.lines.count <= 601, "Sources/\(file.path) has \(file.lines.count) lines")
    }
  }

  @Test func evaluatorNeverSeesTheTree() {
    let evaluator = [
      "GraphQuery/Planning/", "GraphQuery/Execution/", "GraphQuery/Containers/",
      "GraphQuery/Runtime/",
    ]
    let files = Self.files.filter { file in evaluator.contains { file.path.hasPrefix($0) } }
    #expect(!files.isEmpty)
    let names: Set<Substring> = [
      "Expression", "Formula", "Clause", "Atom", "PathAtom", "PathExpression", "Aggregate", "Query",
      "Statement", "ParsedProgram", "Identifier", "Parser", "Lexer",
    ]
    report("names the syntax tree", in: files) { line in words(line).contains { names.contains($0) }
    }
  }

  /// The folders of a target in the order of the tables of Architecture.md.
  private func readingOrder(of target: String) throws -> [String] {
    let path = #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
    let text = String(
      decoding: try Files.read("/\(path)/Documentation/Architecture.md"), as: UTF8.self)
    let start = try #require(text.range(of: "### Sources/\(target)"))
    var folders: [String] = []
    for line in text[start.upperBound...].split(separator: "\n") {
      if line.hasPrefix("#") { break }
      guard line.hasPrefix("| `"), let end = line.range(of: "/`") else { continue }
      folders.append(String(line[line.index(line.startIndex, offsetBy: 3)..<end.lowerBound]))
    }
    return folders
  }

  /// A type belongs to the folder that declares it, at the top of a file.
  private func declaredName(_ line: String) -> Substring? {
    let words = line.split(separator: " ")
    guard line.first?.isLetter ?? false, !words.contains("private"), !words.contains("fileprivate"),
      let kind = words.firstIndex(where: {
        ["struct", "class", "enum", "protocol", "actor"].contains($0)
      }), kind + 1 < words.count
    else { return nil }
    return words[kind + 1].prefix { $0.isLetter || $0.isNumber }
  }

  /// A folder names types of itself and of those above it in Architecture.md.
  @Test(arguments: ["GraphCore", "GraphQuery"]) func foldersPointUp(target: String) throws {
    let order = try readingOrder(of: target)
    #expect(order.count > 10)
    let files = Self.files.filter { $0.path.hasPrefix(target + "/") }
    var owners: [Substring: Set<Int>] = [:]
    var places: [(folder: Int, file: File)] = []
    for file in files {
      let folder = String(file.path.split(separator: "/")[1])
      guard folder != file.path.split(separator: "/").last.map(String.init) else { continue }
      guard let place = order.firstIndex(of: folder) else {
        Issue.record("Architecture.md does not tell of Sources/\(target)/\(folder)")
        continue
      }
      places.append((place, file))
      for line in file.lines {
        declaredName(line).map { _ = owners[$0, default: []].insert(place) }
      }
    }
    for (folder, file) in places {
      for (number, line) in file.code {
        // What stands in a text names nothing.
        let code = line.split(separator: "\"", omittingEmptySubsequences: false)
        for part in stride(from: 0, to: code.count, by: 2) {
          for word in words(String(code[part])) {
            guard let owner = owners[word], owner.count == 1, let below = owner.first,
              below > folder
            else { continue }
            let isException = order[folder] == "Provenance" && order[below] == "Session"
            if !isException {
              Issue.record(
                "Sources/\(file.path):\(number) names \(word), which is below in \(order[below])")
            }
          }
        }
      }
    }
  }

  @Test func modulesPointOneWay() {
    for (module, banned) in [
      ("GraphCore/", ["GraphQuery", "graphsh"]), ("GraphQuery/", ["graphsh"]),
    ] {
      let files = Self.files.filter { $0.path.hasPrefix(module) }
      report("imports upwards", in: files) { line in
        banned.contains { line.contains("import \($0)") }
      }
    }
  }
}

extension StringProtocol {
  /// The first place of a text in this one.
  fileprivate func range(of text: String) -> Range<Index>? {
    var start = startIndex
    while start < endIndex {
      if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
      start = index(after: start)
    }
    return nil
  }
}
