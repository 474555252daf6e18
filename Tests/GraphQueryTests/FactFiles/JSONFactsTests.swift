@_spi(Columns) import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

/// Rows of JSON, read many at a time, against the reader that goes value by value.
@Suite struct JSONFactsTests {
  private struct File {
    var text: [UInt8]
    var types: [ColumnType]

    var declaration: DeclaredRelation {
      DeclaredRelation(
        name: "r", unit: 1, attributes: types.enumerated().map { ("x\($0)", $1) },
        span: SourceSpan(source: SourceID(index: 0), lower: 0, upper: 0))
    }
  }

  private func text(_ word: UInt64, _ type: ColumnType, _ dictionary: TermDictionary) -> String {
    type == .symbol ? dictionary.text(of: UInt32(word)) : "\(word)"
  }

  /// The rows as the fast way reads them; nothing where it leaves them to the slow one.
  private func readFast(_ file: File, chunkSize: Int, workers: Int) throws -> [[String]]? {
    let declaration = file.declaration
    var problems: [Diagnostic] = []
    let format = TableFormat(
      FileDirective(
        kind: .input, relation: "r", parameters: ["IO": "jsonfile"], span: declaration.span),
      arity: file.types.count, &problems)
    let dictionary = TermDictionary()
    let reader = FactFileReader(
      layout: FactLayout(declaration, format),
      values: ValueReader(dictionary: dictionary, records: RecordTable()),
      workers: Workers(count: workers), limits: LimitGuard(QueryLimits(), token: nil),
      span: declaration.span, sharedSize: 0)
    let source = LineSource(
      name: "r.json", bytes: file.text, isJSON: true, chunkSize: chunkSize)
    switch try reader.read(source, adding: nil) {
    case .rows(let rows, let surplus):
      #expect(surplus == nil)
      return (0..<rows.rowCount).map { row in
        zip(rows.columns, file.types).map { text($0.view[row], $1, dictionary) }
      }
    case .odd: return nil
    case .ambiguous, .problems: throw QuerySession.unexpected
    case .stopped(let failure): throw failure
    }
  }

  /// A row takes as many bytes as it has values at least, or there would be no room for all.
  @Test(arguments: [1, 5, 20, 100, 2000]) func valuesThatAreMissingAreOdd(rows: Int) throws {
    let empty = Array(repeating: "[,,,,,,,]", count: rows)
    let full = Array(repeating: "[1,2,3,4,5,6,7,8]", count: 2)
    let text = "[" + (empty + full).joined(separator: ",") + "]"
    let file = File(text: Array(text.utf8), types: Array(repeating: .number, count: 8))
    #expect(try readFast(file, chunkSize: 1 << 20, workers: 1) == nil)
    #expect(!readSlowly(file).diagnostics.isEmpty)
  }

  private func readSlowly(_ file: File) -> (rows: [[String]], diagnostics: [Diagnostic]) {
    let dictionary = TermDictionary()
    let session = QuerySession()
    var reader = JSONFactReader(
      text: SourceText(name: "r.json", bytes: file.text), id: SourceID(index: 0),
      declaration: file.declaration,
      values: ValueReader(dictionary: dictionary, records: RecordTable()))
    let (relation, diagnostics) = reader.read(adding: nil, terms: session.termSpace())
    let rows = (0..<relation.rowCount).map { row in
      file.types.enumerated().map {
        text(relation.word(row: row, column: $0.offset), $0.element, dictionary)
      }
    }
    return (rows, diagnostics)
  }

  /// - Parameter isPlain: whether the fast way has to read the file, rather than only be right about it
  private func check(_ file: File, isPlain: Bool, _ note: String) throws {
    let (rows, diagnostics) = readSlowly(file)
    let isSound = EncodingCheck.isSound(file.text)
    for (chunkSize, workers) in [(1 << 18, 1), (100, 1), (150, 2), (700, 2)] {
      let found = try readFast(file, chunkSize: chunkSize, workers: workers)
      let note = "\(note), chunks of \(chunkSize): \(String(decoding: file.text, as: UTF8.self))"
      if let found {
        #expect(isSound && diagnostics.isEmpty && found == rows, "\(note)")
      } else {
        #expect(!isPlain, "\(note)")
      }
    }
  }

  // MARK: Random files

