import GraphCore

/// How far the components that a component inherits from are away, found for each once.
///
/// Bases that are type parameters stand for nothing yet and are left out.
struct ComponentAncestry {
  /// How many components stand above each in the longest line.
  private var heights: [SourceSpan: Int] = [:]
  /// Those that inherit from themselves.
  private var cyclic: Set<SourceSpan> = []

  private struct Frame {
    let component: ComponentDeclaration
    let home: ComponentExpander.Scope
    var nextBase = 0
    var height = 0
  }

  /// Whether a component inherits from itself or through too many others.
  func isRefused(_ component: ComponentDeclaration) -> Bool {
    cyclic.contains(component.span)
      || heights[component.span].map { $0 > ComponentExpander.deepest } ?? false
  }

  /// Looks at a component and those above it that were not looked at before, and reports circles and lines
  /// that are too long, each once. O(inheritances) over all calls: a depth-first search without recursion.
  mutating func measure(
    _ component: ComponentDeclaration, home: ComponentExpander.Scope
  ) -> [Diagnostic] {
    guard heights[component.span] == nil else { return [] }
    var diagnostics: [Diagnostic] = []
    var path = [Frame(component: component, home: home)]
    var places = [component.span: 0]
    while let frame = path.last {
      if frame.nextBase < frame.component.bases.count {
        path[path.count - 1].nextBase += 1
        let name = frame.component.bases[frame.nextBase].name.text
        guard let (base, home) = frame.home.lookup(name) else { continue }
        if let place = places[base.span] {
          diagnostics.append(report(cycle: path[place...].map(\.component)))
        } else if let height = heights[base.span] {
          path[path.count - 1].height = max(frame.height, height + 1)
        } else {
          places[base.span] = path.count
          path.append(Frame(component: base, home: home))
        }
        continue
      }
      path.removeLast()
      places[frame.component.span] = nil
      // How long a circle is says nothing.
      let height = cyclic.contains(frame.component.span) ? 0 : frame.height
      heights[frame.component.span] = height
      // What inherits from one that is too far up is the same mistake.
      if height == ComponentExpander.deepest + 1 {
        diagnostics.append(.deepInheritance(frame.component))
      }
      if let below = path.last {
        path[path.count - 1].height = max(below.height, height + 1)
      }
    }
    return diagnostics
  }

  private mutating func report(cycle: [ComponentDeclaration]) -> Diagnostic {
    cyclic.formUnion(cycle.map(\.span))
    return .inheritanceCycle(cycle)
  }
}

extension Diagnostic {
  static func inheritanceCycle(_ cycle: [ComponentDeclaration]) -> Diagnostic {
    var names = (cycle + [cycle[0]]).map(\.type.name.text)
    if names.count > 12 { names.replaceSubrange(6..<names.count - 2, with: ["…"]) }
    return Diagnostic(
      .invalidComponent, "the component `\(names[0])` inherits from itself",
      at: cycle[0].type.name.span, notes: ["the cycle is \(names.joined(separator: " → "))"])
  }

  static func deepInheritance(_ component: ComponentDeclaration) -> Diagnostic {
    Diagnostic(
      .nestingTooDeep,
      "`\(component.type.name.text)` inherits through more than \(ComponentExpander.deepest) "
        + "components", at: component.type.name.span)
  }
}
