import GraphCore

extension CoreRelation {
  /// What a pass has made a relation for, and of which.
  package struct Part {
    /// What the part holds of the whole.
    package enum Kind: String {
      /// The rows that are asked for, each column in its place: with a row there is all that it can be derived from.
      case versions
      /// The rows that are asked for, less the columns that argument reduction does without.
      case found
      /// The values that are asked for.
      case seeds
      /// The values that are asked for on the way, in argument reduction.
      case here
      /// The rows with a value that something else is asked for.
      case guarded
      /// The rows that there are without any rule.
      case stored
      /// One look for constants.
      case selected
      /// The values of some columns, each once.
      case values
      /// The rows with certain texts in them.
      case tested
      /// Each row with what is computed from it.
      case computed
      /// Whether some conditions hold that share no variable with the rest of their rule.
      case existence
      /// Members of an equivalence beside those that stand for their classes.
      case classes
      /// The pairs of an equivalence, one by one.
      case pairs
      /// An aggregate of each class of an equivalence.
      case ofClasses
      /// Those that stand for classes of which something is asked.
      case asked
      /// The pairs that those of a closure are sequences of.
      case steps
      /// The nodes of a closure, each with the one that stands for its strong component.
      case components
      /// The nodes that a closure leads back to.
      case cycles

      /// What follows the name of the whole in that of the part.
      var suffix: String {
        switch self {
        case .versions: "found"
        case .classes: "class"
        case .existence: "part"
        case .ofClasses: "of classes"
        case .found, .seeds, .here, .guarded, .stored, .selected, .values, .tested, .computed,
          .pairs, .asked, .steps, .components, .cycles:
          rawValue
        }
      }

      /// What the part is, said to somebody who reads the program.
      func meaning(_ whole: String) -> String {
        switch self {
        case .versions, .found: "the rows of \(whole) that are asked for"
        case .seeds: "the values that \(whole) is asked for"
        case .here: "the values that \(whole) is asked for on the way"
        case .guarded: "the rows of \(whole) with values that are asked for"
        case .stored: "the rows of \(whole) that no rule derives"
        case .selected: "the rows of \(whole) with certain constants"
        case .values: "the values of \(whole) in some columns, each once"
        case .tested: "the rows of \(whole) with certain texts in them"
        case .computed: "the rows of \(whole) with what is computed from each"
        case .existence:
          "whether conditions of \(whole) hold that share no variable with the others"
        case .classes: "the members of \(whole), each with the one that stands for its class"
        case .pairs: "the pairs of \(whole)"
        case .ofClasses: "\(whole) of each class, by the member that stands for it"
        case .asked: "the members that stand for classes of \(whole) that are asked for"
        case .steps: "the pairs that those of \(whole) are sequences of"
        case .components:
          "the nodes of \(whole), each with the first of those that it leads to and that lead to it"
        case .cycles: "the nodes that \(whole) leads back to"
        }
      }
    }

    /// The relation that the part was made of.
    package var whole: RelationID
    package var kind: Kind
  }
}

extension CoreProgram {
  /// Adds a relation that no program names: some columns of another, or none.
  mutating func addPart(
    _ kind: CoreRelation.Part.Kind, of id: RelationID, columns: [CoreRelation.Column],
    lattice: CoreRelation.Lattice? = nil
  ) -> RelationID {
    var part = CoreRelation(
      name: "\(self[id].name) \(kind.suffix)", origin: .derived, columns: columns,
      lattice: lattice, span: self[id].span, isAuxiliary: true)
    part.part = CoreRelation.Part(whole: id, kind: kind)
    return add(part)
  }

  /// Adds a relation that has the rows of an atom's, in the columns of its variables, for which some conditions hold, and
  /// the rule that fills it; returns an atom over it with the same variables.
  mutating func addPart(
    _ kind: CoreRelation.Part.Kind, of atom: CoreAtom, where conditions: [CoreLiteral] = [],
    in rule: CoreRule
  ) -> CoreAtom {
    let variables = atom.variables.sorted()
    let id = addPart(
      kind, of: atom.relation,
      columns: variables.map {
        CoreRelation.Column(name: rule.variables[$0].name, slot: rule.variables[$0].slot)
      })
    rules.append(
      CoreRule(
        head: id, headTerms: variables.map { .variable($0) }, body: [.atom(atom)] + conditions,
        variables: rule.variables, span: rule.span))
    return CoreAtom(
      relation: id,
      arguments: variables.enumerated().map {
        CoreAtom.Argument(column: $0.offset, value: .variable($0.element))
      }, span: atom.span)
  }
}