  private func spaces(_ random: inout SeededGenerator) -> String {
    guard Int.random(in: 0..<6, using: &random) == 0 else { return "" }
    return [" ", "\n", "\r\n", "\t", "  \n "].randomElement(using: &random) ?? ""
  }

  private func quoted(_ random: inout SeededGenerator) -> String {
    let parts = [
      "a", "b", "大", "运", "é", " ", "]", "[", "{", "},", ",", ":", "\u{1F600}", "7", "k155421",
      #"\""#, #"\\"#, #"\/"#, #"\b\f\n\r\t"#, #"\u00e9"#, #"\u5927\u8FD0"#, #"\ud83d\uDE00"#,
    ]
    let count = Int.random(in: 0..<10, using: &random)
    let most = Bool.random(using: &random) ? parts.count : 15
    return "\""
      + (0..<count).map { _ in parts[Int.random(in: 0..<most, using: &random)] }.joined() + "\""
  }

  private func value(_ type: ColumnType, _ random: inout SeededGenerator) -> String {
    let shift = UInt64.random(in: 0..<64, using: &random)
    var text: String
    switch type {
    case .symbol, .record: return quoted(&random)
    case .number: text = "\(Int64(bitPattern: random.next()) >> Int64(shift))"
    case .unsigned: text = "\(random.next() >> shift)"
    case .boolean: text = Bool.random(using: &random) ? "true" : "false"
    case .float:
      let exponent = Int.random(in: -30...30, using: &random)
      let digits = Double(Int64(bitPattern: random.next()) >> Int64(shift))
      text =
        [
          "\(digits / 64)", "\(random.next() >> shift).\(random.next() >> 50)",
          "\(random.next() >> shift)e\(exponent)", "-0.\(random.next() >> shift)E+5", "nan", "7",
          "\(Double.random(in: -1...1, using: &random))",
        ].randomElement(using: &random) ?? ""
    }
    if Int.random(in: 0..<30, using: &random) == 0, type != .boolean {
      text = ["0x1F", "0b11", "5", "0"].randomElement(using: &random) ?? ""
      if type == .float { text = "0.1e-7" }
    }
    return Int.random(in: 0..<8, using: &random) == 0 ? "\"\(text)\"" : text
  }

  private func row(_ types: [ColumnType], hasObjects: Bool, _ random: inout SeededGenerator)
    -> String
  {
    var values = types.map { value($0, &random) }
    if hasObjects {
      values = values.enumerated().map { number, value in
        "\"x\(number)\"\(spaces(&random)):\(spaces(&random))\(value)"
      }
      if Bool.random(using: &random) { values.shuffle(using: &random) }
    }
    let inner = values.map { spaces(&random) + $0 + spaces(&random) }.joined(separator: ",")
    return hasObjects ? "{\(inner)}" : "[\(inner)]"
  }

  private func file(_ random: inout SeededGenerator) -> File {
    let all: [ColumnType] = [.number, .symbol, .symbol, .unsigned, .float, .boolean]
    let types = (0..<Int.random(in: 1...4, using: &random)).map { _ in
      all.randomElement(using: &random) ?? .number
    }
    let objects = [0, 100, 50].randomElement(using: &random) ?? 0
    var rows: [String] = []
    for _ in 0..<Int.random(in: 0...60, using: &random) {
      let hasObjects = Int.random(in: 0..<100, using: &random) < objects
      rows.append(row(types, hasObjects: hasObjects, &random))
    }
    let lines = rows.map { spaces(&random) + $0 + spaces(&random) }
    let text = spaces(&random) + "[" + lines.joined(separator: ",") + "]" + spaces(&random)
    // An array of nothing may have space in it.
    return File(text: Array(text.utf8), types: types)
  }

  @Test(arguments: 1...100 as ClosedRange<UInt64>) func bothWaysAgree(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    try check(file(&random), isPlain: true, "seed \(seed)")
  }

