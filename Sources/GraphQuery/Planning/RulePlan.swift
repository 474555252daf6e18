import GraphCore

/// How one rule is evaluated: steps over batches of registers, from left to right.
///
/// A register holds one variable or an intermediate value. A step either narrows the batch it is
/// given (a filter), adds a register to it (a computation), or expands it (a join), in which case
/// the steps after it work on batches of the next level.
struct RulePlan {
  /// Which rows of a relation a join reads.
  enum Range {
    /// All that are visible.
    case all
    /// Those that the last round added.
    case delta
    /// Those that were there before the last round.
    case old
  }

  enum Source: Hashable {
    case register(Int)
    case constant(UInt64)
    /// A text of the question, by its number in `given`: another one each time the plan is used.
    case given(Int)

    init(_ constant: CoreConstant, as type: ColumnType) {
      if case .given(let number, _) = constant {
        self = .given(number)
      } else {
        self = .constant(constant.word(as: type))
      }
    }

    var isConstant: Bool { if case .register = self { false } else { true } }
  }

  /// A class, as evaluation goes from step to step for each batch, and copying the lists would cost more than a
  /// small batch.
  final class Join {
    let relation: Int
    let range: Range
    /// The key columns and where their values come from; empty for a scan.
    let keyColumns: [Int]
    let keySources: [Source]
    /// Columns whose values go into new registers.
    let outputs: [(column: Int, register: Int)]
    /// Columns that must have a value: those that are read and are not always there.
    let required: [Int]
    /// What a column of a complete relation must be, compared with known numbers.
    let within: ColumnBounds?
    /// Registers of earlier levels that later steps still read.
    var carried: [Int] = []
    /// A scan of a complete relation goes through it by groups of this column, so that later steps, and the head,
    /// meet equal values one after another.
    var groupedBy: Int?
    /// One row is enough for each value of this column of a relation in compact form: nobody needs the other. Where the
    /// join is grouped by it as well, no value may come twice, whatever the form is by then.
    var distinctBy: Int?
    /// The conditions right behind it that candidates can be asked before they are rows.
    var filter: CandidateFilter?

    init(
      relation: Int, range: Range, keyColumns: [Int], keySources: [Source],
      outputs: [(column: Int, register: Int)], required: [Int], within: ColumnBounds?
    ) {
      self.relation = relation
      self.range = range
      self.keyColumns = keyColumns
      self.keySources = keySources
      self.outputs = outputs
      self.required = required
      self.within = within
    }

    /// The column whose groups come as one row each.
    var distinctGroups: Int? { groupedBy == distinctBy ? groupedBy : nil }
  }

  /// What a new value must be, compared with a known one, which is a number.
  struct Bound {
    var relation: Comparison.Operator
    var type: ColumnType
    var value: Source
  }

  struct ColumnBounds {
    var column: Int
    var bounds: [Bound]
    /// Whether what bounds the column is looked at again behind the join.
    var isHint = false
  }

  /// Gives a register the values that are neighbours of all given ends and keep to the bounds: the
  /// intersection of one row of each relation.
  struct Extension {
    /// A complete binary relation, one end of which is known.
    struct Neighbours {
      var relation: Int
      /// The column whose value is known.
      var nearColumn: Int
      var near: Source
    }

    var register: Int
    var neighbours: [Neighbours]
    var bounds: [Bound] = []
    var carried: [Int] = []
    /// Nobody needs the values, only whether there is one.
    var isExistence = false
    /// The conditions right behind it that values can be asked before there are rows of them.
    var filter: CandidateFilter?

    /// Whether the neighbours must ascend.
    var needsOrder: Bool { neighbours.count > 1 || !bounds.isEmpty }

    /// Whether rows of one relation are only written out.
    var isPlain: Bool { neighbours.count == 1 && bounds.isEmpty && !isExistence }
  }

  /// Keeps the rows of the batch for which a matching row exists, or none does.
  struct Existence {
    var relation: Int
    var keyColumns: [Int]
    var keySources: [Source]
    var isNegated: Bool
    /// No more rows come to the relation.
    var isComplete: Bool
    /// The keys are all columns, in order, and rows of the present round may be seen.
    var isMembership: Bool
  }

  /// Looks up the value of a group; zero where the group has no row.
  struct GroupLookup {
    var relation: Int
    var keyColumns: [Int]
    var keySources: [Source]
    var register: Int
  }

  /// Sums up the rows of a complete relation between bounds into a register, and drops the rows of the batch for
  /// which there are none.
  final class Summary {
    let function: AggregateFunction
    let relation: Int
    /// The columns that must have a value.
    let keyColumns: [Int]
    let keySources: [Source]
    let within: ColumnBounds
    /// The column whose values are summed up.
    let value: Int
    let register: Int

