import GraphCore

/// A question lowered and transformed once, to be asked again with other texts as arguments of its atoms.
///
/// ```
/// ?(y) :- supplies("A", x), supplies(x, y).         the question
/// ? 1 (y) :- supplies(given 0, x), supplies(x, y).   what is kept
/// ```
///
/// Its program holds for as long as the session's does: names, rules, schema, aliases and parameters are in it, and
/// none of the graph's nodes. The texts are looked up each time.
///
/// What evaluated it last is kept as well, where it can evaluate it again: engine, relations, rules made ready. Then
/// only the texts are put in their places.
final class PreparedQuestion {
  /// As it was written.
  let query: Query
  /// Texts that must be the same, by their numbers.
  let fixed: [Int: String]
  /// The number of each text.
  let numbers: [Int]
  /// The numbers of those that stand in the program as given.
  let given: Set<Int>
  /// Parameters whose texts stand in it as given, with the numbers behind those of the question's texts.
  let givenParameters: [String]
  /// Values that parameters must have.
  let fixedParameters: [String: Value]
  let names: [String]
  let answer: RelationID
  let strata: Strata
  /// Texts that lowering made: their ids stand in the program.
  let madeTexts: [String]
  let plans = QuestionPlans()
  /// When it was last asked; see `PreparedQuestions`.
  fileprivate(set) var turn = 0
  /// The engine that has evaluated it, and the rules that it runs again.
  private(set) var kept: (engine: Engine, rules: [Engine.RepeatedRule])?
  private var program: CoreProgram
  /// The rules in which given texts stand.
  private let places: [Int]

  init(
    _ program: CoreProgram, _ strata: Strata, names: [String], answer: RelationID,
    shape: QuestionShape,
    given: GivenTexts, query: Query, madeTexts: [String], parameters: [String: Value]
  ) {
    self.query = query
    self.names = names
    self.answer = answer
    self.madeTexts = madeTexts
    numbers = shape.numbers
    var fixed: [Int: String] = [:]
    for number in given.fixedNumbers { fixed[number] = shape.texts[number].content }
    self.fixed = fixed
    self.given = given.givenNumbers
    givenParameters = given.givenParameters
    fixedParameters = parameters.filter { given.keptParameters.contains($0.key) }
    self.strata = strata
    self.program = program
    places = program.rules.indices.filter { program.rules[$0].hasGivenTexts }
  }

  /// Whether the question can stand for one of the same shape with these texts and parameters.
  func stands(for shape: QuestionShape, _ parameters: [String: Value]) -> Bool {
    for name in givenParameters {
      guard case .text? = parameters[name] else { return false }
    }
    for (name, value) in fixedParameters where parameters[name] != value { return false }
    for (place, number) in numbers.enumerated() {
      let content = shape.texts[place].content
      if number != place, shape.texts[number].content != content { return false }
      if let wanted = fixed[number], wanted != content { return false }
    }
    return true
  }

  /// Puts the texts of a question in their places; false where one is an alias, of which the asker is told.
  func give(
    _ shape: QuestionShape, _ parameters: [String: Value], _ graph: Graph, _ terms: TermSpace
  ) -> Bool {
    func word(_ text: String) -> UInt32? {
      switch graph.resolve(text) {
      case .node(let id): id.raw
      case .unknown: terms.intern(text)
      case .alias, .ambiguous: nil
      }
    }
    var words: [UInt32] = []
    words.reserveCapacity(numbers.count + givenParameters.count)
    for (place, number) in numbers.enumerated() {
      if number != place {
        words.append(words[number])
      } else if !self.given.contains(number) {
        words.append(0)
      } else {
        guard let word = word(shape.texts[place].content) else { return false }
        words.append(word)
      }
    }
    for name in givenParameters {
      guard case .text(let text)? = parameters[name], let word = word(text) else { return false }
      words.append(word)
    }
    plans.given = words.map { UInt64($0) }
    if let engine = kept?.engine {
      for rule in places { engine.program.rules[rule].give(words) }
    } else {
      for rule in places { program.rules[rule].give(words) }
    }
    return true
  }

  /// The program with the texts that were given last, for an engine of its own.
  var givenProgram: CoreProgram { program }

  /// Keeps an engine that has evaluated the question with success, if it can do so again.
  func keep(_ engine: Engine) {
    guard engine.isWorthKeeping else { return forget() }
    if kept == nil, let rules = engine.repeatedRules(strata) { kept = (engine, rules) }
  }

  /// Gives the engine up, and what was made ready for it.
  func forget() {
    kept = nil
    plans.forgetRunnables()
  }
}

/// The questions that a session was asked last, by their shapes.
final class PreparedQuestions {
  /// What the kept programs rest on beside the session's own definitions, whose owner empties this.
  private struct Ground: Equatable {
    var changeSerial: UInt64
    var textCount: Int
    var recordCount: Int
  }

  private var ground: Ground?
  private var questions: [[UInt8]: [PreparedQuestion]] = [:]
  private(set) var count = 0
  /// Counts what is asked; each question knows when it was last.
  private var turn = 0
  /// Those whose engines are kept, the newest last.
  private var running: [PreparedQuestion] = []

