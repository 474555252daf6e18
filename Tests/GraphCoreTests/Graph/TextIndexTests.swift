import TestSupport
import Testing

@_spi(Columns) @testable import GraphCore

/// Texts are found by their parts through the index of texts as by a look at each.
@Suite struct TextIndexTests {
  private static let path = "x.graph"
  private static let letters = ["太", "原", "经", "开", "区", "a", "b", "7", " ", "é", "🌏"]

  /// A text of few letters, so that many share their parts.
  private static func text(_ random: inout SeededGenerator, atMost length: Int) -> String {
    (0..<Int.random(in: 0...length, using: &random)).map { _ in
      letters[Int.random(in: 0..<letters.count, using: &random)]
    }.joined()
  }

  private static func grams(_ bytes: [UInt8]) -> Set<UInt64> {
    var result: Set<UInt64> = []
    TextGrams.forEach(bytes.span) { result.insert($0) }
    return result
  }

  @Test func gramsAreThoseOfTheTexts() {
    func count(_ text: String) -> Int { Self.grams(Array(text.utf8)).count }
    #expect(count("") == 0 && count("祁") == 0 && count("祁县") == 1 && count("祁县A区") == 3)
    #expect(count("ab") == 0 && count("abc") == 1 && count("zone 7区") == 5 && count("a区b") == 2)
    #expect(Self.grams(Array("祁县".utf8)) != Self.grams(Array("县祁".utf8)))
    #expect(Self.grams(Array("abc".utf8)) != Self.grams(Array("acb".utf8)))
  }

  /// Whatever the bytes: where a part that is UTF-8 occurs, all its grams do.
  @Test func gramsOfAPartAreInTheText() {
    var random = SeededGenerator(seed: 71)
    for _ in 0..<3000 {
      var bytes = Array(Self.text(&random, atMost: 12).utf8)
      for _ in 0..<Int.random(in: 0..<3, using: &random) where !bytes.isEmpty {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8(random.next() & 255)
      }
      let part = Array(Self.text(&random, atMost: 5).utf8)
      let place = Int.random(in: 0...bytes.count, using: &random)
      bytes.insert(contentsOf: part, at: place)
      #expect(Self.grams(part).isSubset(of: Self.grams(bytes)), "\(part) in \(bytes)")
    }
  }

  @Test func partsAreFoundInBytes() {
    var random = SeededGenerator(seed: 72)
    for _ in 0..<3000 {
      let text = Array(Self.text(&random, atMost: 12).utf8)
      let part = Array(Self.text(&random, atMost: 3).utf8)
      let expected =
        text.count >= part.count
        && (0...(text.count - part.count)).contains {
          text[$0..<$0 + part.count].elementsEqual(part)
        }
      let found = TextSearch.contains(text.span, part.span)
      #expect(found == expected, "\(part) in \(text)")
    }
  }

  private func groups(_ index: PackedTextIndex, _ part: String) -> Column<UInt32>? {
    index.groups(holding: Array(part.utf8).span)
  }

  private func found(_ graph: Graph, _ part: String) -> [UInt32] {
    var result: [UInt32] = []
    graph.forEachTerm(containing: part) { term in
      result.append(term)
      return true
    }
    return result
  }

  /// What a look at every text finds.
  private func expected(_ graph: Graph, _ part: String) -> [UInt32] {
    let part = Array(part.utf8)
    return (0..<UInt32(graph.dictionary.count)).filter { term in
      graph.dictionary.withBytes(of: term) { TextSearch.contains($0, part.span) }
    }
  }

  private func compare(_ graph: Graph, _ random: inout SeededGenerator, _ state: String) {
    for _ in 0..<12 {
      let part = Self.text(&random, atMost: 4)
      #expect(found(graph, part) == expected(graph, part), "\"\(part)\" \(state)")
    }
    for part in ["nowhere at all", "区区区区区区区区区区区区", "n17", "太原"] {
      #expect(found(graph, part) == expected(graph, part), "\"\(part)\" \(state)")
    }
  }

