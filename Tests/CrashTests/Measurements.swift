@_spi(Columns) import GraphCore
import TestSupport
import Testing

/// Sizes and times of real files, printed where `MEASURE_FACTS` names a folder of facts: `triple.facts`
/// with numbers or texts (source, type, target), or `own.facts`, `supplies.facts`, `edge.facts` and
/// `company.facts`.
///
///     MEASURE_FACTS=/tmp/wikidata-huge swift test -c release --filter Measurements
///
/// `Benchmarks/store` runs it beside other stores.
@Suite struct Measurements {
  private static let path = (Campaign.text("MEASURE_FILE") ?? "/tmp/measure") + ".graph"

  @Test(.enabled(if: Campaign.text("MEASURE_FACTS") != nil)) func sizesAndTimes() throws {
    let folder = Campaign.text("MEASURE_FACTS") ?? ""
    let path = Measurements.path
    for suffix in ["", "-log", "-lock"] { try PosixFileSystem().remove(path + suffix) }
    try time("import") {
      let store = try GraphStore.open(path)
      try load(folder, store)
      try store.close()
    }
    print("measured MiB of memory at most: \(ProcessControl.peakMemory >> 20)")
    var reopened: GraphStore?
    for _ in 0..<3 {
      reopened = nil
      try time("open") { reopened = try GraphStore.open(path, readOnly: true) }
    }
    guard let store = reopened else { return }
    let edges = store.graph.edgeCount
    print("measured edges: \(edges)")
    print("measured nodes: \(store.graph.nodeCount)")
    let sizes = store.sectionSizes
    for (kind, bytes) in sizes.sorted(by: { $0.key < $1.key }) {
      print("  \(kind): \(bytes) bytes")
    }
    let total = store.size.file
    let names = sizes["dictionary"] ?? 0
    print("measured file: \(total)")
    print("measured bytes an edge: \(Double(total - names) / Double(max(edges, 1)))")
    print("measured bytes a name: \(Double(names) / Double(max(store.graph.dictionary.count, 1)))")
    try measureHops()
    try measureDecoding()
    measureNames(store.graph)
    try measureLog()
    try measureOverlay()
    var findings: [Finding] = []
    try time("verify") { findings = try GraphStore.verify(path) }
    #expect(findings == [])
  }

  /// The same with a twentieth of the commonest type added since the file was written as a whole, and
  /// when it has been written as a whole again.
  private func measureOverlay() throws {
    let store = try GraphStore.open(Measurements.path)
    let graph = store.graph
    guard
      let type = graph.edgeTypes.max(by: {
        graph.edges(ofType: $0).count < graph.edges(ofType: $1).count
      })
    else { return }
    let count = graph.edges(ofType: type).count
    var random = SeededGenerator(seed: 7)
    let nodes = graph.nodes
    let pairs = (0..<count / 20).map { _ in
      (
        nodes[Int(random.next() % UInt64(nodes.count))].name,
        nodes[Int(random.next() % UInt64(nodes.count))].name
      )
    }
    try store.write { writer in
      for (source, target) in pairs { writer.addEdge(type, from: source, to: target) }
    }
    try store.close()
    print("beside a twentieth that was added:")
    try measureHops()
    try measureDecoding()
    let again = try GraphStore.open(Measurements.path)
    try again.compact()
    try again.close()
    print("compacted:")
    try measureHops()
    try measureDecoding()
  }

  /// One and two hops from random nodes through the public interface: medians.
  private func measureHops() throws {
    let graph = try GraphStore.open(Measurements.path, readOnly: true).graph
    guard
      let type = graph.edgeTypes.max(by: {
        graph.edges(ofType: $0).count < graph.edges(ofType: $1).count
      })
    else { return }
    var random = SeededGenerator(seed: 1)
    let count = graph.edges(ofType: type).count
    let names = (0..<20_000).map { _ in
      graph.edges(ofType: type)[Int(random.next() % UInt64(count))].source.name
    }
    time("first hop of all") { _ = graph.node(names[0])?.targets(type) }
    var found = 0
    for round in 0..<3 {
      var one: [UInt64] = []
      var two: [UInt64] = []
      for name in names {
        guard let node = graph.node(name) else { continue }
        let start = MonotonicClock.nanoseconds
        let near = node.targets(type)
        one.append(MonotonicClock.nanoseconds - start)
        found += near.count
        let again = MonotonicClock.nanoseconds
        for middle in node.targets(type) { found += middle.targets(type).count }
        two.append(MonotonicClock.nanoseconds - again)
      }
      if round < 2 { continue }
      print("measured one hop ns: \(one.sorted()[one.count / 2])")
      print("measured two hops ns: \(two.sorted()[two.count / 2])")
    }
    precondition(found > 0)
  }

