import GraphCore
import Testing

/// Statements about triples: those about the triple before them are its properties and citations,
/// and of the others nothing is lost.
@Suite struct NTriplesStatementTests {
  /// What is read of a document: edges, properties and labels, each as a line.
  private func read(_ text: String) throws -> [String] {
    let rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    let graph = Graph()
    let words = text.split(separator: " ", omittingEmptySubsequences: false)
    let whole = words.map {
      $0.hasPrefix("rdf:") ? "<\(rdf)\($0.dropFirst(4))>" : String($0)
    }.joined(separator: " ")
    let report = try graph.write { writer in
      try writer.importRows(
        of: InputFile(name: "x.nt", bytes: Array(whole.utf8)), as: .nTriples,
        options: ImportOptions())
    }.result
    #expect(report.rejected.isEmpty)
    func short(_ text: String) -> String { text.replacing(rdf, with: "rdf:") }
    var facts: [String] = []
    for type in graph.edgeTypes {
      for edge in graph.edges(ofType: type) {
        let properties = edge.properties.map { " \($0.key)=\($0.value)" }.joined()
        let citations = edge.citations.map { " @\($0.source ?? "-"):\($0.lines ?? "-")" }.joined()
        facts.append(
          short("\(edge.source.name) \(type) \(edge.target.name)") + properties + citations)
      }
    }
    for node in graph.nodes {
      for label in node.labels { facts.append(short("\(node.name) a \(label)")) }
      for (key, value) in node.properties { facts.append(short("\(node.name) \(key)=\(value)")) }
    }
    return facts.sorted()
  }

  private static let statement = """
    _:s rdf:type rdf:Statement .
    _:s rdf:subject <a:a> .
    _:s rdf:predicate <b:p> .
    _:s rdf:object <c:c> .
    _:s <k:since> "5" .

    """
  /// The same as a graph of its own.
  private static let plain = [
    "_:s a rdf:Statement", "_:s k:since=5", "_:s rdf:object c:c", "_:s rdf:predicate b:p",
    "_:s rdf:subject a:a",
  ]

  @Test func theTripleBeforeGetsWhatIsSaidOfIt() throws {
    #expect(try read("<a:a> <b:p> <c:c> .\n" + Self.statement) == ["a:a b:p c:c k:since=5"])
    let cited = """
      _:s <urn:graphsh:citation> _:q .
      _:q <urn:graphsh:source> "d" .
      _:q <urn:graphsh:lines> "7" .

      """
    #expect(
      try read("<a:a> <b:p> <c:c> .\n" + Self.statement + cited) == ["a:a b:p c:c k:since=5 @d:7"])
  }

  static let others: [(before: String, facts: [String])] = [
    // Another end, another type, and the other way.
    ("<a:a> <b:p> <x:x> .\n", ["a:a b:p x:x"]), ("<a:a> <b:q> <c:c> .\n", ["a:a b:q c:c"]),
    ("<c:c> <b:p> <a:a> .\n", ["c:c b:p a:a"]),
    // Behind a property and at the beginning there is no edge at all.
    ("<a:a> <b:p> \"c:c\" .\n", ["a:a b:p=c:c"]), ("", []),
  ]

  @Test(arguments: others)
  func aboutAnotherItIsAGraphOfItsOwn(_ before: String, _ facts: [String]) throws {
    #expect(try read(before + Self.statement) == (facts + Self.plain).sorted())
  }

  /// Labels have no properties, so that one that is said of a label belongs to the statement.
  @Test func whatATripleCannotKeepIsKept() throws {
    let text = """
      <a:a> rdf:type <c:c> .
      _:s rdf:type rdf:Statement .
      _:s rdf:subject <a:a> .
      _:s rdf:predicate rdf:type .
      _:s rdf:object <c:c> .
      _:s <k:since> "5" .
      """
    #expect(try read(text).contains("_:s k:since=5"))
    #expect(try read(text).contains("a:a a c:c"))
  }

  /// The second thing that is said of one place is a triple of its own.
  @Test func contradictionsAreKept() throws {
    let text = "<a:a> <b:p> <c:c> .\n" + Self.statement + "_:s rdf:subject <z:z> .\n"
    #expect(try read(text).contains("_:s rdf:subject z:z"))
  }

  /// A name that is not the node's is a property of it.
  @Test func namesThatDifferAreKept() throws {
    let label = "<http://www.w3.org/2000/01/rdf-schema#label>"
    let text = "<urn:graphsh:node/A> \(label) \"A\" .\n<urn:graphsh:node/A> \(label) \"B\" .\n"
    #expect(try read(text) == ["A http://www.w3.org/2000/01/rdf-schema#label=B"])
  }
}