  /// Questions with ever new numbers in them would otherwise be kept for ever.
  static let most = 256
  /// An engine has registers of some tens of kilobytes for each rule.
  private static let mostRunning = 16

  func removeAll() {
    guard count > 0 else { return }
    questions = [:]
    running = []
    count = 0
  }

  /// Forgets what a change of the graph has made wrong; false inside a write, whose next step is unknown.
  func isUsable(_ graph: Graph, _ records: RecordTable) -> Bool {
    if graph.isWriting { return false }
    let now = Ground(
      changeSerial: graph.changeSerial, textCount: graph.dictionary.count,
      recordCount: records.count)
    if now != ground { removeAll() }
    ground = now
    return true
  }

  func contains(_ shape: QuestionShape, _ parameters: [String: Value]) -> Bool {
    question(shape, parameters) != nil
  }

  /// The kept question that stands for one of a shape.
  func question(_ shape: QuestionShape, _ parameters: [String: Value]) -> PreparedQuestion? {
    guard let found = questions[shape.key]?.first(where: { $0.stands(for: shape, parameters) })
    else { return nil }
    note(found)
    return found
  }

  /// Whether some question of a shape is kept; for tests.
  func holds(_ shape: QuestionShape) -> Bool { questions[shape.key] != nil }

  /// Notes that a question is asked now.
  private func note(_ question: PreparedQuestion) {
    turn += 1
    question.turn = turn
  }

  /// Notes that the engine of a question is kept; that of another may have to go.
  func noteRunning(_ question: PreparedQuestion) {
    guard !running.contains(where: { $0 === question }) else { return }
    if running.count == Self.mostRunning { running.removeFirst().forget() }
    running.append(question)
  }

  func add(_ question: PreparedQuestion, _ shape: QuestionShape) {
    if count >= Self.most { removeOldest() }
    questions[shape.key, default: []].append(question)
    note(question)
    count += 1
  }

  /// Gives up what was not asked for the longest time. O(questions), which is less than to prepare one.
  private func removeOldest() {
    var oldest: (key: [UInt8], question: PreparedQuestion)?
    for (key, list) in questions {
      for question in list where question.turn < oldest?.question.turn ?? .max {
        oldest = (key, question)
      }
    }
    guard let (key, question) = oldest else { return }
    questions[key]?.removeAll { $0 === question }
    if questions[key]?.isEmpty == true { questions[key] = nil }
    running.removeAll { $0 === question }
    count -= 1
  }
}

extension CoreRule {
  /// Whether a given text stands anywhere in the rule.
  fileprivate var hasGivenTexts: Bool {
    var copy = self
    var isFound = false
    copy.rewriteGiven { number, word in
      isFound = true
      return .given(number, word)
    }
    return isFound
  }

  /// Puts the words of given texts in their places.
  fileprivate mutating func give(_ words: [UInt32]) {
    rewriteGiven { number, _ in .given(number, words[number]) }
  }

  private mutating func rewriteGiven(_ body: (Int, UInt32) -> CoreConstant) {
    for index in headTerms.indices { headTerms[index].rewriteGiven(body) }
    for index in self.body.indices { self.body[index].rewriteGiven(body) }
  }
}

extension CoreLiteral {
  fileprivate mutating func rewriteGiven(_ body: (Int, UInt32) -> CoreConstant) {
    switch self {
    case .atom(var atom):
      if atom.rewriteGiven(body) { self = .atom(atom) }
    case .negated(var atom):
      if atom.rewriteGiven(body) { self = .negated(atom) }
    case .aggregate(var atom, let isTotal):
      if atom.rewriteGiven(body) { self = .aggregate(atom, isTotal: isTotal) }
    case .comparison(let relation, var left, var right, let span):
      left.rewriteGiven(body)
      right.rewriteGiven(body)
      self = .comparison(relation, left, right, span)
    case .test(let kind, var left, var right, let isNegated, let span):
      left.rewriteGiven(body)
      right.rewriteGiven(body)
      self = .test(kind, left, right, isNegated: isNegated, span)
    case .range(let variable, var from, var to, var step, let span):
      from.rewriteGiven(body)
      to.rewriteGiven(body)
      step?.rewriteGiven(body)
      self = .range(variable, from, to, step, span)
    case .never: break
    }
  }
}

extension CoreAtom {
  fileprivate mutating func rewriteGiven(_ body: (Int, UInt32) -> CoreConstant) -> Bool {
    var isChanged = false
    for index in arguments.indices {
      guard case .constant(.given(let number, let word), let slot) = arguments[index].value else {
        continue
      }
      arguments[index].value = .constant(body(number, word), slot)
      isChanged = true
    }
    return isChanged
  }
}

extension CoreExpression {
  fileprivate mutating func rewriteGiven(_ body: (Int, UInt32) -> CoreConstant) {
    switch self {
    case .constant(.given(let number, let word), let slot):
      self = .constant(body(number, word), slot)
    case .variable, .constant: break
    case .call(let functor, var operands, let result, let type, let span):
      for index in operands.indices { operands[index].rewriteGiven(body) }
      self = .call(functor, operands, result: result, operands: type, span)
    }
  }
}
