public import GraphCore

/// Why a statement holds, and why one does not.
extension QuerySession {
  /// The proof of a fact or a body; of several rows that fit, the first is proved.
  ///
  /// Nothing is recorded while queries run: the rules that the statement depends on are carried out
  /// once, and derivations of least height are found over the finished relations.
  ///
  ///     try session.why("planned(\"运城经济技术开发区\", 71)").children
  ///
  /// - Throws: `doesNotHold`, `tooLarge` where `seconds` or the size of the search ran out, or
  ///   `diagnostics` where the statement is wrong or the query was stopped.
  public func why(_ text: SourceText, seconds: Double = 5) throws(ProofFailure) -> Proof {
    let body = try statement(text)
    let query = Query(head: nil, body: body, span: body.span)
    let program = try CompletedProgram(session: self, query: query, unit: 0)
    return try ProofBuilder(program, seconds: seconds).proof(of: body, unit: 0)
  }

  /// Why a statement does not hold: the rule that came nearest, and the first of its conditions that
  /// fails. A statement that holds is answered by its proof.
  public func whyNot(_ text: SourceText, seconds: Double = 5) throws(ProofFailure) -> Proof {
    let body = try statement(text)
    let query = Query(head: nil, body: body, span: body.span)
    let program = try CompletedProgram(session: self, query: query, unit: 0)
    let answer = program.answer(
      [.boolean(true, body.span)], [program.rewritten(body, unit: 0)], unit: 0, span: body.span)
    if !program.problems.isEmpty { throw .diagnostics(program.problems) }
    if let answer, answer.rowCount > 0 {
      return try ProofBuilder(program, seconds: seconds).proof(of: body, unit: 0)
    }
    return FailureExplainer(session: self, seconds: seconds).explain(body, unit: 0, depth: 0)
  }

  private func statement(_ text: SourceText) throws(ProofFailure) -> Formula {
    cancelToken.reset()
    let (body, diagnostics) = parseBody(text)
    guard let body else { throw .diagnostics(diagnostics) }
    return body
  }
}

/// Finds the rule that came nearest to a statement that does not hold.
struct FailureExplainer {
  private let session: QuerySession
  private let explainer: EmptyAnswerExplainer
  private static let depthLimit = 4

  init(session: QuerySession, seconds: Double) {
    self.session = session
    explainer = EmptyAnswerExplainer(session: session, unit: 0, seconds: seconds)
  }

  func explain(_ body: Formula, unit: Int, depth: Int) -> Proof {
    let statement = ASTPrinter.text(body)
    guard let atom = body.atom else {
      let conditions = Alternatives.of(body, limit: 8)?.first ?? body.conjuncts
      return Proof(.failure, statement, children: steps(conditions, depth: depth))
    }
    let environment = session.environment(terms: session.termSpace())
    guard
      let resolved = environment.resolve(atom, unit: unit)
    else { return Proof(.failure, statement) }
    let rules = environment.rules[Environment.ruleKey(resolved)] ?? []
    let choice = RowChoice(session, environment, atom, resolved)
    if let choice, choice.isStated, let winner = choice.winner {
      return Proof(.failure, statement, remark: "stated, but gives way", children: [winner])
    }
    guard !rules.isEmpty, depth < Self.depthLimit else {
      let findings = explainer.findings(about: body, after: [], depth: 0)
      return Proof(
        .failure, statement, remark: "no such fact", children: findings.map { Proof(.remark, $0) })
    }
    var best: (share: Double, children: [Proof], rule: UnitClause)?
    for rule in rules {
      for head in rule.clause.heads {
        guard
          let other = environment.resolve(
            head.atom.name.text, positional: head.atom.arguments.count, unit: rule.unit),
          Environment.ruleKey(other) == Environment.ruleKey(resolved)
        else { continue }
        for conditions in rule.clause.body.map({ Alternatives.of($0, limit: 16) ?? [] }) ?? [[]] {
          guard let bound = bind(head.atom, to: atom, conditions) else { continue }
          let progress = explainer.progress(of: bound)
          let share = Double(progress.held.count) / Double(max(1, bound.count))
          if share > best?.share ?? -1 {
            var children = children(bound, progress, depth: depth)
            // What a rule derives and is not there has given way.
            if progress.failing == nil, let winner = choice?.winner { children.append(winner) }
            best = (share, children, rule)
          }
        }
      }
    }
    guard let best else {
      return Proof(
        .failure, statement, children: [Proof(.remark, "no rule has such a head")])
    }
    let place = session.sources.place(best.rule.clause.span)
    let title =
      rules.count == 1 ? "rule at \(place)" : "nearest of \(rules.count): rule at \(place)"
    return Proof(.failure, statement, remark: title, children: best.children)
  }

  private func steps(_ conditions: [Formula], depth: Int) -> [Proof] {
    children(conditions, explainer.progress(of: conditions), depth: depth)
  }

  /// The conditions that hold, with their rows, the one that fails, and what is known of it.
  private func children(
    _ conditions: [Formula], _ progress: EmptyAnswerExplainer.Progress, depth: Int
  ) -> [Proof] {
    var result = zip(progress.held, progress.counts).map { condition, count in
      Proof(
        .test, ASTPrinter.text(condition), remark: "holds, \(EmptyAnswerExplainer.rows(count))")
    }
    guard let failing = progress.failing else { return result }
    if failing.atom != nil, failing.variableNames.isEmpty {
      result.append(explain(failing, unit: 0, depth: depth + 1))
      return result
    }
    let findings = explainer.findings(about: failing, after: progress.held, depth: 0)
    result.append(
      Proof(
        .failure, ASTPrinter.text(failing), remark: "fails",
        children: findings.map { Proof(.remark, $0) }))
    return result
  }

  /// A rule's conditions with the values that the statement gives its head; nothing where the head
  /// has other constants.
  private func bind(_ head: Atom, to atom: Atom, _ conditions: [Formula]) -> [Formula]? {
    guard head.arguments.count == atom.arguments.count else { return nil }
    var values: [String: Expression] = [:]
    var equations: [Formula] = []
    for (place, given) in zip(head.arguments, atom.arguments) {
      guard let wanted = given.constant else { continue }
      switch place {
      case .variable(let name) where values[name.text] == nil: values[name.text] = given
      default:
        if let own = place.constant {
          guard own.description == wanted.description else { return nil }
          continue
        }
        equations.append(
          .comparison(
            Comparison(relation: .equal, left: place, right: given, span: given.span)))
      }
    }
    return (conditions + equations).map { $0.substituting(values) }
  }
}
