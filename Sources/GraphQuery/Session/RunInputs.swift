import GraphCore

/// The facts of a relation that were read for a run.
struct RunInput {
  /// The columns that were kept, in ascending order.
  let columns: [Int]
  let relation: Relation
}

/// What a run keeps of the facts that it reads.
extension QuerySession {
  /// The columns of a relation that a run needs; nothing where it needs all of them.
  ///
  /// `withoutTexts` are those without the texts that only tell rows apart which an aggregate counts: they will do where
  /// no two rows are the same in them. Numbers that tell rows apart are kept, as they are read in any case and take
  /// little room.
  func keptColumns(of declaration: DeclaredRelation)
    -> (columns: [Int], withoutTexts: [Int]?)?
  {
    guard runsOnce, optimizations.contains(.columns), let lowered = program.lowered,
      facts[declaration.key] == nil,
      program.fileDirectives.count(where: {
        $0.kind == .input && $0.relation == declaration.name
      }) == 1,
      !program.fileDirectives.contains(where: {
        $0.kind != .input && $0.relation == declaration.name
      })
    else { return nil }
    let core = lowered.core
    let places = core.relations.indices.filter {
      core.relations[$0].origin == .declared(declaration.key)
    }
    guard places.count == 1, let place = places.first else {
      return places.isEmpty ? ([], nil) : nil
    }
    if core.rules.contains(where: { $0.head.index == place }) { return nil }
    let live = liveColumns ?? LiveColumns(of: core, outputs: runOutputs(core))
    liveColumns = live
    let all = declaration.attributes.indices
    let uses = all.map { live[RelationID(index: place), $0] }
    let columns = all.filter { uses[$0] != .none }
    let lean = columns.filter { uses[$0] == .read || declaration.attributes[$0].type != .symbol }
    if lean.count < columns.count, !lean.isEmpty { return (columns, lean) }
    return columns.count < all.count ? (columns, nil) : nil
  }

  /// The relations that the directives want written or counted.
  func runOutputs(_ core: CoreProgram) -> Set<RelationID> {
    Set(outputs(of: core).values)
  }

  /// The relations that the directives want written or counted, by name; those that no rule speaks of are not there.
  func outputs(of core: CoreProgram) -> [String: RelationID] {
    var outputs: [String: RelationID] = [:]
    for directive in program.fileDirectives where directive.kind != .input {
      let index = core.relations.lastIndex { !$0.isAuxiliary && $0.name == directive.relation }
      outputs[directive.relation] = index.map { RelationID(index: $0) }
    }
    return outputs
  }

  /// A program over the columns of the inputs that were kept.
  func readingInputs(_ core: CoreProgram) -> CoreProgram {
    var result = core
    var kept: [Int: [Int]] = [:]
    for (index, relation) in core.relations.enumerated() {
      if case .declared(let key) = relation.origin, let input = inputs[key] {
        kept[index] = input.columns
      }
    }
    result.keep(kept)
    return result
  }
}
