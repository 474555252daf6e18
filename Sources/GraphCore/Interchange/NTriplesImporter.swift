/// Reads RDF, one triple a line.
///
/// What `NTriplesFormat` writes comes back as it was, with properties and citations of edges. Of
/// other triples `rdf:type` gives a label, a literal as object a property, and an IRI or blank node
/// an edge; names are the IRIs as they stand. A blank node is one of this document: it is named by its label,
/// `_:b0`, or where a node of before has that name `_:b0#2`, `_:b0#3`, …, which no label can be. Numbers and truth values of XML Schema keep their
/// type; other literals are texts, without their language. A statement about a triple (reification)
/// is taken as properties of the edge where it follows the triple; a statement about another is a
/// node like any other, with the edges and properties that its own triples say.
struct NTriplesImporter {
  private enum Term: Equatable {
    case iri(ExactText)
    case blank(ExactText)
    case literal(Value)
  }

  private struct Failure: Error { let reason: String }

  private struct Triple {
    var subject: Term
    var predicate: String
    var object: Term

    private var hasLiteral: Bool { if case .literal = object { true } else { false } }
    /// Whether it is an edge, no label, alias or property.
    var isEdge: Bool { !hasLiteral && predicate != rdf + "type" }
    var isProperty: Bool { hasLiteral && predicate != own + "alias" }
  }

  /// What may be a statement about the pending triple, while its lines are being read.
  private struct Statement {
    /// Its blank node.
    let name: ExactText
    /// What it is about, as far as it has been said.
    private(set) var subject: Term?
    private(set) var predicate: Term?
    private(set) var object: Term?
    private(set) var properties: [(key: String, value: Value)] = []
    /// The blank nodes of its citations, and what is known of each.
    private var citationNames: [ExactText] = []
    private var parts: [ExactText: Citation] = [:]
    /// Its triples, which stay those of a graph where it is about something else.
    private(set) var lines: [(triple: Triple, ordinal: Int)]

    init(name: ExactText, _ triple: Triple, _ ordinal: Int) {
      self.name = name
      lines = [(triple, ordinal)]
    }

    var citations: [Citation] { citationNames.map { parts[$0] ?? Citation() } }

    /// Whether it speaks of a triple, and says nothing that such a triple cannot keep.
    func isAbout(_ triple: Triple) -> Bool {
      subject == triple.subject && predicate == .iri(ExactText(triple.predicate))
        && object == triple.object
        && (properties.isEmpty || triple.isEdge)
    }

    /// Takes a triple that belongs to the statement; `false` where it does not.
    mutating func take(_ triple: Triple, _ ordinal: Int) -> Bool {
      guard case .blank(let name) = triple.subject else { return false }
      guard name == self.name ? takeOwn(triple) : takePart(triple, of: name) else { return false }
      lines.append((triple, ordinal))
      return true
    }

    private mutating func takeOwn(_ triple: Triple) -> Bool {
      func isNew(_ term: Term?) -> Bool { term == nil || term == triple.object }
      switch (triple.predicate, triple.object) {
      case (rdf + "subject", _) where isNew(subject): subject = triple.object
      case (rdf + "predicate", _) where isNew(predicate): predicate = triple.object
      case (rdf + "object", _) where isNew(object): object = triple.object
      case (rdf + "subject", _), (rdf + "predicate", _), (rdf + "object", _): return false
      case (own + "citation", .blank(let citation)): citationNames.append(citation)
      case (_, .literal(let value)): properties.append((local(triple.predicate, "property"), value))
      default: return false
      }
      return true
    }

    private mutating func takePart(_ triple: Triple, of name: ExactText) -> Bool {
      guard citationNames.contains(name), case .literal(let value) = triple.object else {
        return false
      }
      var citation = parts[name] ?? Citation()
      switch triple.predicate {
      case own + "source" where citation.source == nil: citation.source = value.description
      case own + "lines" where citation.lines == nil: citation.lines = value.description
      default: return false
      }
      parts[name] = citation
      return true
    }
  }

  private static let rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
  private static let xsd = "http://www.w3.org/2001/XMLSchema#"
  private static let own = "urn:graphsh:"

  /// The last edge, label or alias, which a statement about it may follow.
  private var pending: Triple?
  private var pendingOrdinal = 0
  private var statement: Statement?
  /// How many nodes there were before.
  private let knownNodes: Int
  /// The names of blank nodes that are not called by their labels.
  private var blankNames: [ExactText: String] = [:]

