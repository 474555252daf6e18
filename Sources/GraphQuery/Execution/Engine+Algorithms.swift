@_spi(Columns) import GraphCore

extension Engine {
  /// Puts what a graph algorithm finds in the edges that a rule's body gives into the rule's relation: a row
  /// (node, value) for each node.
  func run(
    _ call: AlgorithmCall, on edges: EdgeSink, into head: Relation, _ workers: Workers?,
    heldBytes: Int, _ span: SourceSpan
  ) throws(EngineFailure) {
    if edges.count == 0 { return }
    guard edges.count < AlgorithmGraph.mostEdges else {
      throw EngineFailure(
        .limitReached, "a graph algorithm takes fewer than 2^31 edges", at: span)
    }
    try limits.checkMemory(held: heldBytes + 3 * edges.byteCount, span)
    let graph = edges.graph(
      head.types[0], isOrdered: call.algorithm.dependsOnOrder, terms: terms)
    let run = AlgorithmRun(
      graph: graph, workers: workers ?? Workers(count: 1), limits: limits, span: span,
      heldBytes: heldBytes + edges.byteCount)
    let values = try run.values(call, terms: terms)
    defer { keepAlive(values, graph) }
    var start = 0
    while start < graph.nodeCount {
      let count = min(Batch.capacity, graph.nodeCount - start)
      head.insertDistinct(
        [graph.nodes.words.slice(start, count), values.words.slice(start, count)], count: count)
      start += count
    }
  }
}
