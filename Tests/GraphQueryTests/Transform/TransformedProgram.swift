import GraphCore
import Testing

@testable import GraphQuery

/// What the passes make of a program that is asked a question, whatever the sizes of its relations are.
struct TransformedProgram {
  let session = QuerySession()
  let program: CoreProgram
  let answer: RelationID
  private let strata: Strata
  private let terms: TermSpace
  private let options: Set<Optimization>

  init(_ text: String, _ question: String, without: Set<Optimization> = []) throws {
    let loaded = session.load([SourceText(name: "test.dl", text: text)])
    try #require(loaded.isLoaded, "\(loaded.diagnostics.map(\.message))")
    let source = SourceText(name: "query", text: question)
    let parsed = session.parse(source, session.sources.add(source), mode: .statement)
    let query = try #require(ParsedUnit(unit: 0, parsed: parsed).queries.first)
    terms = session.termSpace()
    let (core, _) = Lowering.lower(query: query, unit: 0, in: session.environment(terms: terms))
    answer = try #require(core.answer)
    options = Set(Optimization.allCases).subtracting(without)
    (program, strata) = ProgramTransformation.apply(
      to: core, strata: Stratification.stratify(core).strata, outputs: [answer],
      facts: session.facts, options: options, cheapRows: 0)
  }

  /// The relations after the evaluation.
  func evaluated() throws -> [Relation] {
    try Engine(
      program: program, graph: session.graph, terms: terms, facts: session.facts,
      limits: QueryLimits(), token: nil, options: options
    ).run(strata)
  }
}
