import Testing

@testable import GraphCore

/// What headers, separators and columns of separated values are taken for, and what is remarked on.
@Suite struct CSVHeaderTests {
  private func read(
    _ text: String, _ format: ImportFormat = .csv, name: String = "x.csv", header: [String]? = nil,
    maximumErrors: Int = 0
  ) throws -> (graph: Graph, report: ImportReport) {
    let graph = Graph()
    let report = try graph.write { writer in
      try writer.importRows(
        of: InputFile(name: name, bytes: Array(text.utf8)), as: format,
        options: ImportOptions(header: header, maximumErrors: maximumErrors))
    }.result
    #expect(graph.checkInvariants() == [])
    return (graph, report)
  }

  /// `TYPE(FROM,TO)` for each edge, with its properties behind.
  private func edges(_ graph: Graph) -> [String] {
    graph.edgeTypes.flatMap { type in
      graph.edges(ofType: type).map { edge in
        "\(type)(\(edge.source.name),\(edge.target.name))"
          + edge.properties.map { " \($0.key)=\($0.value)" }.joined()
      }
    }
  }

  @Test func linesThatEndInReturnsAloneAreRefused() throws {
    for text in ["from,to\ra,b\r", "from,to\ra,b", "\"a\"\r1\r"] {
      let report = try read(text, maximumErrors: 1).report
      #expect(report.rejected.first?.reason.hasPrefix("the lines end in CR alone") ?? false)
      #expect(report.accepted == 0)
    }
    for text in ["from,to\r\na,b\r\n", "from,to\r", "\"from\r\",to\r\n"] {
      #expect(try read(text).report.rejected == [])
    }
    let rows = try read("a,b\rc,d\r", header: ["from", "to"], maximumErrors: 1)
    #expect(rows.report.rejected.count == 1 && rows.graph.edgeCount == 0)
  }

  @Test func columnsOfLabelsAreNoNames() throws {
    for header in [":LABEL,name,born:int", "label,name,born", ":IGNORE,name,born"] {
      let graph = try read("\(header)\nPerson,Ann,1980\nPerson,Bob,1981\n").graph
      #expect(graph.nodes.map(\.name) == ["Ann", "Bob"])
      #expect(graph.node("Ann")?.has(label: header.hasPrefix(":IGN") ? "x" : "Person") == true)
    }
    #expect(try read("label\nPerson\n").graph.node("Person") != nil)
  }

