extension ASTPrinter {
  // MARK: Bodies

  mutating func formula(_ formula: Formula) {
    switch formula {
    case .disjunction(let parts):
      list(parts, separator: "; ") { printer, part in
        if case .disjunction = part { printer.wrapped(part) } else { printer.formula(part) }
      }
    case .conjunction(let parts):
      list(parts) { printer, part in
        switch part {
        case .disjunction, .conjunction: printer.wrapped(part)
        case .atom, .path, .comparison, .textTest, .boolean, .negation: printer.formula(part)
        }
      }
    case .negation(let inner, _):
      output += "!"
      switch inner {
      case .disjunction, .conjunction: wrapped(inner)
      case .atom, .path, .comparison, .textTest, .boolean, .negation: self.formula(inner)
      }
    case .atom(let atom): self.atom(atom)
    case .path(let path):
      // `p+(x)` would be a sum.
      self.path(
        path.path, isOperand: true, inFull: path.arguments.count + path.named.count < 2)
      arguments(path.arguments, path.named)
    case .comparison(let comparison):
      expression(comparison.left)
      output += " \(comparison.relation.rawValue) "
      expression(comparison.right)
    case .textTest(let test):
      output += test.kind.rawValue
      arguments([test.first, test.second], [])
    case .boolean(let value, _): output += value ? "true" : "false"
    }
  }

  private mutating func wrapped(_ formula: Formula) {
    output += "("
    self.formula(formula)
    output += ")"
  }

  mutating func atom(_ atom: Atom) {
    name(atom.name)
    if !atom.parameters.isEmpty {
      output += "["
      list(atom.parameters) { $0.path($1, isOperand: false) }
      output += "]"
    }
    arguments(atom.arguments, atom.named)
  }

  private mutating func arguments(_ positional: [Expression], _ named: [Atom.NamedArgument]) {
    output += "("
    list(positional) { $0.expression($1) }
    if !positional.isEmpty, !named.isEmpty { output += ", " }
    list(named) { $0.namedArgument($1) }
    output += ")"
  }

  mutating func namedArgument(_ argument: Atom.NamedArgument) {
    declaredName(argument.name)
    output += ": "
    expression(argument.value)
  }

  /// As an operand, alternatives stand in parentheses. So does a step that nothing marks as a
  /// path, which would be an atom. `inFull` writes `{1,}` for `+`, and `{0,}` for `*`.
  mutating func path(_ path: PathExpression, isOperand: Bool, inFull: Bool = false) {
    switch path {
    case .step(let name):
      if isOperand { output += "(" }
      self.name(name)
      if isOperand { output += ")" }
    case .inverse(let inner, _):
      output += "^"
      pathOperand(inner)
    case .alternative(let parts):
      if isOperand { output += "(" }
      list(parts, separator: "|") { printer, part in
        if case .alternative = part {
          printer.path(part, isOperand: true)
        } else {
          printer.path(part, isOperand: false)
        }
      }
      if isOperand { output += ")" }
    case .repetition(let inner, let least, let most, _):
      if case .inverse = inner {
        output += "("
        self.path(inner, isOperand: false)
        output += ")"
      } else if case .repetition = inner {
        output += "("
        self.path(inner, isOperand: false)
        output += ")"
      } else if (least, most) == (0, 1), case .step = inner {
        // A name would swallow the question mark.
        self.path(inner, isOperand: true)
      } else {
        pathOperand(inner)
      }
      output += inFull && most == nil ? "{\(least),}" : Self.repetition(least, most)
    }
  }

  private mutating func pathOperand(_ path: PathExpression) {
    if case .step(let name) = path {
      self.name(name)
    } else {
      self.path(path, isOperand: true)
    }
  }

  private static func repetition(_ least: Int, _ most: Int?) -> String {
    switch (least, most) {
    case (1, nil): "+"
    case (0, nil): "*"
    case (0, 1): "?"
    case (let least, nil): "{\(least),}"
    case (let least, let most?): least == most ? "{\(least)}" : "{\(least),\(most)}"
    }
  }

  // MARK: Expressions

