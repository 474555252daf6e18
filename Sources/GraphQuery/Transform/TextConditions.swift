import GraphCore

/// Looks for the texts that hold a part, in the graph's index of texts or one packed text after the
/// other, in place of testing each where it comes up.
///
/// ```
/// found(z) :- zone(z), contains("经济", z).                    before
/// found(z) :- zone(z), "texts that hold 经济"(z).              after
///
/// found(z) :- zone(z), match("太原.*区", z).                   before
/// found(z) :- zone(z), match("太原.*区", z), "texts that hold 太原"(z).
/// ```
///
/// The texts are one more relation, joined wherever it helps most. Only texts of the graph are in it, so
/// the variable must stand in a stored relation as well; and where that has few rows, a look at each
/// costs less.
struct TextConditions {
  /// From how many rows on texts are looked up.
  static let fewestRows = 2048

  private let graph: Graph
  private let terms: TermSpace
  private let fewestRows: Int
  private var program: CoreProgram
  private let heads: Set<Int>
  private var made: [String: RelationID] = [:]

  /// Rewrites the conditions on texts. O(rules).
  static func apply(
    to program: inout CoreProgram, graph: Graph, terms: TermSpace,
    fewestRows: Int = TextConditions.fewestRows
  ) {
    var pass = TextConditions(graph, terms, fewestRows, program)
    for index in program.rules.indices { pass.rewrite(index) }
    if !pass.made.isEmpty { program = pass.program }
  }

  private init(_ graph: Graph, _ terms: TermSpace, _ fewestRows: Int, _ program: CoreProgram) {
    self.graph = graph
    self.terms = terms
    self.fewestRows = fewestRows
    self.program = program
    heads = Set(program.rules.map(\.head.index))
  }

  private mutating func rewrite(_ index: Int) {
    let rule = program.rules[index]
    // The places of such a rule's literals, or the order of their rows, have a meaning.
    guard !rule.isDominance, rule.demandLiteral == nil, !rule.countsRows else { return }
    var added: [CoreLiteral] = []
    for (position, literal) in rule.body.enumerated() {
      guard
        case .test(
          let kind, .constant(.term(let text), _), .variable(let variable), false, let span) =
          literal, let rows = storedRows(of: variable, rule), rows >= fewestRows,
        let part = part(ofTest: kind, terms.text(text)),
        graph.findsTexts(holding: part, fasterThanIn: rows)
      else { continue }
      let atom = CoreAtom(
        relation: relation(of: part, rule.variables[variable].slot),
        arguments: [CoreAtom.Argument(column: 0, value: .variable(variable))], span: span)
      switch kind {
      case .contains: program.rules[index].body[position] = .atom(atom)
      case .match: added.append(.atom(atom))
      }
    }
    program.rules[index].body += added
  }

  /// What every text that passes a test holds, if anything.
  private func part(ofTest kind: TextTest.Kind, _ text: String) -> String? {
    switch kind {
    case .contains: return text
    case .match:
      let parts = (try? PatternParser.parse(text))?.requiredTexts ?? []
      // Of what the index does not tell apart nothing is gained: the pattern is looked at still.
      return parts.filter { graph.isIndexed(part: $0) }.max { $0.utf8.count < $1.utf8.count }
    }
  }

  /// The rows of the smallest stored relation that a variable stands in; `nil` where it may have values
  /// that are no texts of the graph.
  private func storedRows(of variable: Int, _ rule: CoreRule) -> Int? {
    var fewest: Int?
    for case .atom(let atom) in rule.body {
      guard !heads.contains(atom.relation.index),
        atom.arguments.contains(where: { $0.value.variable == variable }),
        let rows = rowCount(of: program[atom.relation].origin)
      else { continue }
      fewest = min(rows, fewest ?? rows)
    }
    return fewest
  }

  /// The rows of a relation whose texts are all in the graph.
  private func rowCount(of origin: CoreRelation.Origin) -> Int? {
    switch origin {
    case .label(let label): graph.labelTable(TermID(raw: label))?.count ?? 0
    case .edgePairs(let type), .edges(let type): graph.edgeTable(TermID(raw: type))?.count ?? 0
    case .nodeProperty(let key): graph.nodeProperty(TermID(raw: key))?.count ?? 0
    case .nodes, .nodeLabels: graph.nodeCount
    case .allEdges: graph.edgeCount
    case .aliases: graph.aliasTable.count
    // A citation may lack its document, and values of all properties become texts that are new.
    case .edgeCitations, .labelCitations, .aliasCitations, .allProperties, .declared, .derived,
      .texts:
      nil
    }
  }

  /// The relation of the texts that hold a part.
  private mutating func relation(of part: String, _ slot: TypeSlot) -> RelationID {
    if let known = made[part] { return known }
    let id = RelationID(index: program.relations.count)
    program.relations.append(
      CoreRelation(
        name: "texts that hold \(part)", origin: .texts(holding: part),
        columns: [CoreRelation.Column(name: "text", slot: slot)], isAuxiliary: true))
    made[part] = id
    return id
  }
}