  /// Bytes that are changed, left out or put in: whatever the fast way reads, the slow one reads too.
  @Test(arguments: 1...200 as ClosedRange<UInt64>) func mistakesAreLeftToTheSlowWay(seed: UInt64)
    throws
  {
    var random = SeededGenerator(seed: seed)
    var file = file(&random)
    let letters = Array(#"[]{}",:\u-+.ex0d8"#.utf8) + [0, 9, 10, 0x80, 0xE5, 0xFF]
    for _ in 0...Int.random(in: 0...2, using: &random) {
      let place = Int.random(in: 0..<file.text.count, using: &random)
      let letter = letters[Int.random(in: 0..<letters.count, using: &random)]
      switch Int.random(in: 0..<5, using: &random) {
      case 0: file.text[place] = letter
      case 1: file.text.insert(letter, at: place)
      case 2: file.text.removeSubrange(place...)
      case 3: file.text.insert(contentsOf: file.text[..<min(place, 30)], at: place)
      default: file.text.remove(at: place)
      }
      if file.text.isEmpty { break }
    }
    try check(file, isPlain: false, "seed \(seed)")
  }

  @Test(arguments: [
    "", " ", "[", "]", "[]", " [ ] ", "[] []", "[[]]", "[[1]", "[[1]]]", "[[1]],", "[[1],]",
    "[,[1]]",
    "[[1] [2]]", "[[1],[2]]", "[[1,2]]", "[[1,[2,{\"a\":3}]]]", "[{\"x0\":1}]", "[{\"x0\":1,}]",
    "[{\"x0\":1,\"x0\":2}]", "[{\"x1\":1}]", "[{}]", "[{\"\\u0078\":1}]", "[[1]]\u{FEFF}",
    "\u{FEFF}[[1]]", "[[-9223372036854775808],[9223372036854775807]]", "[[9223372036854775808]]",
    "[[+1]]", "[[01]]", "[[\" 1\"]]", "[[\"1 \"]]", "[[1 ]]", "[[1.0]]", "[[-]]", "[[null]]",
    "[[\"\\u0031\"]]", "[[1}]", "{\"x0\":1}", "[\"x\"]", "[1]",
  ])
  func cornersOfTheFormat(text: String) throws {
    // Wherever the headroom of numbers ends.
    for padding in [0, 1, 23, 24, 40] {
      let text = String(repeating: " ", count: padding) + text
      try check(File(text: Array(text.utf8), types: [.number]), isPlain: false, "\(padding)")
    }
  }

  @Test(arguments: [
    #"\ud83d \ude00"#, #"\ud83d"#, #"\ude00"#, #"\ud83d\u0041"#, #"\u+123"#, #"\u0000"#, #"\x"#,
    #"\u12"#, #"\ud83d\ude0"#, #"\"#, #"\\"#, #"\\\"#, #"\ud83d\ude00"#,
  ])
  func escapes(text: String) throws {
    for rest in ["\"]]", "", "\"", "\"],[\"b\"]]"] {
      try check(
        File(text: Array(("[[\"" + text + rest).utf8), types: [.symbol]), isPlain: false, rest)
    }
  }

  // MARK: Sessions

  /// What is wrong is told of by the slow way, whatever was read before it.
  @Test(arguments: [1, 2]) func mistakesAreShownWhereTheyStand(threads: Int) throws {
    let session = QuerySession()
    session.threadCount = threads
    session.load([
      SourceText(
        name: "p.dl",
        text: ".decl r(a:symbol, b:number)\n.input r(IO=jsonfile)\n.printsize r")
    ])
    let input = try #require(session.fileDirectives.first)
    func read(_ rows: [String]) -> [String] {
      let text = "[" + rows.joined(separator: ",\n") + "]\n"
      return session.readFacts(SourceText(name: "r.json", text: text), of: input).map { problem in
        guard let span = problem.span else { return problem.message }
        let place = session.sources[span.source].location(at: Int(span.lower))
        return "\(session.sources.place(span)):\(place.column) \(problem.message)"
      }
    }
    var rows = (0..<100_000).map { "[\"大\($0)\", \($0)]" }
    let sound = rows
    rows[70_000] = "[\"大\", x]"
    #expect(read(rows) == ["r.json:70001:8 this is no row of `r`"])
    #expect(session.runProgram().result?.count(of: "r") == 0)
    rows = sound
    rows[80_000] = "[\"大80000\", 80000, \"more\"]"
    #expect(
      read(rows) == [
        "r.json:80001:19 the row has more values than `r` has arguments; they are passed over, in further rows too"
      ])
    #expect(session.runProgram().result?.count(of: "r") == 100_000)
    #expect(read(sound) == [])
    #expect(session.runProgram().result?.count(of: "r") == 100_000)
  }
}

extension QuerySession {
  fileprivate static var unexpected: FileError { FileError(path: "r.json", reason: "unexpected") }
}