  private init(knownNodes: Int) { self.knownNodes = knownNodes }

  static func read(
    _ source: inout ImportSource, into writer: inout GraphWriter
  ) throws(ImportStop) {
    var importer = NTriplesImporter(knownNodes: writer.graph.nodeTable.count)
    while let line = try source.nextLine() {
      // A lone CR ends a line as well; no term can hold one.
      for part in line.split(separator: 13) {
        var triple: Triple?
        var reason: String?
        do throws(Failure) { triple = try parse(part) } catch { reason = error.reason }
        if triple == nil && reason == nil { continue }
        guard try source.beginRow() else { continue }
        if let triple {
          importer.take(triple, source.ordinal, &writer)
          source.accept()
        } else if let reason {
          try source.reject(reason)
        }
      }
    }
    importer.finish(&writer)
  }

  // MARK: - Meaning

  private mutating func take(_ triple: Triple, _ ordinal: Int, _ writer: inout GraphWriter) {
    if takeReified(triple, ordinal) { return }
    finish(&writer)
    if triple.isProperty {
      add(triple, ordinal, about: nil, &writer)
    } else {
      pending = triple
      pendingOrdinal = ordinal
    }
  }

  /// Takes a line of a statement that follows a triple, whatever it will be about.
  private mutating func takeReified(_ triple: Triple, _ ordinal: Int) -> Bool {
    if statement != nil { return statement?.take(triple, ordinal) ?? false }
    guard pending != nil, case .blank(let name) = triple.subject,
      triple.predicate == NTriplesImporter.rdf + "type",
      triple.object == .iri(ExactText(NTriplesImporter.rdf + "Statement"))
    else { return false }
    statement = Statement(name: name, triple, ordinal)
    return true
  }

  /// Adds the pending triple, with what was said of it.
  private mutating func finish(_ writer: inout GraphWriter) {
    guard let triple = pending else { return }
    let statement = statement
    pending = nil
    self.statement = nil
    guard let statement else { return add(triple, pendingOrdinal, about: nil, &writer) }
    let isAbout = statement.isAbout(triple)
    add(triple, pendingOrdinal, about: isAbout ? statement : nil, &writer)
    if isAbout { return }
    for (triple, ordinal) in statement.lines { add(triple, ordinal, about: nil, &writer) }
  }

  /// Adds a triple to the graph, with what a statement says of it.
  private mutating func add(
    _ triple: Triple, _ ordinal: Int, about statement: Statement?, _ writer: inout GraphWriter
  ) {
    writer.ordinal = ordinal
    let citations = statement?.citations ?? []
    let subject = name(triple.subject, writer.graph)
    if case .literal(let value) = triple.object {
      if triple.isProperty { return addProperty(triple, of: subject, value, &writer) }
      return writer.add(citations) {
        $0.addAlias(value.description, of: subject, citation: $1)
      }
    }
    if triple.predicate == NTriplesImporter.rdf + "type" {
      let label: String =
        if case .iri(let iri) = triple.object {
          NTriplesImporter.local(iri.text, "label")
        } else {
          name(triple.object, writer.graph)
        }
      return writer.add(citations) { $0.addLabel(label, to: subject, citation: $1) }
    }
    let type = NTriplesImporter.local(triple.predicate, "edge")
    let target = name(triple.object, writer.graph)
    writer.add(citations) {
      $0.addEdge(
        type, from: subject, to: target, properties: statement?.properties ?? [], citation: $1)
    }
  }

  private mutating func addProperty(
    _ triple: Triple, of subject: String, _ value: Value, _ writer: inout GraphWriter
  ) {
    // The names that `NTriplesFormat` writes say nothing new.
    if case .iri(let iri) = triple.subject, iri.text.hasPrefix(NTriplesImporter.own),
      triple.predicate == "http://www.w3.org/2000/01/rdf-schema#label", value == .text(subject)
    {
      return
    }
    writer.setProperty(NTriplesImporter.local(triple.predicate, "property"), of: subject, to: value)
  }

  private mutating func name(_ term: Term, _ graph: Graph) -> String {
    switch term {
    case .iri(let iri): NTriplesImporter.local(iri.text, "node")
    case .blank(let label): name(ofBlank: label, graph)
    case .literal(let value): value.description
    }
  }

  private mutating func name(ofBlank label: ExactText, _ graph: Graph) -> String {
    if let known = blankNames[label] { return known }
    var name = "_:" + label.text
    var number = 1
    while isOfBefore(name, graph) {
      number += 1
      name = "_:\(label.text)#\(number)"
    }
    if number > 1 { blankNames[label] = name }
    return name
  }