  @Test func partsAreFoundInAnyState() throws {
    var random = SeededGenerator(seed: 73)
    let system = SimulatedFileSystem()
    var store = try GraphStore.open(TextIndexTests.path, on: system, logLimit: 4096)
    try store.write { writer in
      writer.setTextIndex(true)
      for number in 0..<700 {
        writer.addEdge(
          "near", from: Self.text(&random, atMost: 8), to: "n\(number % 40)",
          properties: [("note", .text(Self.text(&random, atMost: 6)))])
      }
      writer.addAlias("太原经开区别名", of: "n17")
    }
    for round in 0..<24 {
      compare(store.graph, &random, "in round \(round)")
      try store.write { writer in
        for _ in 0..<Int.random(in: 1..<9, using: &random) {
          writer.addLabel("l", to: Self.text(&random, atMost: 8))
        }
        if round % 5 == 0 { writer.removeNode("n\(round)") }
        if round == 7 || round == 13 { writer.setTextIndex(round == 13) }
      }
      if round % 6 == 1 { try store.seal() }
      if round % 6 == 3 { try store.compact() }
      if round % 6 == 5 {
        try store.close()
        #expect(try GraphStore.verify(TextIndexTests.path, on: system) == [])
        store = try GraphStore.open(TextIndexTests.path, on: system, logLimit: 4096)
        let isOn = round < 7 || round >= 13
        #expect(store.graph.hasTextIndex == isOn)
        #expect((store.graph.textIndex != nil) == isOn)
        #expect(store.file.header.readOnlyCompatible == (isOn ? FileLayout.hasIndexes : 0))
        if round == 17 { store.graph.dictionary.unpack() }
      }
    }
  }

