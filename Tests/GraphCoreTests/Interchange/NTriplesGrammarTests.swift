import GraphCore
import Testing

/// A case for each production of the grammar of N-Triples 1.1, and for each way to break it.
@Suite struct NTriplesGrammarTests {
  private func read(_ text: String) throws -> (graph: Graph, rejected: [String]) {
    let graph = Graph()
    let report = try graph.write { writer in
      try writer.importRows(
        of: InputFile(name: "x.nt", bytes: Array(text.utf8)), as: .nTriples,
        options: ImportOptions(maximumErrors: 100))
    }.result
    return (graph, report.rejected.map { "\($0.line) \($0.reason)" })
  }

  private static let edge = "<s:s> <p:p> <o:o> ."

  struct Case: Sendable, CustomTestStringConvertible {
    var production: String
    var text: String
    /// Edges as `source type target`, properties as `node key value`.
    var facts: [String]

    var testDescription: String { production }
  }

  static let cases: [Case] = [
    Case(production: "ntriplesDoc, empty", text: "", facts: []),
    Case(
      production: "ntriplesDoc, EOL", text: "\n\r\n<s:s> <p:p> <o:o> .\r\n\n<s:s> <p:p> <o:q> .",
      facts: ["s:s p:p o:o", "s:s p:p o:q"]),
    Case(
      production: "EOL, lone CR", text: "<s:s> <p:p> <o:o> .\r<s:s> <p:p> <o:q> .\r",
      facts: ["s:s p:p o:o", "s:s p:p o:q"]),
    Case(
      production: "comment", text: "# a\n <s:s> <p:p> <o:o> . # b <x:y>\n#", facts: ["s:s p:p o:o"]),
    Case(
      production: "triple, least space", text: "<s:s><p:p><o:o>.",
      facts: ["s:s p:p o:o"]),
    Case(
      production: "triple, most space", text: "\t <s:s> \t<p:p>\t\t<o:o>  .\t ",
      facts: ["s:s p:p o:o"]),
    Case(
      production: "subject, BLANK_NODE_LABEL", text: "_:a <p:p> _:b .", facts: ["_:a p:p _:b"]),
    Case(
      production: "BLANK_NODE_LABEL, digits, dots and others",
      text: "_:1a.b-c_ <p:p> _:位·1.\n_:x<p:p>_:y.# c",
      facts: ["_:1a.b-c_ p:p _:位·1", "_:x p:p _:y"]),
    Case(
      production: "IRIREF, UCHAR", text: "<s:\\u4E00> <p:\\U0001F642> <o:é%20> .",
      facts: ["s:一 p:🙂 o:é%20"]),
    Case(production: "literal", text: "<s:s> <p:p> \"a b\" .", facts: ["s:s p:p a b"]),
    Case(production: "literal, empty", text: "<s:s> <p:p> \"\" .", facts: ["s:s p:p "]),
    Case(
      production: "STRING_LITERAL_QUOTE, raw characters",
      text: "<s:s> <p:p> \"'\u{1}\u{7F}\t😀.# <x>\" .", facts: ["s:s p:p '\u{1}\u{7F}\t😀.# <x>"]),
    Case(
      production: "ECHAR", text: #"<s:s> <p:p> "\t\b\n\r\f\"\'\\" ."#,
      facts: ["s:s p:p \t\u{8}\n\r\u{C}\"'\\"]),
    Case(
      production: "UCHAR", text: #"<s:s> <p:p> "\u00e9\U0001F642" ."#, facts: ["s:s p:p é🙂"]),
    Case(
      production: "LANGTAG", text: "<s:s> <p:p> \"a\"@en .\n<s:s> <p:q> \"b\"@zh-Hans-1 .",
      facts: ["s:s p:p a", "s:s p:q b"]),
    Case(
      production: "datatype",
      text: """
        <s:s> <p:i> "-7"^^<http://www.w3.org/2001/XMLSchema#integer> .
        <s:s> <p:f> "1.5E0"^^<http://www.w3.org/2001/XMLSchema#double> .
        <s:s> <p:n> "-INF"^^<http://www.w3.org/2001/XMLSchema#double> .
        <s:s> <p:b> "1"^^<http://www.w3.org/2001/XMLSchema#boolean> .
        <s:s> <p:d> "2024"^^<http://www.w3.org/2001/XMLSchema#gYear> .
        <s:s> <p:o> "x"^^<t:t> .
        """,
      facts: [
        "s:s p:i -7", "s:s p:f 1.5", "s:s p:n -inf", "s:s p:b true", "s:s p:d 2024", "s:s p:o x",
      ]),
  ]

  @Test(arguments: cases) func productionIsRead(_ item: Case) throws {
    let (graph, rejected) = try read(item.text)
    #expect(rejected == [])
    var facts: [String] = []
    for type in graph.edgeTypes {
      for edge in graph.edges(ofType: type) {
        facts.append("\(edge.source.name) \(type) \(edge.target.name)")
      }
    }
    for node in graph.nodes {
      for (key, value) in node.properties { facts.append("\(node.name) \(key) \(value)") }
    }
    #expect(facts.sorted() == item.facts.sorted())
  }

  static let mistakes: [(text: String, reason: String)] = [
    ("<s> <p:p> <o:o> .", "an IRI is relative"),
    ("<s:s> <p> <o:o> .", "an IRI is relative"),
    ("<s:s> <p:p> \"1\"^^<dt> .", "an IRI is relative"),
    ("<s:s p> <p:p> <o:o> .", "an IRI holds a character that it cannot"),
    ("<s:\\u0020> <p:p> <o:o> .", "an IRI holds a character that it cannot"),
    ("<s:\\u005C> <p:p> <o:o> .", "an IRI holds a character that it cannot"),
    ("<s:{> <p:p> <o:o> .", "an IRI holds a character that it cannot"),
    ("<s:\\n> <p:p> <o:o> .", "an escape is unknown"),
    ("<s:\\/> <p:p> <o:o> .", "an escape is unknown"),
    ("<s:s <p:p> <o:o> .", "an IRI holds a character that it cannot"),
    ("<s:s> <p:p> <o:o .", "an IRI is not closed"),
    ("\"s\" <p:p> <o:o> .", "a literal cannot be a subject"),
    ("<s:s> _:p <o:o> .", "the predicate is no IRI"),
    ("<s:s> \"p\" <o:o> .", "the predicate is no IRI"),
    ("<s:s> <p:p> .", "an IRI, blank node or literal is expected"),
    ("<s:s> <p:p>", "the triple is cut off"),
    ("<s:s> <p:p> <o:o>", "the full stop is missing"),
    ("<s:s> <p:p> <o:o>, <o:q> .", "the full stop is missing"),
    ("<s:s> <p:p> <o:o>; <p:q> <o:q> .", "the full stop is missing"),
    ("<s:s> <p:p> <o:o> . <s:s> <p:p> <o:q> .", "something follows the full stop"),
    ("<s:s> <p:p> 1 .", "an IRI, blank node or literal is expected"),
    ("<s:s> <p:p> 'a' .", "an IRI, blank node or literal is expected"),
    ("<s:s> <p:p> \"\"\"a\"\"\" .", "the full stop is missing"),
    ("<s:s> <p:p> \"a .", "a literal is not closed"),
    ("<s:s> <p:p> \"a\\z\" .", "an escape is unknown"),
    ("<s:s> <p:p> \"\\uWXYZ\" .", "an escape is no character"),
    ("<s:s> <p:p> \"\\uD800\" .", "an escape is no character"),
    ("<s:s> <p:p> \"\\U00110000\" .", "an escape is no character"),
    ("<s:s> <p:p> \"a\"@1 .", "a language is missing"),
    ("<s:s> <p:p> \"a\"@ .", "a language is missing"),
    ("<s:s> <p:p> \"a\"@en- .", "a language is missing"),
    ("<s:s> <p:p> \"a\"^^dt .", "a data type is missing"),
    ("<s:s> <p:p> \"a\"^^ <t:t> .", "a data type is missing"),
    ("<s:s> <p:p> \"a\"^^<http://www.w3.org/2001/XMLSchema#integer> .", "\"a\" is no integer"),
    ("_: <p:p> <o:o> .", "a blank node has no name"),
    ("_::a <p:p> <o:o> .", "a blank node has no name"),
    ("_:a:b <p:p> <o:o> .", "an IRI, blank node or literal is expected"),
    ("_:-a <p:p> <o:o> .", "a blank node has no name"),
    ("_a <p:p> <o:o> .", "a blank node begins with _:"),
    ("@prefix a: <b:c> .", "an IRI, blank node or literal is expected"),
    ("@base <b:c> .", "an IRI, blank node or literal is expected"),
  ]

  @Test func everyMistakeIsNamed() throws {
    for (text, reason) in Self.mistakes {
      let (graph, rejected) = try read("\(Self.edge)\n\(text)\n")
      #expect(rejected == ["2 \(reason)"], "\(text)")
      #expect(graph.edgeCount == 1, "\(text)")
    }
  }

  @Test func bytesThatAreNoTextAreRefused() throws {
    let graph = Graph()
    let bytes = Array("<s:s> <p:p> \"".utf8) + [0xFF] + Array("\" .\n\(Self.edge)\n".utf8)
    let report = try graph.write { writer in
      try writer.importRows(
        of: InputFile(name: "x.nt", bytes: bytes), as: .nTriples,
        options: ImportOptions(maximumErrors: 1))
    }.result
    #expect(report.rejected.map(\.description) == ["x.nt:1: the text is no UTF-8"])
    #expect(report.accepted == 1)
  }
}