  /// How tightly an expression's outermost operator binds, as in `Parser.binaryOperator`.
  private static func precedence(_ expression: Expression) -> Int {
    switch expression {
    case .binary(let binary, _, _, _): precedence(binary)
    case .unary: Parser.unaryPrecedence
    // A negative number is a unary minus to the parser.
    case .integer(let bits, isUnsigned: false, _) where bits >> 63 == 1: Parser.unaryPrecedence
    case .float(let value, _) where value.sign == .minus: Parser.unaryPrecedence
    // A body without braces would go on, and a target reaches to the colon.
    case .aggregate, .variable, .wildcard, .text, .integer, .float, .boolean, .null, .record,
      .branch, .parameter, .counter, .iteration, .call, .userFunctor, .cast:
      12
    }
  }

  private static func precedence(_ binary: BinaryOperator) -> Int {
    switch binary {
    case .logicalOr: 1
    case .logicalXor: 2
    case .logicalAnd: 3
    case .bitwiseOr: 4
    case .bitwiseXor: 5
    case .bitwiseAnd: 6
    case .shiftLeft, .shiftRight, .shiftRightUnsigned: 7
    case .add, .subtract: 8
    case .multiply, .divide, .remainder: 9
    case .power: 11
    }
  }

  mutating func expression(_ expression: Expression, above minimum: Int = 0) {
    guard Self.precedence(expression) >= minimum else {
      output += "("
      self.expression(expression)
      output += ")"
      return
    }
    switch expression {
    case .variable(let name): declaredName(name)
    case .wildcard: output += "_"
    case .text(let text, _): output += Self.quotedText(text)
    case .integer(let bits, let isUnsigned, _):
      output += isUnsigned ? "\(bits)u" : "\(Int64(bitPattern: bits))"
    case .float(let value, _):
      // No literal spells an infinity or a NaN.
      output += value.isFinite ? "\(value)" : "to_float(\"\(value)\")"
    case .boolean(let value, _): output += value ? "true" : "false"
    case .null: output += "nil"
    case .record(let elements, _):
      output += "["
      list(elements) { $0.expression($1) }
      output += "]"
    case .branch(let name, let elements, _):
      output += "$"
      self.name(name)
      arguments(elements, [])
    case .parameter(let name):
      output += "$"
      self.name(name)
    case .counter: output += "autoinc()"
    case .iteration: output += "recursive_iteration_cnt()"
    case .unary(let unary, let value, _): self.unary(unary, value)
    case .binary(let binary, let left, let right, _):
      let precedence = Self.precedence(binary)
      let isRight = binary == .power
      self.expression(left, above: isRight ? precedence + 1 : precedence)
      output += " \(binary.rawValue) "
      // A unary operator may stand to the right of anything: it cannot be read otherwise.
      if isRight, Self.precedence(right) == Parser.unaryPrecedence {
        self.expression(right)
      } else {
        self.expression(right, above: isRight ? precedence : precedence + 1)
      }
    case .call(let name, let elements, _):
      // Functions have the names of keywords, which quoting would hide.
      output += name.text
      arguments(elements, [])
    case .userFunctor(let name, let elements, _):
      output += "@"
      self.name(name)
      arguments(elements, [])
    case .cast(let value, let type, _):
      output += "as("
      self.expression(value)
      output += ", "
      name(type)
      output += ")"
    case .aggregate(let aggregate):
      output += aggregate.function.rawValue
      if let target = aggregate.target {
        output += " "
        self.expression(target)
      }
      output += " : { "
      formula(aggregate.body)
      output += " }"
    }
  }

  private mutating func unary(_ unary: UnaryOperator, _ value: Expression) {
    output += unary == .minus ? "-" : unary.rawValue + " "
    var isNumber = false
    if unary == .minus {
      switch value {
      // `-5` is a number, not a minus before one.
      case .integer, .float: isNumber = true
      default: break
      }
    }
    if isNumber, Self.precedence(value) == Parser.unaryPrecedence {
      output += "("
      expression(value)
      output += ")"
    } else {
      expression(value, above: Parser.unaryPrecedence)
    }
  }
}
