import GraphCore

/// Names whose declaration was reported, so that uses of them are no further mistakes.
package struct BrokenNames: Sendable {
  var instances: Set<String> = []
  var relations: Set<String> = []

  /// Whether a name is one of a broken relation, of a broken instance or of one inside it.
  func hold(_ name: String) -> Bool {
    if relations.contains(name) { return true }
    guard !instances.isEmpty else { return false }
    return name.split(separator: ".").dropLast().contains { instances.contains(String($0)) }
  }
}

/// Replaces `.init` by the declarations and rules of the component it names.
///
/// A name inside a component is looked for in the instance, then in the instance around it, and so
/// on outwards; what no instance declares is a name of the program. That is why expansion goes from
/// the inside out: the content of an instance is complete, with all names relative to it, before the
/// names it declares get the instance's own name in front.
struct ComponentExpander {
  private(set) var diagnostics: [Diagnostic] = []
  /// The components of the program, kept for later texts.
  private(set) var components: [String: ComponentDeclaration]
  /// Instances of which nothing is known, because their component is wrong.
  private(set) var broken = BrokenNames()
  private var instances: [Instance] = []
  /// What components inherit from, as far as it was looked at.
  private var ancestry = ComponentAncestry()

  /// How deep instances may stand inside each other, and components inherit.
  static let deepest = 100

  init(components: [String: ComponentDeclaration]) { self.components = components }

  /// Where the components that a name may mean are found: nested ones first, then those around.
  final class Scope {
    var components: [String: (declaration: ComponentDeclaration, scope: Scope)] = [:]
    let parent: Scope?
    /// What the type parameters stand for.
    var bindings: [String: String]

    init(parent: Scope?, bindings: [String: String] = [:]) {
      self.parent = parent
      self.bindings = bindings
    }

    func lookup(_ name: String) -> (declaration: ComponentDeclaration, scope: Scope)? {
      components[name] ?? parent?.lookup(name)
    }

    /// The name that a type parameter stands for, else the name itself.
    func bound(_ name: String) -> String { bindings[name] ?? parent?.bound(name) ?? name }
  }

  private struct Instance: Hashable {
    var component: SourceSpan
    var arguments: [String]
  }

  /// The statements without components.
  mutating func expand(_ statements: [Statement]) -> [Statement] {
    for statement in statements {
      guard case .component(let component) = statement else { continue }
      let name = component.type.name
      if let earlier = components[name.text] {
        diagnostics.append(
          Diagnostic(
            .duplicateDeclaration, "the component `\(name.text)` is declared twice", at: name.span,
            labels: [.init(span: earlier.type.name.span, text: "declared here first")]))
        continue
      }
      components[name.text] = component
    }
    let scope = Scope(parent: nil)
    for (name, component) in components { scope.components[name] = (component, scope) }
    check(statements, in: scope)
    guard diagnostics.isEmpty else {
      for case .instantiation(let instance) in statements {
        broken.instances.insert(instance.name.text)
      }
      return statements.filter {
        switch $0 {
        case .component, .instantiation: false
        default: true
        }
      }
    }
    var result: [Statement] = []
    for statement in statements {
      switch statement {
      case .component: continue
      case .instantiation(let instantiation): result += instantiate(instantiation, in: scope)
      default: result.append(statement)
      }
    }
    return result
  }

  // MARK: Instances

  private mutating func instantiate(_ instantiation: Instantiation, in scope: Scope) -> [Statement]
  {
    let name = scope.bound(instantiation.type.name.text)
    guard let (component, home) = scope.lookup(name) else {
      diagnostics.append(
        unknown(Identifier(name, instantiation.type.name.span), in: scope))
      broken.instances.insert(instantiation.name.text)
      return []
    }
    let arguments = instantiation.type.arguments.map { scope.bound($0.text) }
    guard checkCount(arguments.count, of: component, at: instantiation.type.name.span) else {
      broken.instances.insert(instantiation.name.text)
      return []
    }
    let instance = Instance(component: component.span, arguments: arguments)
    let isEndless = instances.contains(instance)
    guard !isEndless, instances.count < Self.deepest else {
      diagnostics.append(
        isEndless
          ? Diagnostic(
            .invalidComponent,
            "the component `\(name)` contains an instance of itself, without end",
            at: instantiation.span)
          : Diagnostic(
            .nestingTooDeep,
            "instances stand inside each other more than \(Self.deepest) levels deep",
            at: instantiation.span, help: "instantiate the inner components beside each other"))
      broken.instances.insert(instantiation.name.text)
      return []
    }
    instances.append(instance)
    defer { instances.removeLast() }
    var inherited: [Inherited: Bool] = [:]
    let content = content(
      of: component, arguments, home: home, overridden: [], &inherited)
    return prefixed(content, by: instantiation.name.text)
  }

