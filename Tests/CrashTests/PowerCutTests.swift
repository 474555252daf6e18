import GraphCore
import TestSupport
import Testing

/// The power goes at every moment; whatever was acknowledged is there afterwards.
@Suite struct PowerCutTests {
  /// A sample of what `Scripts/campaign-crash` does at length.
  @Test func everyImageIsACommittedState() throws {
    var outcome = CrashWorkload.Outcome()
    let first = Campaign.number("CAMPAIGN_FIRST") ?? 1
    for seed in first..<first + (Campaign.number("CAMPAIGN_SEEDS") ?? 3) {
      var workload = CrashWorkload(seed: UInt64(seed))
      try workload.run(steps: 12)
      workload.check(&outcome, samples: Campaign.number("CAMPAIGN_SAMPLES") ?? 6)
      if outcome.violations.count > 5 { break }
    }
    #expect(outcome.violations.prefix(5) == [])
    print("power cuts, distinct images: \(outcome.imageCount)")
    for activity in CrashWorkload.Activity.allCases {
      print("  \(activity.rawValue): \(outcome.images[activity] ?? 0)")
    }
  }

  /// Each sync is there for a reason: without it, some power cut loses something.
  @Test(arguments: SimulatedFileSystem.SyncPoint.allCases)
  func noSyncCanBeLeftOut(_ point: SimulatedFileSystem.SyncPoint) throws {
    var outcome = CrashWorkload.Outcome()
    for seed in 100..<140 where outcome.violations.isEmpty {
      var workload = CrashWorkload(seed: UInt64(seed), ignoring: point)
      try workload.run(steps: 10)
      workload.check(&outcome, samples: 6, stopAtFirst: true)
    }
    #expect(!outcome.violations.isEmpty, "nothing was lost without \(point)")
  }

  /// Any operation may fail, once or from then on: the write throws, and nothing is lost.
  @Test(arguments: [GraphStore.Creation.atOnce, .withFirstCommit])
  func everyOperationMayFail(_ creation: GraphStore.Creation) throws {
    var tried = 0
    var states: [[Commit]: String] = [:]
    for kind in SimulatedFileSystem.Fault.allCases {
      for isLasting in [false, true] {
        var operation = 0
        while true {
          let system = SimulatedFileSystem()
          system.fault = (operation, kind, isLasting)
          let isOver = try fail(system, creation, &states)
          tried += 1
          if isOver { break }
          operation += Campaign.number("CAMPAIGN_SEEDS") == nil ? 3 : 1
        }
      }
    }
    #expect(tried > 10)
    print("failed operations: \(tried)")
  }

  /// A commit by the random numbers that it was made of.
  private struct Commit: Hashable {
    let random: SeededGenerator
    let edges: Int
  }

  /// A short life on a disk that fails; says whether the fault was beyond its end.
  private func fail(
    _ system: SimulatedFileSystem, _ creation: GraphStore.Creation,
    _ states: inout [[Commit]: String]
  ) throws -> Bool {
    var random = SeededGenerator(seed: 5)
    var commits: [Commit] = []
    var failed: Commit?
    if let store = try? GraphStore.open(
      "x.graph", on: system, creation: creation, logLimit: 4096)
    {
      for step in 0..<14 {
        if step % 6 == 5 {
          _ = try? store.compact()
          #expect(try store.graph.digest == state(commits, &states))
          continue
        }
        let edges = step % 4 == 3 ? 90 : 2
        let start = random
        do {
          try store.write { CrashWorkload.change(&$0, store.graph, edges, &random) }
          commits.append(Commit(random: start, edges: edges))
          failed = nil
        } catch {
          #expect(try store.graph.digest == state(commits, &states))
          // On the disk the commit may yet turn up.
          failed = failed ?? Commit(random: start, edges: edges)
        }
      }
      try? store.close()
    }
    let fault = system.fault
    let isOver = system.operationCount <= fault?.operation ?? 0
    system.fault = nil
    system.releaseLocks()
    // A file that was to come with a commit has not come without one.
    if creation == .withFirstCommit, commits.isEmpty, failed == nil {
      #expect(!system.exists("x.graph"))
    }
    let again = try GraphStore.open("x.graph", on: system, logLimit: 4096)
    var known = [try state(commits, &states)]
    if let failed { known.append(try state(commits + [failed], &states)) }
    #expect(
      known.contains(again.graph.digest),
      "operation \(fault?.operation ?? -1), \(fault?.kind ?? .full), \(fault?.isLasting ?? false)")
    #expect(again.graph.checkInvariants() == [])
    return isOver
  }

  /// The facts after some commits; most lives begin alike, so they are kept.
  private func state(_ commits: [Commit], _ states: inout [[Commit]: String]) throws -> String {
    if let known = states[commits] { return known }
    let graph = Graph()
    for commit in commits {
      var random = commit.random
      try graph.write { CrashWorkload.change(&$0, graph, commit.edges, &random) }
    }
    let state = graph.digest
    states[commits] = state
    return state
  }
}