  /// Whether a node was in the graph before the document. Nodes come in the order of their arrival.
  private func isOfBefore(_ name: String, _ graph: Graph) -> Bool {
    guard knownNodes > 0, let id = graph.dictionary.lookup(name), graph.nodeTable.contains(id)
    else { return false }
    return graph.nodeTable.row(of: id).map { $0 < knownNodes } ?? false
  }

  /// The name that an IRI of our own stands for; another IRI as it is.
  private static func local(_ iri: String, _ kind: String) -> String {
    guard iri.utf8.starts(with: own.utf8) else { return iri }
    let own = iri.utf8.dropFirst(own.utf8.count)
    guard own.starts(with: kind.utf8), own.dropFirst(kind.utf8.count).first == UInt8(ascii: "/")
    else { return iri }
    let name = own.dropFirst(kind.utf8.count + 1)
    guard name.contains(UInt8(ascii: "%")) else { return String(Substring(name)) }
    var bytes: [UInt8] = []
    var rest = Array(name)[...]
    while let byte = rest.first {
      if byte == UInt8(ascii: "%"), rest.count >= 3,
        let code = HexDigits.value(rest.dropFirst().prefix(2)), code > 0
      {
        bytes.append(UInt8(truncatingIfNeeded: code))
        rest = rest.dropFirst(3)
      } else {
        bytes.append(byte)
        rest = rest.dropFirst()
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  // MARK: - Grammar

  /// The triple of a line; `nil` where there is only space or a comment.
  private static func parse(_ line: ArraySlice<UInt8>) throws(Failure) -> Triple? {
    var rest = line
    skipSpace(&rest)
    guard let first = rest.first, first != UInt8(ascii: "#") else { return nil }
    let subject = try term(&rest)
    if case .literal = subject { throw Failure(reason: "a literal cannot be a subject") }
    guard case .iri(let predicate) = try term(&rest) else {
      throw Failure(reason: "the predicate is no IRI")
    }
    let object = try term(&rest)
    guard rest.first == UInt8(ascii: ".") else { throw Failure(reason: "the full stop is missing") }
    rest = rest.dropFirst()
    skipSpace(&rest)
    guard rest.isEmpty || rest.first == UInt8(ascii: "#") else {
      throw Failure(reason: "something follows the full stop")
    }
    return Triple(subject: subject, predicate: predicate.text, object: object)
  }

  private static func skipSpace(_ rest: inout ArraySlice<UInt8>) {
    rest = rest.drop { $0 == 32 || $0 == 9 }
  }

  private static func term(_ rest: inout ArraySlice<UInt8>) throws(Failure) -> Term {
    defer { skipSpace(&rest) }
    switch rest.first {
    case UInt8(ascii: "<"): return .iri(ExactText(try iri(&rest)))
    case UInt8(ascii: "_"):
      guard rest.dropFirst().first == UInt8(ascii: ":") else {
        throw Failure(reason: "a blank node begins with _:")
      }
      var name = rest.dropFirst(2).prefix(while: isOfBlankName)
      // Full stops at the end are those of the triple.
      while name.last == UInt8(ascii: ".") { name = name.dropLast() }
      guard let first = name.first, first != UInt8(ascii: "-"), first != UInt8(ascii: ".") else {
        throw Failure(reason: "a blank node has no name")
      }
      rest = rest.dropFirst(2 + name.count)
      return .blank(ExactText(String(decoding: name, as: UTF8.self)))
    case UInt8(ascii: "\""): return try literal(&rest)
    case nil: throw Failure(reason: "the triple is cut off")
    default: throw Failure(reason: "an IRI, blank node or literal is expected")
    }
  }

  private static func isOfBlankName(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"),
      UInt8(ascii: "."), 0x80...:
      true
    default: false
    }
  }

  private static func iri(_ rest: inout ArraySlice<UInt8>) throws(Failure) -> String {
    rest = rest.dropFirst()
    let text = try text(&rest, until: UInt8(ascii: ">"), "an IRI is not closed")
    var isAbsolute = false
    var isClean = true
    for byte in text.utf8 {
      if byte == UInt8(ascii: ":") { isAbsolute = true }
      if isForbiddenInIRI(byte) { isClean = false }
    }
    guard isAbsolute else { throw Failure(reason: "an IRI is relative") }
    guard isClean else { throw Failure(reason: "an IRI holds a character that it cannot") }
    return text
  }

  private static func isForbiddenInIRI(_ byte: UInt8) -> Bool {
    switch byte {
    case 0...32, UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "\""), UInt8(ascii: "{"),
      UInt8(ascii: "}"), UInt8(ascii: "|"), UInt8(ascii: "^"), UInt8(ascii: "`"),
      UInt8(ascii: "\\"):
      true
    default: false
    }
  }

  private static func literal(_ rest: inout ArraySlice<UInt8>) throws(Failure) -> Term {
    rest = rest.dropFirst()
    let text = try text(&rest, until: UInt8(ascii: "\""), "a literal is not closed")
    if rest.first == UInt8(ascii: "@") {
      let tag = rest.dropFirst().prefix {
        switch $0 {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
          true
        default: false
        }
      }
      let parts = tag.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
      guard parts.allSatisfy({ !$0.isEmpty }), parts[0].allSatisfy({ $0 > UInt8(ascii: "9") })
      else { throw Failure(reason: "a language is missing") }
      rest = rest.dropFirst(1 + tag.count)
      return .literal(.text(text))
    }
    guard rest.starts(with: Array("^^".utf8)) else { return .literal(.text(text)) }
    rest = rest.dropFirst(2)
    guard rest.first == UInt8(ascii: "<") else { throw Failure(reason: "a data type is missing") }
    let type = try iri(&rest)
    guard type.hasPrefix(xsd) else { return .literal(.text(text)) }
    let isWrong = Failure(reason: "\"\(text)\" is no \(type.dropFirst(xsd.count))")
    switch type.dropFirst(xsd.count) {
    case "integer":
      guard let value = ValueGuess.value(text, as: .number) else { throw isWrong }
      return .literal(value)
    case "long", "int", "short", "byte":
      guard let number = NumberFormat.integer(in: text.utf8) else { throw isWrong }
      return .literal(.integer(number))
    case "unsignedLong", "unsignedInt", "unsignedShort", "unsignedByte":
      guard let value = ValueGuess.value(text, as: .unsigned) else { throw isWrong }
      return .literal(value)
    case "double", "float", "decimal":
      let special = ["NaN": Double.nan, "INF": .infinity, "-INF": -.infinity][text]
      if let special { return .literal(.float(special)) }
      guard let value = ValueGuess.value(text, as: .float) else { throw isWrong }
      return .literal(value)
    case "boolean":
      switch text {
      case "true", "1": return .literal(true)
      case "false", "0": return .literal(false)
      default: throw isWrong
      }
    default: return .literal(.text(text))
    }
  }

  /// The text up to a byte, with its escapes undone.
  private static func text(
    _ rest: inout ArraySlice<UInt8>, until end: UInt8, _ complaint: String
  ) throws(Failure) -> String {
    // Mostly there are no escapes.
    var place = rest.startIndex
    while place < rest.endIndex, rest[place] != end, rest[place] != UInt8(ascii: "\\") {
      place += 1
    }
    var result = Array(rest[..<place])
    rest = rest[place...]
    while let byte = rest.first {
      rest = rest.dropFirst()
      if byte == end { return String(decoding: result, as: UTF8.self) }
      guard byte == UInt8(ascii: "\\") else {
        result.append(byte)
        continue
      }
      guard let kind = rest.first else { break }
      rest = rest.dropFirst()
      let isIRI = end == UInt8(ascii: ">")
      switch kind {
      case UInt8(ascii: "u"), UInt8(ascii: "U"):
        let count = kind == UInt8(ascii: "u") ? 4 : 8
        guard rest.count >= count, let code = HexDigits.value(rest.prefix(count)),
          let scalar = Unicode.Scalar(code)
        else { throw Failure(reason: "an escape is no character") }
        guard code > 0 else { throw Failure(reason: TextCheck.hasNUL) }
        rest = rest.dropFirst(count)
        result.append(contentsOf: String(Character(scalar)).utf8)
      case UInt8(ascii: "t") where !isIRI: result.append(9)
      case UInt8(ascii: "n") where !isIRI: result.append(10)
      case UInt8(ascii: "r") where !isIRI: result.append(13)
      case UInt8(ascii: "b") where !isIRI: result.append(8)
      case UInt8(ascii: "f") where !isIRI: result.append(12)
      case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "\\"):
        guard !isIRI else { throw Failure(reason: "an escape is unknown") }
        result.append(kind)
      default: throw Failure(reason: "an escape is unknown")
      }
    }
    throw Failure(reason: complaint)
  }
}