  /// A graph in memory makes its index when it is asked, and anew when texts of it are taken back.
  @Test func textsInMemoryAreIndexed() throws {
    struct Refusal: Error {}
    var random = SeededGenerator(seed: 76)
    let graph = Graph()
    try graph.write { writer in
      for number in 0..<5000 { writer.addLabel("l", to: "开发区\(number)号") }
    }
    #expect(!graph.isIndexed(part: "开发"))
    try graph.write { $0.setTextIndex(true) }
    #expect(graph.isIndexed(part: "开发") && !graph.isIndexed(part: "开"))
    let rare = try #require(graph.textIndexInUse.flatMap { groups($0, "区4123号") })
    #expect(rare.count <= 8, "\(rare.count) groups")
    compare(graph, &random, "in memory")
    #expect(throws: Refusal.self) {
      try graph.write { writer in
        for number in 0..<6000 { writer.addLabel("l", to: "太原\(number)") }
        #expect(writer.graph.isIndexed(part: "太原"))
        #expect(writer.graph.textIndex?.textCount == writer.graph.dictionary.count)
        throw Refusal()
      }
    }
    try graph.write { writer in
      for number in 0..<6000 { writer.addLabel("l", to: "原经\(number)区") }
    }
    #expect(graph.nodes(containing: "原5123").isEmpty)
    #expect(graph.nodes(containing: "经5123").count == 1)
    compare(graph, &random, "after others were taken back")
    try graph.write { $0.setTextIndex(false) }
    #expect(!graph.isIndexed(part: "开发"))
  }

  /// A look-up reads few texts, and the index keeps up with the texts that come.
  @Test func fewTextsAreLookedAt() throws {
    let system = SimulatedFileSystem()
    var store = try GraphStore.open(TextIndexTests.path, on: system)
    try store.write { writer in
      for number in 0..<6000 { writer.addLabel("l", to: "开发区\(number)号") }
    }
    #expect(store.graph.textIndex == nil)
    #expect(!store.graph.isIndexed(part: "开发"))
    try store.write { $0.setTextIndex(true) }
    try store.close()
    store = try GraphStore.open(TextIndexTests.path, on: system)
    let index = try #require(store.graph.textIndex)
    #expect(index.textCount == store.graph.dictionary.count)
    #expect(store.graph.isIndexed(part: "开发") && !store.graph.isIndexed(part: "开"))
    #expect(store.graph.isIndexed(part: "123") && !store.graph.isIndexed(part: "12"))
    let rare = try #require(groups(index, "区5123号"))
    #expect(rare.count <= 8, "\(rare.count) groups")
    #expect(store.graph.nodes(containing: "区5123号").map(\.name) == ["开发区5123号"])
    #expect(store.graph.nodes(containing: "发区", limit: 10).count == 10)
    #expect(groups(index, "开") == nil)
    // More than an eighth are new: with the next seal all are indexed again.
    try store.write { writer in
      for number in 0..<6000 { writer.addLabel("l", to: "工业园\(number)号") }
    }
    #expect(store.graph.nodes(containing: "园512").count == 11)
    try store.seal()
    #expect(store.graph.textIndex?.textCount == store.graph.dictionary.count)
    #expect(store.graph.nodes(containing: "园512").count == 11)
    try store.write { $0.addLabel("l", to: "工业园512号附属") }
    try store.seal()
    #expect((store.graph.textIndex?.textCount ?? 0) < store.graph.dictionary.count)
    #expect(store.graph.nodes(containing: "园512").count == 12)
    var names: [String] = []
    try store.write { $0.addAlias("老园512", of: "工业园7号") }
    store.graph.forEachName(containing: "园512") { name in
      switch name {
      case .node(let node): names.append(node.name)
      case .alias(let alias, let nodes): names += [alias] + nodes
      }
      return true
    }
    #expect(names.count == 14 && names.suffix(2) == ["老园512", "工业园7号"])
  }

  /// Names near a misspelt one are among few that share rare pairs with it.
  @Test func nearNamesShareRarePairs() throws {
    let system = SimulatedFileSystem()
    var store = try GraphStore.open(TextIndexTests.path, on: system)
    try store.write { writer in
      writer.setTextIndex(true)
      for number in 0..<9000 { writer.addLabel("l", to: "临汾\(number * 7919)贸易有限公司") }
      writer.addLabel("l", to: "祁县经济开发区")
      writer.addEdge("note", from: "祁县经济开发区", to: "临汾1", properties: [("t", "祁县经开区的说明")])
      writer.addAlias("祁县开发区", of: "祁县经济开发区")
    }
    #expect(store.graph.namesSharingGrams(with: "祁县经开区") == nil)
    try store.close()
    store = try GraphStore.open(TextIndexTests.path, on: system)
    try store.write { $0.addLabel("l", to: "祁县工业园") }
    let names = try #require(store.graph.namesSharingGrams(with: "祁县经开区"))
    #expect(names.contains("祁县经济开发区") && names.contains("祁县开发区"))
    // What came since is looked at too, and what is no name is none.
    #expect(names.contains("祁县工业园") && !names.contains("祁县经开区的说明"))
    #expect(names.count < 1000)
    #expect(
      NameSuggestions.nearest(to: "祁县经开区", among: names, limit: 2) == [
        "祁县经济开发区", "祁县开发区",
      ])
    #expect(store.graph.namesSharingGrams(with: "区") == nil)
  }

  /// An index that is not that of the texts is found, though its checksums are right.
  @Test func aWrongIndexIsFound() throws {
    var random = SeededGenerator(seed: 74)
    let system = SimulatedFileSystem()
    let store = try GraphStore.open(TextIndexTests.path, on: system)
    try store.write { writer in
      for number in 0..<500 {
        writer.addLabel("l", to: Self.text(&random, atMost: 8) + "\(number)")
      }
    }
    let other = PackedTextIndex.values(
      of: PackedTextIndex.Texts(dictionary: store.graph.dictionary, count: 300), bits: 8)
    let texts = store.graph.dictionary
    func check(_ values: Column<UInt64>, textCount: Int, bits: Int) -> [String] {
      var encoder = PackedColumnEncoder()
      let bytes = encoder.encode(values.words)
      var found: [String] = []
      let section = PackedSection({ () throws(FormatError) in
        GuardedBytes(ByteView(copying: bytes), checksums: nil)
      }) { found.append($0.reason) }
      PackedTextIndex(section, count: values.count, textCount: textCount, bits: bits).check(texts)
      return found
    }
    #expect(check(other, textCount: 300, bits: 8) == [])
    #expect(check(other, textCount: 400, bits: 8) == ["an index of texts leaves some out"])
    other.words[17] += 1
    #expect(check(other, textCount: 300, bits: 8) == ["an index of texts is not that of the texts"])
  }
}
