/// RDF, one triple a line.
///
/// ```
/// <urn:graphsh:node/A> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <urn:graphsh:label/company> .
/// <urn:graphsh:node/A> <urn:graphsh:property/founded> "1987"^^<http://www.w3.org/2001/XMLSchema#integer> .
/// <urn:graphsh:node/A> <urn:graphsh:edge/builds> <urn:graphsh:node/B> .
/// _:e0 <http://www.w3.org/1999/02/22-rdf-syntax-ns#subject> <urn:graphsh:node/A> .
/// ```
///
/// A name becomes an IRI by percent-encoding every byte of its UTF-8 that is no letter, digit or
/// one of `-._~`; what kind of name it is stands before it. Each node has its name as
/// `rdfs:label`. An edge is one triple; where it has properties or citations, an RDF statement
/// `_:e0`, `_:e1`, … about it carries these (reification), and a citation is a node of its own with
/// `urn:graphsh:source` and `urn:graphsh:lines`. So are those of labels and aliases. Aliases are
/// `urn:graphsh:alias` with the alias as text.
public struct NTriplesFormat: GraphFormat {
  private static let rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
  private static let xsd = "http://www.w3.org/2001/XMLSchema#"

  public init() {}

  public func write(_ graph: Graph, to output: inout ByteOutput) throws {
    var statements = 0
    let rdfType = "<\(NTriplesFormat.rdf)type>"
    for node in graph.nodes {
      let subject = iri("node", node.name)
      triple(
        subject, "<http://www.w3.org/2000/01/rdf-schema#label>", literal(node.name), to: &output)
      for label in node.labels {
        triple(subject, rdfType, iri("label", label), to: &output)
        let citations = node.citations(ofLabel: label)
        if !citations.isEmpty {
          reify(
            subject, rdfType, iri("label", label), [], citations, number: &statements, to: &output)
        }
      }
      for (key, value) in node.properties {
        triple(subject, iri("property", key), literal(value), to: &output)
      }
      try output.endRecord()
    }
    for alias in graph.aliases {
      let (subject, text) = (iri("node", alias.node), literal(alias.alias))
      triple(subject, "<urn:graphsh:alias>", text, to: &output)
      if !alias.citations.isEmpty {
        reify(
          subject, "<urn:graphsh:alias>", text, [], alias.citations, number: &statements,
          to: &output)
      }
    }
    for type in graph.edgeTypes {
      let predicate = iri("edge", type)
      for edge in graph.edges(ofType: type) {
        let subject = iri("node", edge.source.name)
        let object = iri("node", edge.target.name)
        let citations = edge.citations
        let properties = edge.properties
        triple(subject, predicate, object, to: &output)
        if !citations.isEmpty || !properties.isEmpty {
          reify(
            subject, predicate, object, properties, citations, number: &statements, to: &output)
        }
        try output.endRecord()
      }
    }
  }

  private func reify(
    _ subject: String, _ predicate: String, _ object: String,
    _ properties: [(key: String, value: Value)], _ citations: [Citation], number: inout Int,
    to output: inout ByteOutput
  ) {
    let statement = "_:e\(number)"
    let rdf = NTriplesFormat.rdf
    triple(statement, "<\(rdf)type>", "<\(rdf)Statement>", to: &output)
    triple(statement, "<\(rdf)subject>", subject, to: &output)
    triple(statement, "<\(rdf)predicate>", predicate, to: &output)
    triple(statement, "<\(rdf)object>", object, to: &output)
    for (key, value) in properties {
      triple(statement, iri("property", key), literal(value), to: &output)
    }
    for (place, citation) in citations.enumerated() {
      let name = "_:e\(number)c\(place)"
      triple(statement, "<urn:graphsh:citation>", name, to: &output)
      if let source = citation.source {
        triple(name, "<urn:graphsh:source>", literal(source), to: &output)
      }
      if let lines = citation.lines {
        triple(name, "<urn:graphsh:lines>", literal(lines), to: &output)
      }
    }
    number += 1
  }

  private func triple(
    _ subject: String, _ predicate: String, _ object: String, to output: inout ByteOutput
  ) {
    output.append("\(subject) \(predicate) \(object) .\n")
  }

  private func iri(_ kind: String, _ name: String) -> String {
    var output = ByteOutput()
    output.append(name) { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "_"), UInt8(ascii: "~"):
        nil
      default: "%" + ByteOutput.hexadecimal(byte)
      }
    }
    return "<urn:graphsh:\(kind)/\(String(decoding: output.bytes, as: UTF8.self))>"
  }

  private func literal(_ value: Value) -> String {
    let xsd = NTriplesFormat.xsd
    switch value {
    case .text(let text): return literal(text)
    case .integer(let number): return "\"\(number)\"^^<\(xsd)integer>"
    case .unsigned(let number): return "\"\(number)\"^^<\(xsd)unsignedLong>"
    case .float(let number) where number.isNaN: return "\"NaN\"^^<\(xsd)double>"
    case .float(let number) where number.isInfinite:
      return "\"\(number < 0 ? "-INF" : "INF")\"^^<\(xsd)double>"
    case .float(let number): return "\"\(NumberFormat.floatText(of: number))\"^^<\(xsd)double>"
    case .boolean(let flag): return "\"\(flag)\"^^<\(xsd)boolean>"
    }
  }

  private func literal(_ text: String) -> String {
    var output = ByteOutput()
    output.append("\"")
    output.append(text) { byte in
      switch byte {
      case UInt8(ascii: "\""): "\\\""
      case UInt8(ascii: "\\"): "\\\\"
      case 10: "\\n"
      case 13: "\\r"
      case 9: "\\t"
      case 0..<0x20, 0x7F: "\\u00" + ByteOutput.hexadecimal(byte)
      default: nil
      }
    }
    output.append("\"")
    return String(decoding: output.bytes, as: UTF8.self)
  }
}
