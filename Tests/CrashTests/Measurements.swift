@_spi(Columns) import GraphCore
import Testing

/// Sizes and times of real files, printed where `MEASURE_FACTS` names a folder of facts: `triple.facts`
/// with numbers or texts (source, type, target), or `own.facts` and `company.facts`.
///
///     MEASURE_FACTS=/tmp/wikidata-huge swift test -c release --filter Measurements
@Suite struct Measurements {
  @Test(.enabled(if: Campaign.text("MEASURE_FACTS") != nil)) func sizesAndTimes() throws {
    let folder = Campaign.text("MEASURE_FACTS") ?? ""
    let path = (Campaign.text("MEASURE_FILE") ?? "/tmp/measure") + ".graph"
    for suffix in ["", "-log", "-lock"] {
      try PosixFileSystem().remove(path + suffix)
    }
    let graph = Graph()
    time("read facts") {
      if Files.exists(folder + "/triple.facts") {
        load(folder + "/triple.facts", graph) { fields, writer in
          writer.addEdge(type: fields[1], from: fields[0], to: fields[2], ordinal: 0)
        }
      } else {
        let label = graph.dictionary.intern("company")
        load(folder + "/company.facts", graph) { fields, writer in
          writer.addLabel(label, to: fields[0], ordinal: 0)
        }
      }
    }
    let edges = graph.edgeCount
    print("\(graph.nodeCount) nodes, \(edges) edges, \(graph.edgeTypes.count) types")
    try time("write") { try GraphStore.create(path, of: graph) }
    var reopened: GraphStore?
    for _ in 0..<3 {
      reopened = nil
      try time("open") { reopened = try GraphStore.open(path, readOnly: true) }
    }
    guard let store = reopened else { return }
    let sizes = store.sectionSizes
    for (kind, bytes) in sizes.sorted(by: { $0.key < $1.key }) {
      print("  \(kind): \(bytes) bytes")
    }
    let total = store.size.file
    let names = sizes["dictionary"] ?? 0
    print("file \(total), dictionary \(names)")
    print("bytes an edge without names: \(Double(total - names) / Double(max(edges, 1)))")
    print("bytes a name: \(Double(names) / Double(max(store.graph.dictionary.count, 1)))")
    time("all edges decoded") {
      for table in store.graph.edgeTables { _ = table.sources.count }
    }
    time("1000 names to ids and back") {
      for number in 0..<1000 {
        let id = UInt32(number * 7919 % store.graph.dictionary.count)
        let name = store.graph.dictionary.text(of: id)
        precondition(store.graph.dictionary.lookup(name) == id)
      }
    }
    time("1000000 ids to names") {
      var bytes = 0
      for number in 0..<1_000_000 {
        bytes += store.graph.dictionary.length(
          of: UInt32(number * 7919 % store.graph.dictionary.count))
      }
      precondition(bytes > 0)
    }
    try measureLog(path)
    var findings: [Finding] = []
    try time("verify") { findings = try GraphStore.verify(path) }
    #expect(findings == [])
  }

  /// A log that is nearly full: how long commits take, and opening after an end without close.
  private func measureLog(_ path: String) throws {
    var writer: GraphStore? = try GraphStore.open(path)
    guard let store = writer else { return }
    let types = store.graph.edgeTypes
    let nodes = store.graph.nodeCount
    var commits = 0
    try time("commits of 50 edges until the log is full") {
      while store.size.log < 4_100_000 && !types.isEmpty {
        try store.write { writer in
          for number in 0..<50 {
            let step = commits * 50 + number
            writer.addEdge(
              types[step % types.count], from: store.graph.nodes[step * 7919 % nodes].name,
              to: "m\(step)")
          }
        }
        commits += 1
      }
    }
    print("\(commits) commits, log \(store.size.log)")
    writer = nil
    try time("open with a full log") { _ = try GraphStore.open(path, readOnly: true) }
  }

  private func load(
    _ path: String, _ graph: Graph, _ add: ([UInt32], inout GraphWriter) -> Void
  ) {
    guard let bytes = try? Files.read(path) else { return }
    _ = try? graph.write { writer in
      var fields: [UInt32] = []
      var start = 0
      for place in bytes.indices where bytes[place] == 9 || bytes[place] == 10 {
        fields.append(writer.intern(bytes.span.extracting(start..<place)))
        start = place + 1
        if bytes[place] == 10 {
          add(fields, &writer)
          fields.removeAll(keepingCapacity: true)
        }
      }
    }
  }

  private func time(_ what: String, _ body: () throws -> Void) rethrows {
    let start = MonotonicClock.nanoseconds
    try body()
    print("\(what): \(Double((MonotonicClock.nanoseconds - start) / 1000) / 1000) ms")
  }
}