  /// A component as one instance inherits it.
  private struct Inherited: Hashable {
    var component: SourceSpan
    var arguments: [String]
    var overridden: Set<String>
  }

  /// What an instance holds, with names relative to it. What it inherits over several ways it holds once,
  /// but for the declarations, which are reported as double. `inherited` says what was met, and of that
  /// what is complete.
  private mutating func content(
    of component: ComponentDeclaration, _ arguments: [String], home: Scope,
    overridden: Set<String>, _ inherited: inout [Inherited: Bool]
  ) -> [Statement] {
    let key = Inherited(
      component: component.span, arguments: arguments, overridden: overridden)
    if let isComplete = inherited[key] {
      if isComplete {
        return component.body.filter { if case .relation = $0 { true } else { false } }
      }
      // Only through its parameters; otherwise it was reported before.
      diagnostics.append(.inheritanceCycle([component]))
      return []
    }
    inherited[key] = false
    defer { inherited[key] = true }
    let scope = Scope(parent: home)
    for (parameter, argument) in zip(component.type.arguments, arguments) {
      scope.bindings[parameter.text] = argument
    }
    var own: Set<String> = []
    for case .overriding(let names, _) in component.body { own.formUnion(names.map(\.text)) }
    var result: [Statement] = []
    for base in component.bases {
      let name = scope.bound(base.name.text)
      guard let (declaration, baseHome) = home.lookup(name) else {
        diagnostics.append(unknown(Identifier(name, base.name.span), in: scope))
        continue
      }
      let arguments = base.arguments.map { scope.bound($0.text) }
      guard checkCount(arguments.count, of: declaration, at: base.name.span) else { continue }
      inherit(declaration, home: baseHome, arguments, into: scope)
      result += content(
        of: declaration, arguments, home: baseHome, overridden: overridden.union(own),
        &inherited)
    }
    for case .component(let nested) in component.body {
      scope.components[nested.type.name.text] = (nested, scope)
    }
    let rewriter = NameRewriter(
      relation: { $0 }, type: { scope.bound($0) }, branch: { $0 })
    for statement in component.body {
      switch statement {
      case .component, .overriding: continue
      case .instantiation(let instantiation): result += instantiate(instantiation, in: scope)
      case .clause(var clause):
        clause.heads.removeAll { overridden.contains($0.atom.name.text) }
        if clause.heads.isEmpty { continue }
        result.append(rewriter.rewrite(.clause(clause)))
      default: result.append(rewriter.rewrite(statement))
      }
    }
    return result
  }

  /// Makes the components nested in a base known in what inherits from it.
  private func inherit(
    _ base: ComponentDeclaration, home: Scope, _ arguments: [String], into scope: Scope
  ) {
    var seen: Set<Instance> = []
    inherit(base, home: home, arguments, into: scope, &seen)
  }

  private func inherit(
    _ base: ComponentDeclaration, home: Scope, _ arguments: [String], into scope: Scope,
    _ seen: inout Set<Instance>
  ) {
    guard seen.insert(Instance(component: base.span, arguments: arguments)).inserted else { return }
    let baseScope = Scope(parent: home)
    for (parameter, argument) in zip(base.type.arguments, arguments) {
      baseScope.bindings[parameter.text] = argument
    }
    for grandparent in base.bases {
      if let (declaration, place) = home.lookup(baseScope.bound(grandparent.name.text)) {
        inherit(
          declaration, home: place, grandparent.arguments.map { baseScope.bound($0.text) },
          into: scope, &seen)
      }
    }
    for case .component(let nested) in base.body {
      baseScope.components[nested.type.name.text] = (nested, baseScope)
      scope.components[nested.type.name.text] = (nested, baseScope)
    }
  }

  /// Puts the instance's name before every name that its content declares.
  private func prefixed(_ content: [Statement], by name: String) -> [Statement] {
    var relations: Set<String> = []
    var types: Set<String> = []
    var branches: Set<String> = []
    for statement in content {
      switch statement {
      case .relation(let declaration): relations.formUnion(declaration.names.map(\.text))
      case .type(let declaration):
        types.insert(declaration.name.text)
        if case .variants(let list) = declaration.definition {
          branches.formUnion(list.map(\.name.text))
        }
      case .functor, .lattice, .clause, .subsumption, .directive, .component, .instantiation,
        .overriding, .pragma, .nodeSchema, .edgeSchema, .index, .source, .constraint, .query:
        break
      }
    }
    func prefixing(_ names: Set<String>) -> (String) -> String {
      { names.contains($0) ? "\(name).\($0)" : $0 }
    }
    let rewriter = NameRewriter(
      relation: prefixing(relations), type: prefixing(types), branch: prefixing(branches))
    return content.map { rewriter.rewrite($0) }
  }

