import GraphCore

/// Replaces names wherever statements use or declare them: those of relations, types and branches by
/// other names, variables by expressions.
struct NameRewriter {
  var relation: (String) -> String = { $0 }
  var type: (String) -> String = { $0 }
  var branch: (String) -> String = { $0 }
  var variable: (Identifier) -> Expression = { .variable($0) }

  // MARK: Statements

  func rewrite(_ statement: Statement) -> Statement {
    switch statement {
    case .type(var declaration):
      declaration.name = rewrite(declaration.name, type)
      declaration.definition = rewrite(declaration.definition)
      return .type(declaration)
    case .relation(var declaration):
      declaration.names = declaration.names.map { rewrite($0, relation) }
      declaration.attributes = declaration.attributes.map { rewrite($0) }
      declaration.deltaOf = declaration.deltaOf.map { rewrite($0, relation) }
      return .relation(declaration)
    case .functor(var declaration):
      declaration.parameters = declaration.parameters.map { rewrite($0) }
      declaration.result = rewrite(declaration.result, type)
      return .functor(declaration)
    case .lattice(var declaration):
      declaration.name = rewrite(declaration.name, type)
      declaration.operators = declaration.operators.map { ($0.name, rewrite($0.value)) }
      return .lattice(declaration)
    case .clause(var clause):
      clause.heads = clause.heads.map { head in
        var head = head
        head.atom = rewrite(head.atom)
        return head
      }
      clause.body = clause.body.map { rewrite($0) }
      return .clause(clause)
    case .subsumption(var subsumption):
      subsumption.lesser = rewrite(subsumption.lesser)
      subsumption.greater = rewrite(subsumption.greater)
      subsumption.body = subsumption.body.map { rewrite($0) }
      return .subsumption(subsumption)
    case .directive(var directive):
      directive.relations = directive.relations.map { rewrite($0, relation) }
      return .directive(directive)
    case .constraint(let body, let span): return .constraint(rewrite(body), span)
    case .component, .instantiation, .overriding, .pragma, .nodeSchema, .edgeSchema, .index,
      .source, .query:
      return statement
    }
  }

  private func rewrite(_ name: Identifier, _ map: (String) -> String) -> Identifier {
    Identifier(map(name.text), name.span)
  }

  private func rewrite(_ attribute: Attribute) -> Attribute {
    var attribute = attribute
    attribute.type = rewrite(attribute.type, type)
    return attribute
  }

  private func rewrite(_ definition: TypeDeclaration.Definition) -> TypeDeclaration.Definition {
    switch definition {
    case .subtype(let base): .subtype(rewrite(base, type))
    case .union(let members): .union(members.map { rewrite($0, type) })
    case .record(let fields): .record(fields.map { rewrite($0) })
    case .variants(let branches):
      .variants(
        branches.map {
          TypeDeclaration.Branch(
            name: rewrite($0.name, branch), fields: $0.fields.map { rewrite($0) })
        })
    case .legacy: definition
    }
  }

  // MARK: Bodies

  func rewrite(_ formula: Formula) -> Formula {
    switch formula {
    case .atom(let atom): .atom(rewrite(atom))
    case .path(var path):
      {
        path.arguments = path.arguments.map { rewrite($0) }
        path.named = path.named.map { rewrite($0) }
        path.path = rewrite(path.path)
        return .path(path)
      }()
    case .comparison(var comparison):
      {
        comparison.left = rewrite(comparison.left)
        comparison.right = rewrite(comparison.right)
        return .comparison(comparison)
      }()
    case .textTest(var test):
      {
        test.first = rewrite(test.first)
        test.second = rewrite(test.second)
        return .textTest(test)
      }()
    case .boolean: formula
    case .negation(let inner, let span): .negation(rewrite(inner), span)
    case .conjunction(let parts): .conjunction(parts.map { rewrite($0) })
    case .disjunction(let parts): .disjunction(parts.map { rewrite($0) })
    }
  }

  func rewrite(_ atom: Atom) -> Atom {
    var atom = atom
    atom.name = rewrite(atom.name, relation)
    atom.arguments = atom.arguments.map { rewrite($0) }
    atom.named = atom.named.map { rewrite($0) }
    atom.parameters = atom.parameters.map { rewrite($0) }
    return atom
  }

  private func rewrite(_ argument: Atom.NamedArgument) -> Atom.NamedArgument {
    Atom.NamedArgument(name: argument.name, value: rewrite(argument.value))
  }

  private func rewrite(_ path: PathExpression) -> PathExpression {
    switch path {
    case .step(let name): .step(rewrite(name, relation))
    case .inverse(let inner, let span): .inverse(rewrite(inner), span)
    case .alternative(let parts): .alternative(parts.map { rewrite($0) })
    case .repetition(let inner, let least, let most, let span):
      .repetition(rewrite(inner), least: least, most: most, span)
    }
  }

  // MARK: Expressions

  func rewrite(_ expression: Expression) -> Expression {
    switch expression {
    case .variable(let name): return variable(name)
    case .wildcard, .text, .integer, .float, .boolean, .null, .counter, .iteration, .parameter:
      return expression
    case .record(let elements, let span): return .record(elements.map { rewrite($0) }, span)
    case .branch(let name, let arguments, let span):
      return .branch(rewrite(name, branch), arguments.map { rewrite($0) }, span)
    case .unary(let operation, let operand, let span):
      return .unary(operation, rewrite(operand), span)
    case .binary(let operation, let left, let right, let span):
      return .binary(operation, rewrite(left), rewrite(right), span)
    case .call(let name, let arguments, let span):
      return .call(name, arguments.map { rewrite($0) }, span)
    case .userFunctor(let name, let arguments, let span):
      return .userFunctor(name, arguments.map { rewrite($0) }, span)
    case .cast(let value, let target, let span):
      return .cast(rewrite(value), rewrite(target, type), span)
    case .aggregate(var aggregate):
      aggregate.target = aggregate.target.map { rewrite($0) }
      aggregate.body = rewrite(aggregate.body)
      return .aggregate(aggregate)
    }
  }
}
