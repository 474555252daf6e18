/// What of a pattern is plain text.
extension PatternNode {
  /// The same where nothing is said at the outer ends but that they are the ends of the text: whole texts are
  /// matched, so that they are.
  var withoutOuterAnchors: PatternNode {
    switch self {
    case .start, .end: return .empty
    case .alternatives(let parts): return .alternatives(parts.map(\.withoutOuterAnchors))
    case .sequence(var parts):
      while case .start? = parts.first { parts.removeFirst() }
      while case .end? = parts.last { parts.removeLast() }
      return .sequence(parts)
    case .empty, .set, .repetition, .wordBoundary, .noWordBoundary: return self
    }
  }

  /// Whether anything but line ends may follow what comes before.
  var endsWithAnything: Bool {
    switch self {
    case .repetition(.set(ScalarSet.lineEnds.inverted), least: _, most: nil): true
    case .sequence(let parts): parts.last?.endsWithAnything ?? false
    case .empty, .set, .alternatives, .repetition, .start, .end, .wordBoundary, .noWordBoundary:
      false
    }
  }

  /// Texts of which each occurs in every text that matches, from what stands in the pattern one after
  /// the other.
  var requiredTexts: [String] {
    var texts: [String] = []
    var run = String.UnicodeScalarView()
    func end() {
      if !run.isEmpty { texts.append(String(run)) }
      run = String.UnicodeScalarView()
    }
    func walk(_ node: PatternNode) {
      switch node {
      case .empty: break
      case .sequence(let parts): for part in parts { walk(part) }
      case .set(let set):
        if let scalar = set.onlyScalar { run.append(scalar) } else { end() }
      case .alternatives, .repetition, .start, .end, .wordBoundary, .noWordBoundary: end()
      }
    }
    walk(self)
    end()
    return texts
  }
}

extension ScalarSet {
  /// The scalar of a set that has one.
  fileprivate var onlyScalar: Unicode.Scalar? {
    guard ranges.count == 1, ranges[0].lowerBound == ranges[0].upperBound else { return nil }
    return Unicode.Scalar(ranges[0].lowerBound)
  }
}
