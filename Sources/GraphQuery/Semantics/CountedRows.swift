import GraphCore

/// What tells the rows of a body apart that an aggregate goes over.
extension Lowering {
  /// Which rows beside alternatives are told apart by more than the names that are written.
  enum RowNaming {
    /// None: what is asked for is a set.
    case none
    /// All but those of declared relations, as in an aggregate's body.
    case graph
    /// Those as well, as in the body of a rule whose head counts.
    case all
  }

  /// A body whose atoms say all that their rows are told apart by, with names for it where alternatives stand beside
  /// them: it is the same in each of these.
  func namingRows(_ body: Formula, _ naming: RowNaming, unit: Int) -> Formula {
    if naming == .none { return body }
    let parts = sayingAll(body, unit: unit).conjuncts
    guard parts.count > 1, parts.contains(where: \.isDisjunction) else {
      return parts.count == 1 ? parts[0] : .conjunction(parts)
    }
    var count = 0
    func name(_ span: SourceSpan) -> Expression {
      count += 1
      return .variable(Identifier("_\(AggregateScoping.mark)any\(count)", span))
    }
    func named(_ value: Expression) -> Expression {
      if case .wildcard(let span) = value { name(span) } else { value }
    }
    return .conjunction(
      parts.map { part in
        switch part {
        case .atom(var atom):
          let resolved = environment.resolve(atom, unit: unit)
          switch resolved {
          case .declared, nil: guard naming == .all else { return part }
          case .defined, .label, .edgeType, .builtin: break
          }
          atom.arguments = atom.arguments.map(named)
          for index in atom.named.indices {
            atom.named[index].value = named(atom.named[index].value)
          }
          if case .edgeType = resolved, !atom.named.isEmpty, !atom.names("id") {
            atom.named.append(
              Atom.NamedArgument(name: Identifier("id", atom.span), value: name(atom.span)))
          }
          return .atom(atom)
        case .path(var path):
          path.arguments = path.arguments.map(named)
          return .path(path)
        case .comparison, .textTest, .boolean, .negation, .conjunction, .disjunction: return part
        }
      })
  }

  /// The same with all arguments of declared relations in their places, and both parts of a citation where one is
  /// named.
  private func sayingAll(_ formula: Formula, unit: Int) -> Formula {
    switch formula {
    case .atom(let atom) where !atom.named.isEmpty:
      switch environment.resolve(atom, unit: unit) {
      case .declared(let declaration)?: return .atom(atom.inOrder(of: declaration))
      case .label?, .edgeType?, .builtin?: return .atom(atom.withWholeCitation)
      case .defined?, nil: return formula
      }
    case .conjunction(let parts): return .conjunction(parts.map { sayingAll($0, unit: unit) })
    case .disjunction(let parts): return .disjunction(parts.map { sayingAll($0, unit: unit) })
    case .atom, .path, .comparison, .textTest, .boolean, .negation: return formula
    }
  }
}

extension Formula {
  var isDisjunction: Bool { if case .disjunction = self { true } else { false } }
}

extension Atom {
  fileprivate func names(_ name: String) -> Bool { named.contains { $0.name.text == name } }

  /// `d(b: x)` as `d(_, x, _)`; what does not fit is left as it is, to be reported.
  fileprivate func inOrder(of declaration: DeclaredRelation) -> Atom {
    var places: [Expression?] = Array(repeating: nil, count: declaration.attributes.count)
    guard arguments.isEmpty else { return self }
    for argument in named {
      let place = declaration.attributes.firstIndex { $0.name == argument.name.text }
      guard let place, places[place] == nil else { return self }
      places[place] = argument.value
    }
    var atom = self
    atom.named = []
    atom.arguments = places.map { $0 ?? .wildcard(span) }
    return atom
  }

  /// With `lines` beside `source`, and the other way round: a citation is both.
  fileprivate var withWholeCitation: Atom {
    let parts = ["source", "lines"]
    guard let known = parts.first(where: names), let other = parts.first(where: { !names($0) })
    else { return self }
    var atom = self
    let span = named.first { $0.name.text == known }?.name.span ?? span
    atom.named.append(
      Atom.NamedArgument(name: Identifier(other, span), value: .wildcard(span)))
    return atom
  }
}
