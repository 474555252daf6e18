@_spi(Columns) import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

/// Conditions asked of candidates, against the same steps over whole batches.
@Suite struct CandidateBlockTests {
  private static let span = SourceSpan(source: SourceID(index: 0), lower: 0, upper: 0)
  private static let functors: [Functor] = [
    .add, .subtract, .multiply, .divide, .negate, .absolute, .least, .greatest, .bitwiseNot,
    .bitwiseAnd, .bitwiseOr, .bitwiseXor, .shiftLeft, .shiftRight, .shiftRightUnsigned,
  ]
  private static let operators = Comparison.Operator.allCases

  /// Numbers near zero and near the ends of their type, and all that is odd among doubles.
  private static func word(_ type: ColumnType, _ random: inout SeededGenerator) -> UInt64 {
    switch type {
    case .float:
      let odd = [
        0, 1, -1, 0.5, -2.25, .infinity, -.infinity, .nan, Double.leastNonzeroMagnitude, 1e308,
        -1e308,
      ]
      return canonicalWord(
        Bool.random(using: &random)
          ? odd[Int.random(in: 0..<odd.count, using: &random)]
          : Double.random(in: -4...4, using: &random))
    default:
      let ends: [UInt64] = [0, 1, .max, 1 << 63, 1 << 63 - 1, 1 << 32]
      let offset = UInt64(bitPattern: Int64.random(in: -3...3, using: &random))
      return ends[Int.random(in: 0..<ends.count, using: &random)] &+ offset
    }
  }

  /// Registers 0 and 1 are columns of the candidates, 2 and 3 of the batch's row, the others are computed.
  private static func randomSteps(_ type: ColumnType, _ random: inout SeededGenerator)
    -> [RulePlan.Step]
  {
    var (steps, registers): ([RulePlan.Step], Int) = ([], 4)
    func source(_ random: inout SeededGenerator) -> RulePlan.Source {
      Int.random(in: 0..<6, using: &random) == 0
        ? .constant(word(type, &random)) : .register(Int.random(in: 0..<registers, using: &random))
    }
    for _ in 0..<Int.random(in: 1...8, using: &random) {
      if Int.random(in: 0..<3, using: &random) == 0 {
        let relation = operators[Int.random(in: 0..<operators.count, using: &random)]
        steps.append(.compare(relation, type, source(&random), source(&random)))
      } else {
        let functor = functors[Int.random(in: 0..<functors.count, using: &random)]
        let isUnary = [.negate, .absolute, .bitwiseNot].contains(functor)
        let operands = (0..<(isUnary ? 1 : 2)).map { _ in source(&random) }
        steps.append(
          .compute(
            RulePlan.Computation(
              functor: functor, type: type, operands: operands, register: registers, span: span)))
        registers += 1
      }
    }
    return steps
  }

  @Test(arguments: [ColumnType.number, .unsigned, .float])
  func blocksMarkWhatBatchesKeep(type: ColumnType) throws {
    let terms = TermSpace(TermDictionary())
    var (filters, kept, dropped) = (0, 0, 0)
    for seed in 1...400 as ClosedRange<UInt64> {
      var random = SeededGenerator(seed: seed)
      let relation = Relation(name: "r", types: [type, type], terms: terms)
      for _ in 0..<Int.random(in: 1...CandidateBlock.capacity, using: &random) {
        relation.insert([Self.word(type, &random), Self.word(type, &random)])
      }
      let join = RulePlan.Join(
        relation: 0, range: .all, keyColumns: [], keySources: [], outputs: [(0, 0), (1, 1)],
        required: [0, 1], within: nil)
      let steps = [.join(join)] + Self.randomSteps(type, &random)
      let live = Array(repeating: [Int](), count: steps.count)
      guard let filter = CandidateFilter(steps, behind: 0, of: join.outputs, live) else { continue }
      filters += 1
      let common = [Self.word(type, &random), Self.word(type, &random)]
      let count = relation.rowCount
      let block = CandidateBlock(filter)
      block.read(relation)
      for (number, shared) in filter.shared.enumerated() {
        switch shared.source {
        case .register(let register): block.share(number, common[register - 2], count: count)
        case .constant(let word): block.share(number, word, count: count)
        case .given: Issue.record("nothing is given")
        }
      }
      block.load(from: 0, count: count)
      let isAny = block.evaluate(count: count, meter: nil, firstStep: 1)
      let expected = try rows(
        of: relation, common, Array(steps[1..<filter.end]), terms)
      let found = isAny ? (0..<count).filter { block.marks[$0] != 0 } : []
      #expect(found == expected, "seed \(seed): \(steps[1..<filter.end])")
      #expect(isAny == !expected.isEmpty, "seed \(seed)")
      (kept, dropped) = (kept + expected.count, dropped + count - expected.count)
    }
    #expect(filters > 100 && kept > 1000 && dropped > 1000)
  }

  /// The rows of a relation for which all comparisons hold, by the steps as batches take them.
  private func rows(
    of relation: Relation, _ common: [UInt64], _ steps: [RulePlan.Step], _ terms: TermSpace
  ) throws -> [Int] {
    let count = relation.rowCount
    var registers = (0..<2).map { column in
      Column((0..<count).map { relation.word(row: $0, column: column) })
    }
    registers += common.map { Column(repeating: $0, count: count) }
    var constants: [Column<UInt64>] = []
    defer { keepAlive(registers, constants) }
    func words(_ source: RulePlan.Source) -> Words<UInt64> {
      switch source {
      case .register(let register): return registers[register].words
      case .constant(let word):
        constants.append(Column(repeating: word, count: count))
        return constants[constants.count - 1].words
      case .given: return .empty
      }
    }
    let selected = Column<UInt32>(repeating: 0, count: max(count, 1))
    var result = Set(0..<count)
    for step in steps {
      switch step {
      case .compute(let computation):
        let output = Column<UInt64>(repeating: 0, count: count)
        registers.append(output)
        var counter: UInt64 = 0
        try Builtins(terms: terms).compute(
          computation.functor, computation.type, computation.operands.map(words), count: count,
          into: output.words, at: Self.span, counter: &counter)
      case .compare(let relation, let type, let left, let right):
        let kept = Comparisons(type: type, terms: terms).select(
          relation, words(left), words(right), count: count, into: selected.words)
        result.formIntersection((0..<kept).map { Int(selected[$0]) })
      default: Issue.record("an unexpected step")
      }
    }
    return result.sorted()
  }
}