  /// Whole tables, and rows of random nodes from the packed form.
  private func measureDecoding() throws {
    let graph = try GraphStore.open(Measurements.path, readOnly: true).graph
    let tables = graph.edgeTables
    for table in tables { _ = table.degree(of: 0, .outgoing) }
    let start = MonotonicClock.nanoseconds
    for table in tables { _ = table.sources.count }
    let spent = MonotonicClock.nanoseconds - start
    print("measured million edges decoded a second: \(graph.edgeCount * 1000 / Int(max(spent, 1)))")
    measureReading(try GraphStore.open(Measurements.path, readOnly: true).graph)
    guard let table = tables.max(by: { $0.count < $1.count }) else { return }
    var random = SeededGenerator(seed: 2)
    let nodes = (0..<400_000).map { _ in table.sources[Int(random.next() % UInt64(table.count))] }
    let fresh = try GraphStore.open(Measurements.path, readOnly: true).graph
    guard let packed = fresh.edgeTable(table.type) else { return }
    for round in 0..<2 {
      var rows = 0
      var sum = 0
      let begin = MonotonicClock.nanoseconds
      for node in nodes {
        packed.withNeighbours(of: node, .outgoing) { ends in
          rows += ends.count
          for place in 0..<ends.count { sum &+= Int(ends[place]) }
        }
      }
      let rest = MonotonicClock.nanoseconds - begin
      precondition(sum > 0)
      if round == 0 { continue }
      print("measured random row ns: \(rest / UInt64(nodes.count)) for \(rows / nodes.count) edges")
    }
  }

  /// Whole tables in parts, each read twice: of all types, then of the largest.
  private func measureReading(_ graph: Graph) {
    let largest = graph.edgeTables.map(\.count).max() ?? 0
    for (what, least) in [("all tables", 0), ("the largest tables", largest / 2)] {
      let tables = graph.edgeTables.filter { $0.count >= least }
      for round in 0..<2 {
        var edges = 0
        var sum: UInt32 = 0
        let start = MonotonicClock.nanoseconds
        for table in tables {
          table.forEachChunk { sources, targets in
            edges += sources.count
            for place in 0..<sources.count { sum &+= sources[place] ^ targets[place] }
          }
        }
        let spent = MonotonicClock.nanoseconds - start
        precondition(sum > 0)
        if round == 0 { continue }
        let rate = edges * 1000 / Int(max(spent, 1))
        print("measured million edges of \(what) read in parts a second: \(rate)")
      }
    }
  }

  private func measureNames(_ graph: Graph) {
    let count = graph.dictionary.count
    time("first 1000 names to ids") {
      for number in 0..<1000 {
        let id = UInt32(number * 7919 % count)
        precondition(graph.dictionary.lookup(graph.dictionary.text(of: id)) == id)
      }
    }
    let names = (0..<100_000).map { graph.dictionary.text(of: UInt32($0 * 7919 % count)) }
    for name in names { precondition(graph.dictionary.lookup(name) != nil) }
    time("100000 names to ids") {
      for name in names { precondition(graph.dictionary.lookup(name) != nil) }
    }
    time("100000 ids to names") {
      var bytes = 0
      for number in 0..<100_000 {
        bytes += graph.dictionary.length(of: UInt32(number * 7919 % count))
      }
      precondition(bytes > 0)
    }
  }

  /// A log that is nearly full: how long commits take, and opening after an end without close; then a
  /// seal, and opening beside changes.
  private func measureLog() throws {
    try fillLog()
    for _ in 0..<3 {
      try time("open with a full log") {
        _ = try GraphStore.open(Measurements.path, readOnly: true)
      }
    }
    let store = try GraphStore.open(Measurements.path)
    guard let type = store.graph.edgeTypes.first else { return }
    let before = store.size.file
    try time("seal") {
      try store.write { writer in
        for number in 0..<20_000 { writer.addEdge(type, from: "m\(number)", to: "k\(number)") }
      }
    }
    print("measured bytes of a seal: \(store.size.file - before), log \(store.size.log)")
    for _ in 0..<2 {
      try time("open with changes") {
        _ = try GraphStore.open(Measurements.path, readOnly: true)
      }
    }
    try time("close") { try store.close() }
  }

  /// Commits until the log is nearly full, and ends without closing.
  private func fillLog() throws {
    let store = try GraphStore.open(Measurements.path)
    let types = store.graph.edgeTypes
    let nodes = store.graph.nodeCount
    var step = 0
    try time("commits of 50 edges until the log is full") {
      while store.size.log < (384 << 10) - 8192 && !types.isEmpty {
        try store.write { writer in
          for _ in 0..<50 {
            writer.addEdge(
              types[step % types.count], from: store.graph.nodes[step * 7919 % nodes].name,
              to: "m\(step)")
            step += 1
          }
        }
      }
    }
    print("measured edges in the log: \(step)")
  }

  /// Imports what there is of the files that the suite knows.
  private func load(_ folder: String, _ store: GraphStore) throws {
    let kinds = [
      ("triple", [":START_ID", ":TYPE", ":END_ID"]), ("own", [":START_ID", ":END_ID"]),
      ("supplies", [":START_ID", ":END_ID"]), ("edge", [":START_ID", ":END_ID"]),
      ("company", [":ID"]),
    ]
    for (name, header) in kinds {
      let path = folder + "/\(name).facts"
      guard Files.exists(path), let first = try InputFile(path).next().split(separator: 10).first
      else { continue }
      // What a row has beyond its ends is passed over.
      let columns = first.count { $0 == 9 } + 1
      let ignored = (header.count..<max(columns, header.count)).map { "x\($0):IGNORE" }
      let job = ImportJob([path], options: ImportOptions(header: header + ignored))
      try job.run { read in try store.write { writer in try read(&writer) } }
    }
  }

  private func time(_ what: String, _ body: () throws -> Void) rethrows {
    let start = MonotonicClock.nanoseconds
    try body()
    print("measured \(what) ms: \(Double((MonotonicClock.nanoseconds - start) / 1000) / 1000)")
  }
}
