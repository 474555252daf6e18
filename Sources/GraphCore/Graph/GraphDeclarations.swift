/// What is declared of a graph at one moment: its schema, and what is indexed.
package struct GraphDeclarations: Equatable, Sendable {
  fileprivate let schema: GraphSchema
  fileprivate let indexes: [UInt32: PropertyIndex]
  fileprivate let hasTextIndex: Bool
}

extension Graph {
  /// What is declared now, for `GraphWriter.restore`.
  package var declarations: GraphDeclarations {
    GraphDeclarations(schema: schema, indexes: indexes, hasTextIndex: hasTextIndex)
  }
}

extension GraphWriter {
  /// Makes what was declared at another moment what is declared now.
  ///
  /// Properties that nothing declares any more keep the types that they have; those without values
  /// take the type of the first.
  ///
  /// - Complexity: O(facts) where the schema differs, otherwise O(1).
  package mutating func restore(_ declarations: GraphDeclarations) {
    if graph.schema != declarations.schema {
      let ordinal = next()
      replace(declarations.schema, ordinal: ordinal)
    }
    for key in Set(graph.indexes.keys).union(declarations.indexes.keys).sorted() {
      setIndex(declarations.indexes[key], onNodeProperty: graph.dictionary.text(of: key))
    }
    setTextIndex(declarations.hasTextIndex)
  }
}
