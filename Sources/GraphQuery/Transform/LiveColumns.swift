/// Which columns a program looks at, so that the others need neither be read nor computed.
///
/// ```
/// reached(y, w) :- start(y, w).                        before
/// reached(y, w) :- reached(x, w), edge(x, y, _).
/// cheap(k) :- item(k, _, price, text), reached(k, _), price < 10.
///
/// reached(y) :- start(y, _).                           after
/// reached(y) :- reached(x), edge(x, y).
/// cheap(k) :- item(k, price), reached(k), price < 10.
/// ```
///
/// A column is looked at where an atom compares it, or gives it a name that is used. One that only goes into columns that
/// nobody looks at is not, so that `w` goes from the whole recursion: these are the existential arguments of Ramakrishnan,
/// Beeri and Krishnamurthy ("Optimizing existential Datalog queries", 1988).
struct LiveColumns {
  /// What a column is for.
  enum Use: Comparable {
    case none
    /// It tells rows apart that an aggregate counts, one by one: nothing else is asked of it.
    case counted
    case read
  }

  private let program: CoreProgram
  /// The use of each column of each relation, one relation behind the other.
  private var uses: [Use]
  /// Where the columns of each relation begin in `uses`.
  private let starts: [Int]
  /// The rules by what they derive.
  private let rules: [[Int]]
  /// The variables of each rule that are looked at.
  private var isRead: [[Bool]]
  private var pending: [(relation: RelationID, column: Int)] = []

  /// `outputs` are the relations that somebody else reads, all of their columns; rules that fill one that
  /// stays whole give it all of them. O(size of the program).
  init(
    of program: CoreProgram, outputs: Set<RelationID>,
    isWhole: (CoreRelation) -> Bool = { _ in false }
  ) {
    self.program = program
    var count = 0
    starts = program.relations.map { relation in
      defer { count += relation.columns.count }
      return count
    }
    uses = Array(repeating: .none, count: count)
    var rules = Array(repeating: [Int](), count: program.relations.count)
    for (index, rule) in program.rules.enumerated() { rules[rule.head.index].append(index) }
    self.rules = rules
    isRead = program.rules.map { Array(repeating: false, count: $0.variables.count) }
    for index in program.relations.indices {
      let id = RelationID(index: index)
      let isFilled = !rules[index].isEmpty && isWhole(program.relations[index])
      if outputs.contains(id) || isFixed(id) || isFilled { readAll(of: id) }
    }
    for index in program.rules.indices { look(at: index) }
    while let (relation, column) = pending.popLast() {
      for index in self.rules[relation.index] { readHead(column, of: index) }
    }
  }

  subscript(relation: RelationID, column: Int) -> Use { uses[starts[relation.index] + column] }

  /// Whether a relation is more than a set of rows: which rows it has depends on columns that nobody may read.
  private func isFixed(_ id: RelationID) -> Bool {
    let relation = program[id]
    return relation.lattice != nil || relation.isEquivalence || !relation.choiceKeys.isEmpty
      || relation.sizeLimit != nil || relation.deltaOf != nil
  }

  /// Whether how often the body of a rule holds matters beyond what it derives.
  static func isFixed(_ rule: CoreRule) -> Bool {
    if rule.demandLiteral != nil || rule.accumulates || rule.countsRows { return true }
    return switch rule.effect {
    case .derive, .aggregate: false
    case .dominate, .algorithm: true
    }
  }

  private mutating func read(_ relation: RelationID, _ column: Int, as use: Use = .read) {
    let place = starts[relation.index] + column
    guard uses[place] < use else { return }
    let isNew = uses[place] == .none
    uses[place] = use
    if isNew { pending.append((relation, column)) }
  }

  private mutating func readAll(of relation: RelationID) {
    for column in program[relation].columns.indices { read(relation, column) }
  }

