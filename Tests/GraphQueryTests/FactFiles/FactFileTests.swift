@_spi(Columns) import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

/// Reads fact files in every way there is and compares the rows with those of `ReferenceFacts`.
@Suite struct FactFileTests {
  struct File {
    var bytes: [UInt8]
    var types: [ColumnType]
    var delimiter: [UInt8] = [UInt8(ascii: "\t")]
    var hasHeaders = false
    var columns: [Int]?
    /// The columns that are kept, where that is not all.
    var kept: [Int]?

    var keptTypes: [ColumnType] { kept?.map { types[$0] } ?? types }
  }

  /// What the reader makes of a file, in the form of the reference.
  private func read(_ file: File, workers: Int, chunkSize: Int) throws
    -> (ReferenceFacts.Result, TermDictionary)
  {
    let declaration = DeclaredRelation(
      name: "r", unit: 1,
      attributes: file.types.enumerated().map { ("x\($0)", $1) },
      span: SourceSpan(source: SourceID(index: 0), lower: 0, upper: 0))
    var parameters = ["delimiter": String(decoding: file.delimiter, as: UTF8.self)]
    if file.hasHeaders { parameters["headers"] = "true" }
    if let columns = file.columns {
      parameters["columns"] = columns.map(String.init).joined(separator: ":")
    }
    var problems: [Diagnostic] = []
    let format = TableFormat(
      FileDirective(
        kind: .input, relation: "r", parameters: parameters, span: declaration.span),
      arity: file.types.count, &problems)
    #expect(problems.isEmpty)
    let dictionary = TermDictionary()
    let reader = FactFileReader(
      layout: FactLayout(declaration, format, keeping: file.kept),
      values: ValueReader(dictionary: dictionary, records: RecordTable()),
      workers: Workers(count: workers), limits: LimitGuard(QueryLimits(), token: nil),
      span: declaration.span, sharedSize: 0)
    let source = LineSource(name: "r.facts", bytes: file.bytes, chunkSize: chunkSize)
    switch try reader.read(source, adding: nil) {
    case .rows(let rows, _):
      let texts = (0..<rows.rowCount).map { row in
        zip(rows.columns, file.keptTypes).map { column, type in
          text(column.view[row], type, dictionary)
        }
      }
      return (.rows(texts), dictionary)
    case .problems(let problems):
      let texts = problems.map { line, problem in
        switch problem.kind {
        case .missing(let found): "\(line) missing \(found)"
        case .malformed(let column, _, _): "\(line) value \(column)"
        case .noText(_, let place): "\(line) text \(place.lowerBound)"
        case .surplus(let place): "\(line) surplus \(place)"
        case .unclosed(let place), .behindQuote(let place): "\(line) quote \(place)"
        }
      }
      return (.problems(texts), dictionary)
    case .ambiguous, .odd: return (.problems(["ambiguous"]), dictionary)
    case .stopped(let failure): throw failure
    }
  }

  /// Reads a file with some of its columns: mistakes are told of in the others too.
  private func checkParts(_ file: File, _ note: String) throws {
    let expected = ReferenceFacts.read(
      file.bytes, types: file.types, delimiter: file.delimiter, hasHeaders: file.hasHeaders,
      columns: file.columns)
    for subset in 0..<1 << file.types.count {
      let kept = file.types.indices.filter { subset >> $0 & 1 == 1 }
      var part = file
      part.kept = kept
      let (found, _) = try read(part, workers: 1 + subset % 2, chunkSize: 50)
      guard case .rows(let rows) = expected else {
        #expect(found == expected, "\(note), columns \(kept)")
        continue
      }
      var seen: Set<[String]> = []
      let projected = rows.map { row in kept.map { row[$0] } }.filter { seen.insert($0).inserted }
      #expect(found == .rows(projected), "\(note), columns \(kept)")
    }
  }