  @Test(arguments: [
    ("a:ID,b:ID,c", "ID"), (":START_ID,:START_ID,:END_ID", "START_ID"),
    (":START_ID,:END_ID,:END_ID", "END_ID"),
  ]) func aMarkStandsOnce(_ header: String, _ mark: String) throws {
    let report = try read("\(header)\n1,2,x\n", maximumErrors: 1).report
    #expect(
      report.rejected.map(\.reason)
        == ["more than one column is marked :\(mark); mark the others :IGNORE"])
  }

  @Test func columnsWithoutANameAreLeftOut() throws {
    let (graph, report) = try read(",from,to,n,\n0,a,b,1,x\n1,b,c,2,\n")
    #expect(edges(graph) == ["x(a,b) n=1", "x(b,c) n=2"])
    #expect(report.remarks == [.unnamedColumns(file: "x.csv", columns: [1, 5])])
    let (fast, fastReport) = try read("from,to,\na,b,\n")
    #expect(edges(fast) == ["x(a,b)"])
    #expect(fastReport.remarks == [.unnamedColumns(file: "x.csv", columns: [3])])
    // pandas numbers the rows, unless somebody has made the names the index.
    #expect(try read(",name,n\n0,a,1\n1,b,2\n").graph.nodes.map(\.name) == ["a", "b"])
    let lost = try read(",n\na,1\nb,2\n", maximumErrors: 1)
    #expect(lost.report.rejected.first?.reason.hasPrefix("the first column has no name") ?? false)
    #expect(lost.graph.nodeCount == 0)
    #expect(try read(":ID,:string\na,1\n").graph.nodePropertyKeys == [])
    // A blank is a name: an export may have written it.
    #expect(try read("name, \na,1\n").graph.nodePropertyKeys == [" "])
    let nameless = try read(",,\n1,2,3\n", maximumErrors: 1).report
    #expect(nameless.rejected.map(\.reason) == ["no column has a name"])
  }

  @Test func rowsThatSayNothingAreCounted() throws {
    let (graph, report) = try read("name,label,n\na,,\nb,A,\nc,,1\nd,;,\n")
    #expect(graph.nodes.map(\.name) == ["b", "c"])
    #expect(report.remarks == [.emptyRows(file: "x.csv", line: 2, count: 2)])
    let edges = try read("from,to,type\na,b,\"\"\n", maximumErrors: 1).report
    #expect(edges.rejected.map(\.reason) == ["the type is empty"])
  }

  @Test func shortRowsAndNearlyTypesAreRemarkedOn() throws {
    let (graph, report) = try read("name,age:imt,x:point,n\na,1,p,2\nb,1\n\nc\nd,1,p,2\n")
    let remarks = report.remarks.map { "\($0)" }
    #expect(remarks.count == 2)
    #expect(remarks[0].contains("likelyType") && remarks[0].contains("age:imt"))
    #expect(remarks[1].contains("shortRows") && remarks[1].contains("line: 3, count: 2"))
    #expect(graph.node("a")?["x"] == .text("p") && graph.node("a")?["age:imt"] == .integer(1))
    #expect(graph.node("c") != nil)
    #expect(try read("name,rdf:type,dc:title\na,b,c\n").report.remarks.isEmpty)
  }

  @Test func whatOtherProgramsCallBooleansAndFloats() throws {
    let text = "name,b:boolean,x:double\na,True,NaN\nb,FALSE,-Infinity\nc,true,inf\n"
    let graph = try read(text).graph
    #expect(graph.node("a")?["b"] == .boolean(true) && graph.node("b")?["b"] == .boolean(false))
    #expect(graph.node("b")?["x"] == .float(-.infinity))
    if case .float(let number)? = graph.node("a")?["x"] { #expect(number.isNaN) }
    #expect(try read("name,b:boolean\na,yes\n", maximumErrors: 1).report.rejected.count == 1)
    // Without a type they are texts, and come back as they were.
    #expect(try read("name,b\na,True\n").graph.node("a")?["b"] == .text("True"))
  }

  // MARK: Edges

  @Test(arguments: [
    ("source,target,weight", "x(a,b) weight=1"), ("Source,Target,Weight", "x(a,b) Weight=1"),
    ("SRC, DST ,n", "x(a,b) n=1"), ("From,To,n", "x(a,b) n=1"),
    ("Subject,Object,n", "x(a,b) n=1"), ("head,tail,n", "x(a,b) n=1"),
    ("起点,终点,金额", "x(a,b) 金额=1"), ("源,目标,n", "x(a,b) n=1"), ("源节点,目标节点,n", "x(a,b) n=1"),
    ("主语,宾语,n", "x(a,b) n=1"), ("头实体,尾实体,n", "x(a,b) n=1"),
    ("source,target,type", "1(a,b)"), ("src,dst,Type", "1(a,b)"), ("FROM,TO,TYPE", "1(a,b)"),
    ("subject,object,predicate", "1(a,b)"), ("head,tail,relation", "1(a,b)"),
    ("起点,终点,关系", "1(a,b)"), ("源,目标,类型", "1(a,b)"), ("主语,宾语,谓语", "1(a,b)"),
    // What names no type is a property.
    ("from,to,relation", "x(a,b) relation=1"), ("source,target,predicate", "x(a,b) predicate=1"),
  ]) func plainNamesOfEnds(_ header: String, _ edge: String) throws {
    let (graph, report) = try read("\(header)\na,b,1\n")
    #expect(edges(graph) == [edge])
    #expect(graph.labels.isEmpty && report.remarks.isEmpty)
  }

  /// The names of the table are those that the language's description shows.
  @Test func namesAreInTheTable() throws {
    let root = "/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/")
    let page = String(
      decoding: try Files.read("\(root)/Documentation/Language.md"), as: UTF8.self)
    for form in CSVHeader.edgeNames {
      let types = form.types.map { "`\($0)`" }.joined(separator: ", ")
      #expect(page.contains("| `\(form.start)` | `\(form.end)` | \(types) |"))
      let header = CSVHeader([form.types[0], form.end, form.start])
      #expect(header.roles == [.type, .end, .start], "\(form)")
    }
  }

  @Test func whatIsNotMeantAsEdges() throws {
    // Without a target a source is a citation, and marks of Neo4j come first.
    let cited = try read("name,source\nA,a.txt\n").graph
    #expect(cited.node("A")?.labelCitations == [Citation(source: "a.txt")])
    let both = try read("from,to,source,target\na,b,d.txt,1\n").graph
    #expect(edges(both) == ["x(a,b) target=1"])
    #expect(both.edges(ofType: "x").first?.citations == [Citation(source: "d.txt")])
    let marked = try read("n:ID,from,to\nA,1,2\n").graph
    #expect(marked.edgeCount == 0 && marked.node("A")?["from"] == 1)
  }

  @Test func directionsOfGephi() throws {
    let text = "Source,Target,Type,Id\na,b,Undirected,1\nb,c,directed,2\nc,d,,3\n"
    let (graph, report) = try read(text, name: "in/roads.csv")
    #expect(edges(graph) == ["roads(a,b) Id=1", "roads(b,c) Id=2", "roads(c,d) Id=3"])
    #expect(
      report.remarks == [.undirectedEdges(file: "in/roads.csv", count: 1, type: "roads")])
    // A type among directions makes them types.
    let types = try read("source,target,type\na,b,Directed\nb,c,owns\n")
    #expect(edges(types.graph) == ["Directed(a,b)", "owns(b,c)"] && types.report.remarks.isEmpty)
    let late =
      "source,target,type\n" + String(repeating: "a,b,Directed\n", count: 1000) + "b,c,owns\n"
    #expect(
      try read(late, maximumErrors: 1).report.rejected.map(\.description)
        == ["x.csv:1002: \"owns\" is neither Directed nor Undirected"])
  }

  // MARK: Separators

  @Test(arguments: [";", "\t", "|"]) func separatorsOfTheHeader(_ separator: String) throws {
    func text(_ lines: [String]) -> String {
      lines.joined(separator: "\n").split(separator: ",", omittingEmptySubsequences: false)
        .joined(separator: separator)
    }
    let nodes = try read(text(["", "name,\"founded\",city", "A,1998,\"x\(separator)y\""])).graph
    #expect(nodes.node("A")?["founded"] == 1998)
    #expect(nodes.node("A")?["city"] == .text("x\(separator)y"))
    // Rows of edges alone go another way.
    let links = try read(text(["source,target", "a,\"b\(separator)c\"", "d,e"])).graph
    #expect(edges(links) == ["x(a,b\(separator)c)", "x(d,e)"])
    let unnamed = try read(text(["a,b,1"]), header: ["from", "to", "n"]).graph
    #expect(edges(unnamed) == ["x(a,b) n=1"])
  }

  @Test func separatorsWithinQuotes() throws {
    func columns(_ line: String, _ usual: String = ",") -> UInt8 {
      FieldSeparator.find(in: Array(line.utf8)[...], usual: usual.utf8.first ?? 0)
    }
    #expect(columns("\"a;b;c\",d") == UInt8(ascii: ","))
    #expect(columns("\"a;b\"") == UInt8(ascii: ","))
    #expect(columns("\"a,b\";c") == UInt8(ascii: ";"))
    #expect(columns("a\"b;c\"d") == UInt8(ascii: ";"))
    #expect(columns("a;b|c;d") == UInt8(ascii: ";"))
    #expect(columns("a;b;c,d") == UInt8(ascii: ","))
    #expect(columns("a,b", "\t") == UInt8(ascii: ","))
    #expect(columns("name") == UInt8(ascii: ","))
    let one = try read("\"a;b\"\nc;d\n").graph
    #expect(one.node("c;d") != nil)
    // Where columns are named outside, another separator must part as many.
    let text = try read("a;b;c\n", header: ["name", "n"]).graph
    #expect(text.node("a;b;c") != nil)
  }

  // MARK: Headers that may mean something else

  /// A row with a text for each column.
  private func row(of header: String) -> String {
    header.split(separator: ",").indices.map { "v\($0)" }.joined(separator: ",")
  }

  @Test(arguments: [
    ("source_id,target_id", "source_id", "target_id"),
    ("n,From_Node,To_Node", "From_Node", "To_Node"),
    ("startNode,endNode", "startNode", "endNode"), ("起点站,终点站", "起点站", "终点站"),
    ("origin,destination", "origin", "destination"),
  ]) func endsThatAreNotRead(_ header: String, _ start: String, _ end: String) throws {
    #expect(
      try read("\(header)\n\(row(of: header))\n").report.remarks
        == [.likelyEnds(file: "x.csv", start: start, end: end)])
  }

  @Test(arguments: [
    "event,start,end", "name,from_date,to_date", "n:ID,source_id,target_id", "source_id,name",
    "from_a,to_b", "name,开始日,结束日",
  ]) func columnsThatAreNoEnds(_ header: String) throws {
    #expect(try read("\(header)\n\(row(of: header))\n").report.remarks == [])
  }

  @Test func everythingInOneColumn() throws {
    #expect(
      try read("起点，终点\n甲，乙\n").report.remarks
        == [.likelySeparator(file: "x.csv", separator: "，")])
    #expect(
      try read("from to\na b\nb c\n").report.remarks
        == [.likelySeparator(file: "x.csv", separator: " ")])
    for text in ["name\na b\n", "full name\nA B C\nD\n", "full name\n", "name\n"] {
      #expect(try read(text).report.remarks == [])
    }
  }

  // MARK: Numbers

  private func column(_ values: String...) throws -> (values: [Value?], remarks: [ImportRemark]) {
    let rows = values.enumerated().map { "\($0.offset),\($0.element)\n" }.joined()
    let (graph, report) = try read("name,v\n" + rows)
    return (values.indices.map { graph.node("\($0)")?["v"] }, report.remarks)
  }

  @Test func noDigitIsLost() throws {
    let long = try column("1", "99999999999999999999")
    #expect(long.values == ["1", "99999999999999999999"])
    #expect(
      long.remarks == [
        .textColumn(file: "x.csv", line: 3, key: "v", text: "99999999999999999999")
      ])
    // Numbers of that length alone are names, and need no word.
    let names = try column("99999999999999999999", "-88888888888888888888")
    #expect(names.values == ["99999999999999999999", "-88888888888888888888"])
    #expect(names.remarks == [])
    // An integer of 64 bits that no float can be.
    let mixed = try column("9007199254740993", "0.5")
    #expect(mixed.values == ["9007199254740993", "0.5"])
    #expect(
      mixed.remarks
        == [.textColumn(file: "x.csv", line: 2, key: "v", text: "9007199254740993")])
    #expect(try column("9007199254740993").values == [9_007_199_254_740_993])
    #expect(try column("100000000000000000000", "0.5").values == [1e20, 0.5])
  }

  @Test func roundedDecimals() throws {
    let rounded = try column(
      "0.5", "0.1234567890123456789", "0.30000000000000004", "3.14159265358979323846")
    #expect(rounded.values == [0.5, 0.12345678901234568, 0.30000000000000004, .float(.pi)])
    #expect(
      rounded.remarks == [
        .roundedNumbers(
          file: "x.csv", line: 3, key: "v", count: 2, text: "0.1234567890123456789",
          number: 0.12345678901234568)
      ])
    #expect(
      try column("1.50000000000000000000", ".1000000000000000000", "-2.5e-10000", "1e300").remarks
        == [])
    // Who says that floats do is told nothing.
    let asked = try read("name,v:double\na,0.1234567890123456789\nb,99999999999999999999\n")
    #expect(asked.graph.node("b")?["v"] == 1e20 && asked.report.remarks.isEmpty)
  }

  @Test func lateNumbersThatDoNotFit() throws {
    for first in ["1", "1.5"] {
      let rows = (0..<1000).map { "\($0),\(first)\n" }.joined()
      let report = try read(
        "name,v\n" + rows + "a,99999999999999999999\nb,abc\n", maximumErrors: 2
      ).report
      #expect(
        report.rejected.map { "\($0.line) \($0.reason)" } == [
          "1002 \"99999999999999999999\" has more digits than a number holds; "
            + "v:string in the header keeps them",
          "1003 \"abc\" is no \(first == "1" ? "number" : "float")",
        ])
    }
  }

  @Test func textsAmongNumbers() throws {
    let text = try column("1", "abc", "2", "x")
    #expect(text.values == ["1", "abc", "2", "x"])
    #expect(text.remarks == [.textColumn(file: "x.csv", line: 3, key: "v", text: "abc")])
    // Mostly texts, codes, and what the header says.
    for column in [try column("1", "a", "b"), try column("1", "007", "x"), try column("true", "x")]
    {
      #expect(column.remarks == [])
    }
    #expect(try read("name,v:string\na,1\nb,x\n").report.remarks == [])
  }

  @Test func listsAreTexts() throws {
    let lists = try read("name,tags:string[],years:int[],x:thing[]\na,u;v,1;2,3\n")
    #expect(lists.graph.node("a")?["tags"] == "u;v" && lists.graph.node("a")?["years"] == "1;2")
    #expect(
      lists.report.remarks
        == ["tags", "years"].map { .listColumn(file: "x.csv", key: $0) })
  }

  @Test func numbersOfOtherFormats() throws {
    func line(_ number: String) -> String {
      "{\"type\":\"node\",\"id\":\"a\",\"properties\":{\"v\":\(number)}}\n"
    }
    #expect(try read(line("100000000000000000000"), .jsonLines).graph.node("a")?["v"] == 1e20)
    let long = try read(line("99999999999999999999"), .jsonLines, maximumErrors: 1).report
    #expect(
      long.rejected.map(\.reason) == [
        "a number has more digits than can be held; a text keeps them, at column 43"
      ])
  }

  @Test(arguments: [
    ("1.50", "15e-1", true), ("0.0010", "1e-3", true), ("0", "-0.0", true), ("100", "1e2", true),
    ("10", "1", false), ("0.1", "0.01", false), ("12", "13", false), ("1e5", "1e6", false),
  ]) func digitsAreCompared(_ left: String, _ right: String, _ areSame: Bool) {
    #expect(NumberFormat.haveSameDigits(left.utf8, right.utf8) == areSame)
  }
}
