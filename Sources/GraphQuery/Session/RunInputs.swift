import GraphCore

/// What a run keeps of a relation's facts.
struct RunColumns {
  /// The columns that are kept, in ascending order.
  var columns: [Int]
  /// What is made while others are read; it stands behind the kept columns.
  var made: [ReadTexts.Made] = []
  /// The kept columns have to tell rows apart that an aggregate counts by others too.
  var mustBeDistinct = false
}

/// The facts of a relation that were read for a run.
struct RunInput {
  let kept: RunColumns
  let relation: Relation
}

/// What a run keeps of the facts that it reads.
extension QuerySession {
  /// The columns of a relation that a run needs, each way enough where the ones before it are not; all where there is none.
  ///
  /// The first way does without texts of which only something is asked or computed, or that only tell rows apart which an aggregate counts. Where
  /// `mustBeDistinct`, it will do as long as no two rows are the same in the columns that it keeps. Numbers that tell rows
  /// apart are kept, as they are read in any case and take little room.
  func keptColumns(of declaration: DeclaredRelation) -> [RunColumns] {
    guard runsOnce, optimizations.contains(.columns), let core = program.lowered?.core,
      facts[declaration.key] == nil,
      program.fileDirectives.count(where: {
        $0.kind == .input && $0.relation == declaration.name
      }) == 1,
      !program.fileDirectives.contains(where: {
        $0.kind != .input && $0.relation == declaration.name
      })
    else { return [] }
    let places = core.relations.indices.filter {
      core.relations[$0].origin == .declared(declaration.key)
    }
    guard places.count == 1, let place = places.first else {
      return places.isEmpty ? [RunColumns(columns: [])] : []
    }
    if core.rules.contains(where: { $0.head.index == place }) { return [] }
    let id = RelationID(index: place)
    let live = liveColumns ?? LiveColumns(of: core, outputs: Set(outputs(of: core).values))
    liveColumns = live
    let all = RunColumns(
      columns: declaration.attributes.indices.filter { live[id, $0] != .none })
    return [lean(all, of: id, declaration, core, live), all].compactMap { $0 }
  }

  /// The same without texts that need not be kept, if there are such.
  private func lean(
    _ all: RunColumns, of id: RelationID, _ declaration: DeclaredRelation, _ core: CoreProgram,
    _ live: LiveColumns
  ) -> RunColumns? {
    let texts = all.columns.filter { declaration.attributes[$0].type == .symbol }
    let counted = texts.filter { live[id, $0] == .counted }
    let made = texts.flatMap { column -> [ReadTexts.Made] in
      guard live[id, column] == .read,
        let made = ReadTexts.readings(of: column, of: id, in: core),
        made.allSatisfy({ reading($0.reading) != nil })
      else { return [] }
      return made
    }
    for made in made.isEmpty ? [[]] : [made, []] {
      let dropped = Set(counted + made.map(\.column))
      let columns = all.columns.filter { !dropped.contains($0) }
      let counting = ReadTexts.counting(by: dropped, of: id, besides: columns, in: core)
      if dropped.isEmpty || counting.counts && (columns.isEmpty || !counting.canBeTold) { continue }
      return RunColumns(columns: columns, made: made, mustBeDistinct: counting.counts)
    }
    return nil
  }

  /// What a column has of a text, ready to be told; nothing for a pattern that is none.
  func reading(_ reading: ReadTexts.Reading) -> TextReading? {
    let terms = termSpace()
    func bytes(_ text: UInt32) -> [UInt8] {
      terms.withBytes(text) { bytes in bytes.indices.map { bytes[$0] } }
    }
    switch reading {
    case .holds(let part): return .condition(.holds(bytes(part)))
    case .precedes(let bound, let orEqual):
      return .condition(.precedes(bytes(bound), orEqual: orEqual))
    case .matches(let text):
      return (try? Pattern(terms.text(text))).map { .condition(.matches($0)) }
    case .length: return .length
    case .part(let from, let length): return .part(from: from, length: length)
    }
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
      guard case .declared(let key) = relation.origin, let input = inputs[key]?.kept else {
        continue
      }
      let width = relation.columns.count
      kept[index] = input.columns + (width..<width + input.made.count)
      if !input.made.isEmpty { result.read(input.made, of: RelationID(index: index)) }
    }
    result.keep(kept)
    return result
  }
}