  // MARK: Checks

  /// Looks at all components, used or not.
  private mutating func check(_ statements: [Statement], in scope: Scope) {
    for statement in statements {
      switch statement {
      case .component(let component): check(component, in: scope)
      case .instantiation(let instantiation): check(instantiation.type, in: scope)
      default: break
      }
    }
  }

  private mutating func check(_ component: ComponentDeclaration, in home: Scope) {
    var inherited: Set<String> = []
    var overridable: Set<String> = []
    diagnostics += ancestry.measure(component, home: home)
    guard !ancestry.isRefused(component) else { return }
    let scope = Scope(parent: home)
    for parameter in component.type.arguments {
      // A parameter may stand for any component, so that nothing is known of it yet.
      scope.bindings[parameter.text] = parameter.text
    }
    for base in component.bases {
      check(base, in: scope)
      guard let (declaration, place) = home.lookup(base.name.text) else { continue }
      collect(declaration, home: place, &inherited, &overridable)
      inherit(
        declaration, home: place, base.arguments.map(\.text), into: scope)
    }
    for case .component(let nested) in component.body {
      scope.components[nested.type.name.text] = (nested, scope)
    }
    for case .overriding(let names, _) in component.body {
      for name in names where !overridable.contains(name.text) {
        let isInherited = inherited.contains(name.text)
        // A base that is a parameter may declare anything.
        let hasOpenBase = component.bases.contains { base in
          component.type.arguments.contains { $0.text == base.name.text }
        }
        if hasOpenBase && !isInherited { continue }
        diagnostics.append(
          Diagnostic(
            .invalidComponent,
            isInherited
              ? "`\(name.text)` cannot be overridden"
              : "`\(name.text)` is not inherited, so there is nothing to override",
            at: name.span,
            help: isInherited
              ? "declare it as `overridable` in the component that it comes from" : nil))
      }
    }
    check(component.body, in: scope)
  }

  private mutating func check(_ type: ComponentType, in scope: Scope) {
    if scope.bindings[type.name.text] != nil || isParameter(type.name.text, scope) { return }
    guard let (declaration, _) = scope.lookup(type.name.text) else {
      diagnostics.append(unknown(type.name, in: scope))
      return
    }
    _ = checkCount(type.arguments.count, of: declaration, at: type.name.span)
  }

  private func isParameter(_ name: String, _ scope: Scope) -> Bool {
    var current: Scope? = scope
    while let here = current {
      if here.bindings[name] != nil { return true }
      current = here.parent
    }
    return false
  }

  /// Adds the relations that a component and those above it declare. Components may inherit in circles,
  /// which is reported elsewhere.
  private func collect(
    _ component: ComponentDeclaration, home: Scope, _ declared: inout Set<String>,
    _ overridable: inout Set<String>
  ) {
    var seen: Set<SourceSpan> = [component.span]
    var waiting = [(component, home)]
    while let (component, home) = waiting.popLast() {
      for base in component.bases {
        guard let (declaration, place) = home.lookup(base.name.text),
          seen.insert(declaration.span).inserted
        else { continue }
        waiting.append((declaration, place))
      }
      for case .relation(let declaration) in component.body {
        declared.formUnion(declaration.names.map(\.text))
        if declaration.qualifiers.contains(where: { $0.text == "overridable" }) {
          overridable.formUnion(declaration.names.map(\.text))
        }
      }
    }
  }

  private mutating func checkCount(
    _ count: Int, of component: ComponentDeclaration, at span: SourceSpan
  )
    -> Bool
  {
    let expected = component.type.arguments.count
    if count == expected { return true }
    diagnostics.append(
      .wrongArity(
        "the component `\(component.type.name.text)`", expected, "type parameter", found: count,
        at: span, declaration: component.type.name.span))
    return false
  }

  private func unknown(_ name: Identifier, in scope: Scope) -> Diagnostic {
    var known: Set<String> = []
    var current: Scope? = scope
    while let here = current {
      known.formUnion(here.components.keys)
      current = here.parent
    }
    let nearest = NameSuggestions.best(for: name.text, among: known, after: diagnostics.count)
    return Diagnostic(
      .unknownComponent, "unknown component `\(name.text)`", at: name.span,
      help: nearest.map { "did you mean `\($0)`?" }
        ?? "declare it with `.comp \(name.text) {}`"
    )
  }
}