  private func text(_ word: UInt64, _ type: ColumnType, _ dictionary: TermDictionary) -> String {
    switch type {
    case .symbol:
      dictionary.withBytes(of: UInt32(word)) { bytes in
        bytes.indices.map { String(bytes[$0]) }.joined(separator: ",")
      }
    case .number: "\(Int64(bitPattern: word))"
    case .unsigned: "\(word)"
    case .float: "\(Double(bitPattern: word))"
    case .boolean: word == 1 ? "true" : "false"
    case .record: "record"
    }
  }

  private func check(_ file: File, _ note: String) throws {
    let expected = ReferenceFacts.read(
      file.bytes, types: file.types, delimiter: file.delimiter, hasHeaders: file.hasHeaders,
      columns: file.columns)
    var terms: [String]?
    for (workers, chunkSize) in [(1, 1 << 18), (1, 40), (2, 25), (3, 64)] {
      let (result, dictionary) = try read(file, workers: workers, chunkSize: chunkSize)
      #expect(
        result == expected,
        "\(note), \(workers) workers, chunks of \(chunkSize): \(String(decoding: file.bytes, as: UTF8.self))"
      )
      guard case .rows = expected, chunkSize < 100 else { continue }
      // Ids do not depend on the number of workers where the chunks are the same.
      let again = try read(file, workers: workers == 1 ? 2 : 1, chunkSize: chunkSize).1
      terms = (0..<UInt32(dictionary.count)).map { dictionary.text(of: $0) }
      #expect(terms == (0..<UInt32(again.count)).map { again.text(of: $0) }, "\(note)")
    }
  }

  // MARK: Cases

  @Test(arguments: [
    ("", [ColumnType.number]), ("\n", [.symbol]), ("\n", [.number]), ("1", [.number]),
    ("1\r\n2\r\n", [.number]), ("1\r", [.number]), ("a\r\nb\r", [.symbol]), ("a\rb\n", [.symbol]),
    ("\r\n\r\n", [.symbol]), ("1\t2\t3\n", [.number, .number]), ("1\n", [.number, .number]),
    ("1\t\n", [.number, .symbol]), ("1\t\n", [.symbol, .number]), ("\t\t\n", [.symbol, .symbol]),
    (" 5\n  -7\n+8\n", [.number]), ("5 \n", [.number]), ("--5\n", [.number]), ("-\n", [.number]),
    ("0x1F\n0b101\n0x\n0b2\n-0x10\n", [.number]), ("9223372036854775807\n", [.number]),
    ("9223372036854775808\n", [.number]), ("-9223372036854775808\n", [.number]),
    ("-9223372036854775809\n", [.number]), ("18446744073709551615\n", [.unsigned]),
    ("18446744073709551616\n", [.unsigned]), ("-1\n", [.unsigned]), ("+1\n", [.unsigned]),
    ("000000000000000000000012\n", [.number]), ("1234567\n12345678\n123456789\n", [.number]),
    ("1234567890123456\n12345678901234567\n123456789012345678\n1234567890123456789\n", [.number]),
    ("1.5\n-0.0\n0.1\n1e5\n.5\n5.\nnan\ninf\n-1.25\n", [.float]),
    ("+1.5\n1e\n1e+\ne5\n1.e5\n1e5.5\n1e1234\n", [.float]),
    ("1e-7\n-1E+07\n1.25e3\n0e9\n", [.float]),
    ("9007199254740993\n9007199254740992.5\n1.7976931348623157e308\n5e-324\n", [.float]),
    ("0.3333333333333333333\n0.000000000000000001\n1234567890.123456789\n", [.float]),
    ("123456789012345.5\n1234567890123456\n99999999999999999\n0.123456789\n", [.float]),
    ("true\nfalse\nTrue\n", [.boolean]), ("true\t5\nfalse\t6\n", [.boolean, .number]),
    ("大运\t1\n大运\t1\n小\t2\n", [.symbol, .number]), ("2147483647\n2147483648\n", [.number]),
    ("-2147483648\n-2147483649\n5\n", [.number]), ("4294967295\n4294967296\n", [.unsigned]),
    ("x\n", []), ("", []), ("x\ny\n", []),
  ])
  func cornersOfTheFormat(text: String, types: [ColumnType]) throws {
    try check(File(bytes: Array(text.utf8), types: types), "\(types)")
  }

  @Test func wholeNumbersOfAllLengths() throws {
    let digits = Array("98192736450918273645918")
    let bounds = [
      "9223372036854775807", "9223372036854775808", "18446744073709551615", "18446744073709551616",
      "99999999999999999999", "10000000000000000000",
    ]
    for number in bounds + (1...22).flatMap({ [String(digits[..<$0]), String(digits[1...$0])] }) {
      for type in [ColumnType.number, .unsigned] {
        let text = String(repeating: "123456\n", count: 8) + "\(number)\n-\(number)\n7\n"
        try check(File(bytes: Array(text.utf8), types: [type]), number)
      }
    }
  }

  @Test func wholeNumbersInOtherBases() throws {
    let ends = [
      "0x", "0b", "0xg", "0x1G", "0x@", "0x`1", "0b2", "0b1a", "0X1", "0B1", "0x 1", "0x1 ", "0x-1",
      "0xx1", "00x1",
      "0x7fffffffffffffff", "0x8000000000000000", "0xFFFFFFFFFFFFFFFF", "0x10000000000000000",
      "0x00000000000000000001", "0x/", "0x:", "0b:", "0xé",
      "0b" + String(repeating: "1", count: 64),
      "0b" + String(repeating: "1", count: 65), "0b" + String(repeating: "1", count: 63),
    ]
    let digits = Array("fA0b1C9d8E7261354a")
    for number in ends + (1...18).map({ "0x" + String(digits[..<$0]) }) {
      for type in [ColumnType.number, .unsigned] {
        let text = String(repeating: "123456\n", count: 8) + "\(number)\n-\(number)\n7\n"
        try check(File(bytes: Array(text.utf8), types: [type]), number)
      }
    }
  }

  /// Numbers of one to eighteen bytes with a point, or something that is none, at each place.
  @Test(arguments: [".", "..", "-", "x", "/", ":"])
  func pointsAtEveryPlace(mark: String) throws {
    let digits = Array("918273645091827364")
    for length in 1...18 {
      for place in 0...length {
        let number = String(digits[..<place]) + mark + String(digits[place..<length])
        // The fast way begins behind some bytes, and ends where something is wrong.
        let text =
          String(repeating: "123456.5\n", count: 4) + "\(number)\n-\(number)\n+\(number)\n7.25\n"
        try check(File(bytes: Array(text.utf8), types: [.float]), number)
      }
    }
  }

  @Test func otherDelimitersHeadersAndColumns() throws {
    let types: [ColumnType] = [.number, .symbol]
    for delimiter in [",", "|", "::", "5", "-", " ", "é", ".", "0x"] {
      let text = "1\(delimiter)a\n22\(delimiter)b\(delimiter)c\n\(delimiter)x\n"
      try check(
        File(bytes: Array(text.utf8), types: types, delimiter: Array(delimiter.utf8)),
        "\(delimiter)")
    }
    let text = Array("name\tskipped\tvalue\na\tzz\t1\nb\t\t2\n".utf8)
    try check(File(bytes: text, types: types, hasHeaders: true, columns: [2, 0]), "columns")
    try check(File(bytes: text, types: types, columns: [2, 0]), "columns and a wrong line")
    try check(File(bytes: Array("only\n".utf8), types: types, hasHeaders: true), "header alone")
  }

  @Test(arguments: 0..<60 as Range<UInt64>)
  func randomFilesReadAsByTheReference(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    let all: [ColumnType] = [.number, .number, .symbol, .symbol, .unsigned, .float, .boolean]
    let types = (0..<Int.random(in: 1...4, using: &random)).map { _ in
      all.randomElement(using: &random) ?? .number
    }
    let delimiter = ["\t", "\t", "\t", ",", "; ", "é"].randomElement(using: &random) ?? "\t"
    let isClean = Bool.random(using: &random)
    var text = ""
    for _ in 0..<Int.random(in: 0..<60, using: &random) {
      var values = types.map { value(of: $0, isClean: isClean, &random) }
      if !isClean, Int.random(in: 0..<40, using: &random) == 0 { values.removeLast() }
      if Int.random(in: 0..<20, using: &random) == 0 { values.append("more") }
      text += values.joined(separator: delimiter)
      text += Int.random(in: 0..<8, using: &random) == 0 ? "\r\n" : "\n"
    }
    if !text.isEmpty, Int.random(in: 0..<3, using: &random) == 0 { text.removeLast() }
    let file = File(bytes: Array(text.utf8), types: types, delimiter: Array(delimiter.utf8))
    try check(file, "seed \(seed)")
    try checkParts(file, "seed \(seed)")
  }

  private func value(
    of type: ColumnType, isClean: Bool, _ random: inout SeededGenerator
  ) -> String {
    let oddities = ["", "-", "+3", " 4", "0x2A", "1e3", "12a", "\r", "大", "1234567890123456789012"]
    if !isClean, Int.random(in: 0..<50, using: &random) == 0 {
      return oddities.randomElement(using: &random) ?? ""
    }
    switch type {
    case .number:
      let shift = Int.random(in: 0..<63, using: &random)
      return "\(Int64(truncatingIfNeeded: random.next()) >> Int64(shift))"
    case .unsigned: return "\(random.next() >> UInt64.random(in: 0..<63, using: &random))"
    case .float: return decimal(&random)
    case .boolean: return Bool.random(using: &random) ? "true" : "false"
    case .symbol, .record:
      let length = Int.random(in: 0..<12, using: &random)
      return String((0..<length).map { _ in "abc大运é ".randomElement(using: &random) ?? "a" })
    }
  }

  /// Decimals as programs write them, and as people do: few digits, or all that a double has, with exponents or without.
  private func decimal(_ random: inout SeededGenerator) -> String {
    switch Int.random(in: 0..<6, using: &random) {
    case 0: return "\(Double(Int.random(in: -9999...9999, using: &random)) / 64)"
    case 1: return "\(Double.random(in: -1...1, using: &random))"
    case 2: return "\(Double(bitPattern: random.next()))"
    case 3:
      let digits = random.next() >> UInt64.random(in: 0..<60, using: &random)
      return "+\(digits)e\(Int.random(in: -80...80, using: &random))"
    case 4:
      return "\(random.next() >> 30).\(random.next() >> UInt64.random(in: 0..<60, using: &random))"
    default:
      let digits = random.next() >> UInt64.random(in: 0..<60, using: &random)
      return "-0.\(digits)E+\(Int.random(in: 0...30, using: &random))"
    }
  }

  // MARK: Messages

  @Test func wrongRowsAreShownInTheirLine() throws {
    let session = QuerySession()
    session.load([SourceText(name: "p.dl", text: ".decl r(a:number, b:symbol)\n.input r")])
    let directive = try #require(session.fileDirectives.first)
    let lines = (1...40_000).map { $0 % 20_000 == 0 ? "x\($0)\tname" : "\($0)\tname" }
    let text = SourceText(name: "r.facts", text: lines.joined(separator: "\n"))
    let problems = session.readFacts(text, of: directive)
    #expect(
      problems.map(\.message) == [
        "\"x20000\" is no number, as `a` of `r` is", "\"x40000\" is no number, as `a` of `r` is",
      ])
    let places = problems.compactMap { problem in
      problem.span.map { session.sources.place($0) }
    }
    #expect(places == ["r.facts:20000", "r.facts:40000"])
    #expect(session.runProgram().result?.count(of: "r") == 0)
  }

  @Test func quotedValuesSpanLinesAndHalveTheirMarks() throws {
    let session = QuerySession()
    session.load([
      SourceText(
        name: "p.dl", text: ".decl r(a:symbol, b:number)\n.input r(rfc4180=true)\n.output r")
    ])
    let input = try #require(session.fileDirectives.first { $0.kind == .input })
    let output = try #require(session.fileDirectives.first { $0.kind == .output })
    let text = "\"a \"\"b\"\"\",1\n\"two\nlines\",2\nplain,\"3\"\n\"\",4\r\n"
    #expect(session.readFacts(SourceText(name: "r.facts", text: text), of: input).isEmpty)
    var written: [UInt8] = []
    session.runProgram().result?.write(output) { written += $0 }
    #expect(
      String(decoding: written, as: UTF8.self) == "\t4\na \"b\"\t1\nplain\t3\ntwo\nlines\t2\n")
    let wrong = SourceText(name: "r.facts", text: "\"two\nlines\",2\n\"x\",\"y\"\n")
    let problem = try #require(session.readFacts(wrong, of: input).first)
    #expect(problem.message == "\"y\" is no number, as `b` of `r` is")
    #expect(problem.span.map { session.sources.place($0) } == "r.facts:3")
  }

  /// Texts are UTF-8 without NUL, as everywhere, also in records; what is passed over may be anything.
  @Test(arguments: ["", "rfc4180=true, delimiter=\"\t\""], [1, 4])
  func bytesThatAreNoTextsAreRefused(_ parameters: String, workers: Int) throws {
    let session = QuerySession()
    session.threadCount = workers
    session.load([
      SourceText(
        name: "p.dl",
        text: """
          .type pair = [a: symbol, b: number]
          .decl r(a: number, b: symbol)
          .decl s(a: pair)
          .input r(columns="0:2"\(parameters.isEmpty ? "" : ", " + parameters))
          .input s
          """)
    ])
    let (ofTexts, ofRecords) = (session.fileDirectives[0], session.fileDirectives[1])
    func read(_ bytes: [UInt8], of directive: FileDirective) -> [String] {
      session.readFacts(SourceText(name: "r.facts", bytes: bytes), of: directive).map {
        "\($0.code.rawValue) \($0.span.map { session.sources.place($0) } ?? "") "
          + "\($0.span?.lower ?? 0) \($0.message)"
      }
    }
    let rows = Array((0..<60_000).flatMap { Array("\($0)\t大运\tn\($0)\n".utf8) })
    let sound = rows + Array("1\t".utf8) + [0xFF] + Array("\tx\n".utf8)
    #expect(read(sound, of: ofTexts) == [])
    #expect(session.runProgram().result?.count(of: "r") == 60_001)
    let wrong: [UInt8] =
      Array("2\t\t".utf8) + [0xFF, 0xFE] + Array("\n3\t\tx\n4\t\t".utf8) + [0]
    // What was refused is not known the second time.
    for _ in 0..<2 {
      #expect(
        read(sound + wrong, of: ofTexts) == [
          "E0705 r.facts:60002 3 the text is no UTF-8",
          "E0705 r.facts:60004 3 the text holds a NUL byte",
        ])
    }
    #expect(session.runProgram().result?.count(of: "r") == 60_001)
    #expect(
      read(Array("[a, 1]\n[".utf8) + [0xE5, 0xA4] + Array(", 2]\n".utf8), of: ofRecords) == [
        "E0705 r.facts:2 0 the text is no UTF-8"
      ])
  }

  @Test func bytesThatAreNoTextsAreRefusedInJSON() throws {
    let session = QuerySession()
    session.load([SourceText(name: "p.dl", text: ".decl r(a:symbol)\n.input r(IO=jsonfile)")])
    let input = try #require(session.fileDirectives.first)
    let text = SourceText(
      name: "r.json", bytes: Array("[[\"".utf8) + [0xFF, 0xFE] + Array("\"]]".utf8))
    let problems = session.readFacts(text, of: input)
    #expect(problems.map(\.message) == ["bytes that are no UTF-8"])
    #expect(problems.first?.span?.lower == 3)
  }

  /// A quotation mark within a value is a character, and what follows one that closes is refused.
  @Test func quotationMarksStandAtTheEndsOfValues() throws {
    let session = QuerySession()
    session.load([
      SourceText(
        name: "p.dl", text: ".decl r(a:symbol, b:symbol)\n.input r(rfc4180=true)\n.output r")
    ])
    let input = try #require(session.fileDirectives.first { $0.kind == .input })
    let output = try #require(session.fileDirectives.first { $0.kind == .output })
    let text = "a,15\" x\nb,z\n7\",\"c\"\n"
    #expect(session.readFacts(SourceText(name: "r.facts", text: text), of: input).isEmpty)
    var written: [UInt8] = []
    session.runProgram().result?.write(output) { written += $0 }
    #expect(String(decoding: written, as: UTF8.self) == "7\"\tc\na\t15\" x\nb\tz\n")
    let wrong = SourceText(name: "r.facts", text: "a,\"x\" y\nb,z\n\"c,d\n")
    let problems = session.readFacts(wrong, of: input)
    #expect(
      problems.map(\.message) == [
        "something stands behind a closing quotation mark", "the quotation mark is never closed",
      ])
    #expect(
      problems.compactMap { $0.span.map { session.sources.place($0) } } == [
        "r.facts:1", "r.facts:3",
      ])
  }

  @Test func nothingStandsBehindTheRowsOfJSON() throws {
    let session = QuerySession()
    session.load([
      SourceText(name: "p.dl", text: ".decl r(a:number)\n.input r(IO=jsonfile)")
    ])
    let input = try #require(session.fileDirectives.first)
    func read(_ text: String) -> [String] {
      session.readFacts(SourceText(name: "r.json", text: text), of: input).map(\.message)
    }
    #expect(read("[[1], [2]] \n") == [])
    #expect(read("[[1]] [[2]]") == ["something stands behind the rows"])
  }

  /// A text of JSON is one by the rules of JSON.
  @Test(arguments: [#"\ud83d \ude00"#, #"\u+123"#, #"\u0000"#, #"\x"#, #"\ud83d"#])
  func textsOfJSONAreReadStrictly(_ text: String) throws {
    let session = QuerySession()
    session.load([
      SourceText(name: "p.dl", text: ".decl r(a:symbol)\n.input r(IO=jsonfile)")
    ])
    let input = try #require(session.fileDirectives.first)
    func read(_ text: String) -> [String] {
      session.readFacts(SourceText(name: "r.json", text: text), of: input).map(\.message)
    }
    #expect(read(#"[["a"], [ "\ud83d\ude00\/"]]"#) == [])
    #expect(read("[[\"\(text)\"]]") == ["this is no row of `r`"])
  }

  /// The first row with more than there is a place for is told of, and no row is refused for it.
  @Test(
    arguments: ["", "rfc4180=true, delimiter=\"\t\"", "headers=true", "columns=\"0:1\""],
    [0, 1, 70_000])
  func valuesBehindTheLastAreToldOfOnce(_ parameters: String, before: Int) throws {
    for workers in [1, 4] {
      let session = QuerySession()
      session.threadCount = workers
      session.load([
        SourceText(
          name: "p.dl",
          text: """
            .decl r(a: number, b: symbol)
            .input r\(parameters.isEmpty ? "" : "(\(parameters))")
            """)
      ])
      let directive = try #require(session.fileDirectives.first)
      // A delimiter at the end of a line is no value.
      let text =
        "0\tx\t\n" + (0..<before).map { "\($0)\tx\t\t\r\n" }.joined()
        + "7\ty\t\tz\r\n8\tz\t1\n9\tz\n"
      let found = session.readFacts(SourceText(name: "r.facts", text: text), of: directive)
      #expect(session.runProgram().result?.count(of: "r") ?? 0 >= 3)
      if parameters.hasPrefix("columns") {
        #expect(found.isEmpty)
        continue
      }
      #expect(found.map(\.code) == [.surplusValues] && found.first?.severity == .warning)
      #expect(
        found.first?.message
          == "the row has more values than `r` has arguments; they are passed over, in "
          + "further rows too")
      #expect(found.first?.span.map { session.sources.place($0) } == "r.facts:\(before + 2)")
      #expect(found.first?.span?.lower == 4 && found.first?.span?.upper == 6)
    }
  }

  /// A list of JSON that goes on is read as far as there are arguments; what stands there is JSON all the same.
  @Test func listsThatGoOnAreToldOfOnce() throws {
    let session = QuerySession()
    session.load([
      SourceText(
        name: "p.dl",
        text: """
          .type P = [x: number, y: number]
          .decl r(a: number, p: P)
          .input r(IO="json")
          """)
    ])
    let directive = try #require(session.fileDirectives.first)
    func read(_ text: String) -> [Diagnostic] {
      session.readFacts(SourceText(name: "r.json", text: text), of: directive)
    }
    let found = read(
      """
      [[1, [1, 2]],
       [2, null, {"k": [1, {}, []]}, "]\\"", -1.5e3],
       [3, [3, 4], true]]
      """)
    #expect(found.map(\.code) == [.surplusValues] && found.first?.severity == .warning)
    #expect(
      found.first?.message
        == "the row has more values than `r` has arguments; they are passed over, in further "
        + "rows too")
    let span = try #require(found.first?.span)
    #expect(session.sources.text(span) == #"{"k": [1, {}, []]}, "]\"", -1.5e3"#)
    #expect(session.sources.place(span) == "r.json:2")
    #expect(session.runProgram().result?.count(of: "r") == 3)
    for wrong in [
      "[[1, null, ]]", "[[1, null, 2 3]]", "[[1, null, {1: 2}]]", "[[1, null, \"\\q\"]]",
      "[[1, null, [2]", "[[1, [1, 2, 3]]]", "[[1, null, 2}]",
      "[[1, null, " + String(repeating: "[", count: 100_000) + "]]",
    ] {
      #expect(read(wrong).map(\.code) == [.malformedRow], "\(wrong.prefix(40))")
    }
    let deep = String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000)
    #expect(read("[[4, null, \(deep)]]").map(\.code) == [.surplusValues])
    #expect(session.runProgram().result?.count(of: "r") == 4)
  }

  /// No line has columns without end, and no place is made for them.
  @Test(arguments: ["9223372036854775807", "1000000000000", "1048576", "-1", "x", "0:1"])
  func columnsThatNoLineHas(_ columns: String) throws {
    let session = QuerySession()
    session.load([
      SourceText(name: "p.dl", text: ".decl r(a:number)\n.input r(columns=\"\(columns)\")")
    ])
    let directive = try #require(session.fileDirectives.first)
    let problems = session.readFacts(SourceText(name: "r.facts", text: "1\t2\n"), of: directive)
    #expect(problems.map(\.code) == [.invalidDirective])
    #expect(problems.first?.message == "\"\(columns)\" does not name 1 column of the file")
  }

  @Test func aLimitStopsReading() throws {
    let session = QuerySession()
    session.load([SourceText(name: "p.dl", text: ".decl r(a:number)\n.input r")])
    let directive = try #require(session.fileDirectives.first)
    let text = SourceText(
      name: "r.facts", text: (1...200_000).map(String.init).joined(separator: "\n"))
    session.limits.memory = 100_000
    #expect(session.readFacts(text, of: directive).map(\.code) == [.limitReached])
    session.limits.memory = nil
    session.cancelToken.cancel()
    #expect(session.readFacts(text, of: directive).map(\.code) == [.interrupted])
  }
}
