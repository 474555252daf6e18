import GraphCore
import TestSupport

/// A random life of a small store on a simulated disk, and the power going at every moment of it. Every other
/// life is one of large commits, which seal; every third makes its file with the first commit.
struct CrashWorkload {
  /// What the store was doing when the power went.
  enum Activity: String, CaseIterable {
    case creation, firstCommit, commit, seal, fileGrowth, checkpoint, compaction, close
  }

  /// What of a seal is under way: sections behind the end of the file, or the header that names them.
  private enum Phase { case sections, header }

  /// What was tried and what was found.
  struct Outcome {
    var images: [Activity: Int] = [:]
    var violations: [String] = []
    var hashes: Set<UInt64> = []

    var imageCount: Int { images.values.reduce(0, +) }
  }

  static let path = "x.graph"
  let seed: UInt64
  let system = SimulatedFileSystem()
  private var random: SeededGenerator
  /// The graph after each commit, the empty one first.
  private var digests = [""]
  /// How many commits were acknowledged, and how many may be there, by the moment in the trace.
  private var windows: [(moment: Int, acknowledged: Int, tried: Int, activity: Activity)] = []

  private var sealsOften: Bool { seed % 2 == 0 }
  private var creation: GraphStore.Creation { seed % 3 == 0 ? .withFirstCommit : .atOnce }

  init(seed: UInt64, ignoring point: SimulatedFileSystem.SyncPoint? = nil) {
    self.seed = seed
    random = SeededGenerator(seed: seed)
    system.ignoredSync = point
  }

  /// Lives the life; afterwards `check` cuts the power.
  mutating func run(steps: Int) throws {
    var store: GraphStore?
    for step in 0..<steps {
      if store == nil {
        system.releaseLocks()
        note(step == 0 ? .creation : .close, tried: 0)
        store = try GraphStore.open(
          CrashWorkload.path, on: system, creation: creation, logLimit: 4096)
        note(.commit, tried: 0)
      }
      guard let open = store else { return }
      switch random.next() % 10 {
      case 0:
        note(.compaction, tried: 0)
        try open.compact()
      case 1:
        note(.close, tried: 0)
        try open.close()
        store = nil
      case 2:
        // An end without close: the process is gone, the disk stays as it is.
        store = nil
      case 3...(sealsOften ? 7 : 3): try write(open, edges: 120)
      default: try write(open, edges: 1 + Int(random.next() % 4))
      }
    }
  }

  private mutating func write(_ store: GraphStore, edges: Int) throws {
    note(.commit, tried: 1)
    let base = windows.count - 1
    let start = system.trace.count
    var random = random
    try store.write { CrashWorkload.change(&$0, store.graph, edges, &random) }
    self.random = random
    digests.append(store.graph.digest)
    // Only now it is known what the commit took.
    var activity = Activity.commit
    for event in system.trace[start...] {
      switch event {
      case .link(_, _, let from): activity = from == nil ? .firstCommit : .compaction
      case .write(_, let offset, _) where offset >= 12_288 && activity == .commit: activity = .seal
      default: break
      }
      if activity == .compaction { break }
    }
    windows[base].activity = activity
    note(.commit, tried: 0)
  }

  static func change(
    _ writer: inout GraphWriter, _ graph: Graph, _ edges: Int, _ random: inout SeededGenerator
  ) {
    let declarations = Graph().declarations
    func name(_ random: inout SeededGenerator) -> String { "n\(random.next() % 12)" }
    if random.next() % 5 == 0, graph.nodes.count > 3 { writer.removeNode(name(&random)) }
    switch random.next() % 16 {
    case 0: writer.setTextIndex(!graph.hasTextIndex)
    case 1:
      writer.setIndex(graph.index(ofNodeProperty: "p") == nil ? .plain : nil, onNodeProperty: "p")
    case 2: writer.restore(declarations)
    case 3: writer.declare(EdgeSchema(type: "t0", properties: [("k", .float)]))
    default: break
    }
    for _ in 0..<edges {
      switch random.next() % 8 {
      case 0: writer.addLabel("l\(random.next() % 3)", to: name(&random))
      case 1:
        writer.replaceProperty("p", of: name(&random), with: .integer(Int64(random.next() % 9)))
      case 2: writer.addAlias("alias\(random.next() % 4)", of: name(&random))
      case 3: writer.setDocument("rules", to: "r\(random.next() % 1000)")
      default:
        writer.addEdge(
          "t\(random.next() % 2)", from: name(&random), to: name(&random),
          properties: [("k", .integer(Int64(random.next() % 50)))],
          citation: Citation(source: "s\(random.next() % 3)"))
      }
    }
  }