  /// Reads what a rule looks at whatever of its head is.
  private mutating func look(at index: Int) {
    let rule = program.rules[index]
    if let watched = program[rule.head].deltaOf { readAll(of: watched) }
    if case .derive = rule.effect {} else { readAll(of: rule.head) }
    var counts = Array(repeating: 0, count: rule.variables.count)
    for literal in rule.body {
      if case .atom = literal { literal.forEachVariable { counts[$0] += 1 } }
    }
    let (isFixed, countsRows) = (Self.isFixed(rule), rule.countsRows)
    for literal in rule.body {
      switch literal {
      case .atom(let atom):
        // There is a number for each row, whatever the rule looks at.
        if countsRows { readAll(of: atom.relation) }
        for argument in atom.arguments {
          guard case .variable(let variable) = argument.value else {
            read(atom.relation, argument.column)
            continue
          }
          if isFixed || counts[variable] > 1 {
            readVariable(variable, of: index)
          } else if !rule.takesSets {
            countRows(of: atom, argument.column)
          }
        }
      case .negated(let atom), .aggregate(let atom, _):
        for argument in atom.arguments { read(atom.relation, argument.column) }
        literal.forEachVariable { readVariable($0, of: index) }
      case .comparison, .test, .range, .never:
        literal.forEachVariable { readVariable($0, of: index) }
      }
    }
    for (column, term) in rule.headTerms.enumerated() where !Self.mayGo(term) {
      if column < program[rule.head].columns.count { read(rule.head, column) }
    }
  }

  /// A column that an aggregate counts. What tells the rows apart only where all columns are looked at can be told by others.
  private mutating func countRows(of atom: CoreAtom, _ column: Int) {
    let isWhole = atom.arguments.count == program[atom.relation].columns.count
    let isStored = rules[atom.relation.index].isEmpty
    read(atom.relation, column, as: isWhole && isStored ? .counted : .read)
  }

  private mutating func readVariable(_ variable: Int, of index: Int) {
    guard !isRead[index][variable] else { return }
    isRead[index][variable] = true
    for literal in program.rules[index].body {
      guard case .atom(let atom) = literal else { continue }
      for argument in atom.arguments where argument.value.variable == variable {
        read(atom.relation, argument.column)
      }
    }
  }

  private mutating func readHead(_ column: Int, of index: Int) {
    let rule = program.rules[index]
    guard case .derive = rule.effect else {
      // An aggregate's value is taken of the last term, in groups of the others.
      for term in rule.headTerms { readTerm(term, of: index) }
      return
    }
    readTerm(rule.headTerms[column], of: index)
  }

  private mutating func readTerm(_ term: CoreExpression, of index: Int) {
    var variables: [Int] = []
    term.forEachVariable { variables.append($0) }
    for variable in variables { readVariable(variable, of: index) }
  }

  /// Whether a head may do without a term: what is computed may fail, or count rows.
  private static func mayGo(_ term: CoreExpression) -> Bool { !term.hasCall }
}

extension LiveColumns {
  /// Takes columns that nobody looks at from the relations that rules alone fill. `isStored` says of which declared
  /// relations there are facts.
  static func apply(
    to program: inout CoreProgram, outputs: Set<RelationID>, isStored: (String) -> Bool
  ) {
    func isWhole(_ relation: CoreRelation) -> Bool {
      switch relation.origin {
      case .derived: false
      case .declared(let key): isStored(key)
      default: true
      }
    }
    let live = LiveColumns(of: program, outputs: outputs, isWhole: isWhole)
    var kept: [Int: [Int]] = [:]
    for (index, relation) in program.relations.enumerated() where !isWhole(relation) {
      let columns = relation.columns.indices.filter {
        live[RelationID(index: index), $0] != .none
      }
      if columns.count < relation.columns.count { kept[index] = columns }
    }
    program.keep(kept)
  }
}

extension CoreProgram {
  /// Takes columns from some relations, by their index: all but the kept ones, which must be all that anything but a
  /// variable of its own is asked of. O(size of the program).
  mutating func keep(_ kept: [Int: [Int]]) {
    if kept.isEmpty { return }
    for (index, columns) in kept {
      relations[index].columns = columns.map { relations[index].columns[$0] }
    }
    func cut(_ atom: CoreAtom) -> CoreAtom {
      guard let columns = kept[atom.relation.index] else { return atom }
      var atom = atom
      atom.arguments = atom.arguments.compactMap { argument in
        columns.firstIndex(of: argument.column).map {
          CoreAtom.Argument(column: $0, value: argument.value)
        }
      }
      return atom
    }
    for index in rules.indices {
      if let columns = kept[rules[index].head.index] {
        rules[index].headTerms = columns.map { rules[index].headTerms[$0] }
      }
      for place in rules[index].body.indices {
        switch rules[index].body[place] {
        case .atom(let atom): rules[index].body[place] = .atom(cut(atom))
        case .negated(let atom): rules[index].body[place] = .negated(cut(atom))
        case .aggregate(let atom, let isTotal):
          rules[index].body[place] = .aggregate(cut(atom), isTotal: isTotal)
        case .comparison, .test, .range, .never: break
        }
      }
    }
  }
}