    init(
      function: AggregateFunction, relation: Int, keyColumns: [Int], keySources: [Source],
      within: ColumnBounds, value: Int, register: Int
    ) {
      self.function = function
      self.relation = relation
      self.keyColumns = keyColumns
      self.keySources = keySources
      self.within = within
      self.value = value
      self.register = register
    }

    /// The registers that are read.
    var sources: [Source] { within.bounds.map(\.value) + keySources }
  }

  final class Computation {
    let functor: Functor
    let type: ColumnType
    let operands: [Source]
    let register: Int
    let span: SourceSpan

    init(
      functor: Functor, type: ColumnType, operands: [Source], register: Int, span: SourceSpan
    ) {
      self.functor = functor
      self.type = type
      self.operands = operands
      self.register = register
      self.span = span
    }
  }

  /// How many pairs a relation in compact form has, or each value of one of its columns.
  struct PairCount {
    var relation: Int
    /// The column whose values are counted for; nothing where all pairs are counted together.
    var column: Int?
    /// How many counts are expected.
    var expected: Int
  }

  /// The head is known before a step: of a row of the batch that comes there one way through it and the steps
  /// behind it is enough, and the rows that have one are the head's.
  struct Witness {
    /// A join or an extension.
    var step: Int
    /// The register that holds which row of the batch it was.
    var register: Int
  }

  enum Step {
    case join(Join)
    case extend(Extension)
    /// Drops the rows whose head, known by now, is already derived.
    case unlessDerived(relation: Int, head: [Source])
    case existence(Existence)
    case lookup(GroupLookup)
    case summarize(Summary)
    case compute(Computation)
    case copy(from: Source, register: Int)
    case compare(Comparison.Operator, ColumnType, Source, Source)
    case test(TextTest.Kind, Source, Source, isNegated: Bool, SourceSpan)
    case range(
      register: Int, type: ColumnType, from: Source, to: Source, step: Source?, carried: [Int])
    case never

    /// Whether the steps behind it work on batches of the next level.
    var expands: Bool {
      switch self {
      case .join, .extend, .range: true
      case .unlessDerived, .existence, .lookup, .summarize, .compute, .copy, .compare, .test,
        .never:
        false
      }
    }

    /// Whether all rows of a relation come beside each row of the batch.
    var isProduct: Bool {
      if case .join(let join) = self { join.keyColumns.isEmpty } else { false }
    }

    /// The registers that have a value from the step on.
    var newRegisters: [Int] {
      switch self {
      case .join(let join): join.outputs.map(\.register)
      case .extend(let extended): [extended.register]
      case .lookup(let lookup): [lookup.register]
      case .summarize(let summary): [summary.register]
      case .compute(let computation): [computation.register]
      case .copy(_, let register), .range(let register, _, _, _, _, _): [register]
      case .unlessDerived, .existence, .compare, .test, .never: []
      }
    }

    /// The relations that the step looks at.
    var relations: [Int] {
      switch self {
      case .join(let join): [join.relation]
      case .extend(let extended): extended.neighbours.map(\.relation)
      case .unlessDerived(let head, _): [head]
      case .existence(let existence): [existence.relation]
      case .lookup(let lookup): [lookup.relation]
      case .summarize(let summary): [summary.relation]
      case .compute, .copy, .compare, .test, .range, .never: []
      }
    }
  }

  /// Conditions of the body that are looked at together, for a report of the evaluation.
  struct Stage {
    /// Their positions in the body.
    var literals: [Int]
    var steps: Swift.Range<Int>
    /// How many rows are expected behind them.
    var expectedRows: Double
  }

  var rule: Int
  var steps: [Step]
  /// The conditions in the order in which they are looked at.
  var stages: [Stage]
  /// Per step the registers that later steps read: what a filter has to keep in step.
  var live: [[Int]]
  var registerCount: Int
  /// The head's columns, in order.
  var output: [Source]
  /// The rows are results of the aggregate that the rule is, one for each group.
  var isSummary = false
  /// The rows are counts that the rows of a relation in compact form say, as long as it has this form.
  var pairCount: PairCount?
  /// One more than the number of steps that expand.
  var levelCount: Int
  /// The registers of the first scan by which rows that come again are left out; nothing where none do, or each counts.
  var repeated: [Int]?
  /// From where on only whether a row of the batch gets through is asked.
  var witness: Witness?
  /// The words of the question's texts.
  var given: [UInt64] = []
}