  private mutating func note(_ activity: Activity, tried: Int) {
    let acknowledged = digests.count - 1
    windows.append((system.trace.count, acknowledged, acknowledged + tried, activity))
  }

  /// Cuts the power at every moment and looks at what a store makes of the disk.
  func check(_ outcome: inout Outcome, samples: Int, stopAtFirst: Bool = false) {
    var random = SeededGenerator(seed: seed ^ 0xC4A5)
    var cut = PowerCut()
    cut.samples = samples
    var window = 0
    var phase: Phase?
    for (moment, event) in system.trace.enumerated() {
      if stopAtFirst && !outcome.violations.isEmpty { return }
      cut.take(event)
      while window + 1 < windows.count && windows[window + 1].moment <= moment { window += 1 }
      var now = windows[window]
      if now.activity == .seal {
        phase = CrashWorkload.phase(after: event, phase)
        if phase != nil { now.activity = phase == .sections ? .fileGrowth : .checkpoint }
      } else {
        phase = nil
      }
      cut.images(moment, &random) { image in look(at: image, now, &outcome) }
    }
  }

  private static func phase(
    after event: SimulatedFileSystem.Event, _ phase: Phase?
  ) -> Phase? {
    switch event {
    case .write(_, let offset, _): offset >= 12_288 ? .sections : offset >= 4096 ? .header : phase
    case .sync: phase == .header ? nil : phase
    default: phase
    }
  }

  private func look(
    at image: PowerCut.Image,
    _ window: (moment: Int, acknowledged: Int, tried: Int, activity: Activity),
    _ outcome: inout Outcome
  ) {
    var hash = UInt64(window.tried)
    for name in image.files.keys.sorted() where !name.hasSuffix("-lock") {
      hash = Checksum.of(Array(name.utf8), seed: hash)
      hash = Checksum.of(image.files[name] ?? [], seed: hash)
    }
    guard outcome.hashes.insert(hash).inserted else { return }
    outcome.images[window.activity, default: 0] += 1
    // Before the first file has its name there may be none.
    let disk = SimulatedFileSystem(files: image.files)
    disk.isTracing = false
    if image.files[CrashWorkload.path] == nil && window.acknowledged == 0 { return }
    func violation(_ what: String) {
      outcome.violations.append(
        "seed \(seed), event \(image.moment), \(window.activity): \(what)")
    }
    do {
      if image.files[CrashWorkload.path] == nil { return violation("the file is gone") }
      let store = try GraphStore.open(CrashWorkload.path, on: disk, logLimit: 4096)
      let digest = store.graph.digest
      guard digests[window.acknowledged...window.tried].contains(digest) else {
        let known = digests.lastIndex(of: digest).map { "that of commit \($0)" } ?? "unknown"
        return violation(
          "the state is \(known), not that of \(window.acknowledged)...\(window.tried)")
      }
      if hash % 64 == 0 {
        // Life goes on: a commit after the recovery is there after the next end.
        try store.write { $0.addEdge("after", from: "a", to: "b") }
        let after = store.graph.digest
        disk.releaseLocks()
        let again = try GraphStore.open(CrashWorkload.path, on: disk, readOnly: true)
        if again.graph.digest != after { violation("a commit after the recovery is lost") }
        let problems = try GraphStore.verify(CrashWorkload.path, on: disk)
        if let problem = problems.first { violation("\(problem)") }
      }
    } catch { violation("\(error)") }
  }
}
