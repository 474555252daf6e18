extension Graph {
  /// The nodes whose names hold a part, in the order of their numbers.
  ///
  /// ```swift
  /// graph.nodes(containing: "经济开发区").map(\.name)
  /// ```
  ///
  /// - Complexity: O(names that share the rarest pair of characters with the part) where texts are
  ///   indexed, and the part has two characters, three in ASCII; otherwise
  ///   O(bytes of all texts).
  ///
  /// - Parameter limit: how many nodes are enough.
  public func nodes(containing part: String, limit: Int = .max) -> [GraphNode] {
    guard limit > 0 else { return [] }
    var result: [GraphNode] = []
    forEachTerm(containing: part) { term in
      if let node = node(id: TermID(raw: term)) { result.append(node) }
      return result.count < limit
    }
    return result
  }

  /// A name that nodes are called by: their own, or an alias.
  public enum Name {
    case node(GraphNode)
    /// Another name, and the nodes that it means.
    case alias(String, of: [String])
  }

  /// Gives out the names of nodes, and their other names, that hold a part, until the closure returns
  /// `false`. Complexity as of `nodes(containing:)`.
  public func forEachName(containing part: String, _ body: (Name) -> Bool) {
    forEachTerm(containing: part) { term in
      if let node = node(id: TermID(raw: term)) { return body(.node(node)) }
      let nodes = aliasTable.targets(of: term)
      if nodes.isEmpty { return true }
      return body(.alias(dictionary.text(of: term), of: nodes.map { dictionary.text(of: $0) }))
    }
  }

  /// Whether texts that hold a part are found with less work than by a look at each of some rows: by
  /// the index or, since one packed text costs as much as half of its bucket, by going through all.
  package func findsTexts(holding part: String, fasterThanIn rows: Int) -> Bool {
    isIndexed(part: part) || (dictionary.isPacked && rows * 4 >= dictionary.count)
  }

  /// Whether texts that hold a part are found without a look at all of them.
  package func isIndexed(part: String) -> Bool {
    textIndexInUse != nil
      && PackedTextIndex.hasGrams(part.utf8Span.span)
  }

  /// The terms of all texts that hold a part, ascending, until the closure returns `false`.
  /// Complexity as of `nodes(containing:)`.
  package func forEachTerm(containing part: String, _ body: (UInt32) -> Bool) {
    let part = part.utf8Span.span
    var isGoingOn = true
    func search(_ ids: Range<Int>) {
      guard isGoingOn, !ids.isEmpty else { return }
      dictionary.forEach(in: ids) { id, text in
        if isGoingOn, TextSearch.contains(text, part) { isGoingOn = body(id) }
        return isGoingOn
      }
    }
    var unindexed = 0
    if let index = textIndexInUse, let groups = index.groups(holding: part) {
      let size = PackedTextIndex.groupSize
      for place in 0..<groups.count where isGoingOn {
        let first = Int(groups[place]) * size
        search(first..<min(first + size, index.textCount))
      }
      unindexed = index.textCount
    }
    search(unindexed..<dictionary.count)
  }

  /// The index of texts, if one is declared. A graph that lies in memory makes it when somebody asks.
  var textIndexInUse: PackedTextIndex? {
    guard hasTextIndex else { return nil }
    if journal == nil, !dictionary.isPacked { indexTextsInMemory() }
    return textIndex
  }

  /// Indexes the texts in memory when too many are not, or some of those that are have been taken back. O(bytes)
  /// for each time that they have grown by an eighth.
  private func indexTextsInMemory() {
    if let textIndex, dictionary.settledCount < textIndex.textCount { self.textIndex = nil }
    guard PackedTextIndex.isStale(textIndex?.textCount ?? 0, of: dictionary.count) else { return }
    dictionary.settle()
    textIndex = PackedTextIndex(of: dictionary)
  }
}
