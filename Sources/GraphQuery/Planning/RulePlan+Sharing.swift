extension RulePlan {
  /// The scan, of all rows or for constants, that several workers can take turns at: the first step that brings
  /// rows. Nothing
  /// where the rule begins otherwise, or does what only one thread may: make texts and records, warn, count.
  ///
  /// - Parameter readsTexts: whether several threads may read texts at a time
  func sharedScan(readsTexts: Bool) -> Int? {
    guard
      let first = steps.firstIndex(where: { step in
        switch step {
        case .join, .extend, .range: true
        default: false
        }
      }), case .join(let join) = steps[first], join.keySources.allSatisfy(\.isConstant)
    else { return nil }
    return steps.allSatisfy { Self.isShareable($0, readsTexts: readsTexts) } ? first : nil
  }

  /// Scans behind the first one whose rows do not depend on what comes before them: each row of the first meets
  /// all of theirs.
  func scans(behind first: Int) -> [Int] {
    guard witness == nil, Self.isPlainScan(steps[first]) else { return [] }
    var result: [Int] = []
    for index in steps.indices.dropFirst(first + 1) where steps[index].expands {
      guard Self.isPlainScan(steps[index]) else { break }
      result.append(index)
    }
    return result
  }

  private static func isPlainScan(_ step: Step) -> Bool {
    guard case .join(let join) = step else { return false }
    return join.keyColumns.isEmpty && join.within == nil && join.groupedBy == nil
      && join.distinctBy == nil
  }

  /// The column of the head whose rows come in groups by it: a first scan goes through its relation by groups, and
  /// all other steps keep the order of the rows they are given.
  var groupedColumn: Int? {
    guard output.count > 1, case .join(let join)? = steps.first, let column = join.groupedBy,
      let scanned = join.outputs.first(where: { $0.column == column })?.register
    else { return nil }
    return output.firstIndex {
      if case .register(scanned) = $0 { true } else { false }
    }
  }

  /// The relation of whose rows each gives one of the head, if it has values: the plan scans it, and only computes from
  /// there.
  var copiedRelation: Int? {
    guard case .join(let join)? = steps.first, join.keyColumns.isEmpty, join.within == nil,
      join.distinctBy == nil, case .all = join.range
    else { return nil }
    let isCopy = steps.dropFirst().allSatisfy { step in
      switch step {
      case .lookup, .compute, .copy: true
      case .join, .extend, .range, .unlessDerived, .existence, .summarize, .compare, .test, .never:
        false
      }
    }
    return isCopy ? join.relation : nil
  }

  /// The column of a relation that all values of a source come from; nothing where they are computed.
  func origin(of source: Source) -> (relation: Int, column: Int)? {
    guard case .register(let register) = source else { return nil }
    for step in steps {
      switch step {
      case .join(let join):
        if let output = join.outputs.first(where: { $0.register == register }) {
          return (join.relation, output.column)
        }
      case .extend(let extended) where extended.register == register:
        return extended.neighbours.first.map { ($0.relation, 1 - $0.nearColumn) }
      case .copy(let from, register): return origin(of: from)
      case .extend, .unlessDerived, .existence, .lookup, .summarize, .compute, .copy, .compare,
        .test, .range, .never:
        break
      }
    }
    return nil
  }

  private static func isShareable(_ step: Step, readsTexts: Bool) -> Bool {
    switch step {
    case .join, .extend, .unlessDerived, .existence, .lookup, .summarize, .copy, .range, .never:
      return true
    case .compare(let relation, let type, _, _):
      // Texts are compared where they are kept, which may have to be read first.
      switch type {
      case .symbol: return readsTexts || relation == .equal || relation == .notEqual
      case .record: return relation == .equal || relation == .notEqual
      case .number, .unsigned, .float, .boolean: return true
      }
    case .test(let kind, let first, _, _, _):
      // What is no pattern is warned of: the same one by all is told once.
      return readsTexts && (kind == .contains || first.isConstant)
    case .compute(let computation) where computation.functor == .length: return readsTexts
    case .compute(let computation):
      switch computation.type {
      case .symbol, .record: return false
      case .number, .unsigned, .float, .boolean: break
      }
      switch computation.functor {
      case .add, .subtract, .multiply, .divide, .remainder, .power, .negate, .absolute, .least,
        .greatest, .bitwiseNot, .bitwiseAnd, .bitwiseOr, .bitwiseXor, .shiftLeft, .shiftRight,
        .shiftRightUnsigned, .logicalNot, .logicalAnd, .logicalOr, .logicalXor:
        return true
      case .concatenate, .length, .substring, .ordinal, .toNumber, .toUnsigned, .toFloat, .toText,
        .pack, .field, .reinterpret, .counter, .iteration:
        return false
      }
    }
  }
}
