import GraphCore
import Testing

/// A real process that writes is killed at random moments; what it has acknowledged is there.
@Suite struct KilledProcessTests {
  @Test func killedWritersLoseNothing() throws {
    let bundle = CommandLine.arguments[0]
    let folder = bundle.lastIndex(of: "/").map { String(bundle[..<$0]) } ?? "."
    let child = folder + "/CrashChild"
    try #require(Files.exists(child), "the helper \(child) is not built")
    let path = "/tmp/graphsh-killed-\(MonotonicClock.nanoseconds).graph"
    defer {
      for suffix in ["", "-log", "-lock", "-new"] {
        try? PosixFileSystem().remove(path + suffix)
      }
    }
    var acknowledged = 0
    for round in 0..<(Campaign.number("CAMPAIGN_KILLS") ?? 15) {
      let said = try run(child, path, milliseconds: 5 + round * 7 % 40)
      acknowledged = max(acknowledged, said)
      let store = try GraphStore.open(path, wait: 10)
      let count = store.graph.edges(ofType: "next").count
      #expect(count >= acknowledged && count <= acknowledged + 1, "round \(round)")
      #expect(store.graph.nodes(labelled: "ten").count == count / 10)
      acknowledged = count
      if round % 5 == 4 { #expect(try store.verify() == []) }
      if round % 3 == 2 { try store.close() }
    }
    print("killed writers: \(acknowledged) commits, none lost")
  }

  /// Starts the writer, kills it after a while, and returns the last number that it printed.
  private func run(_ child: String, _ path: String, milliseconds: Int) throws -> Int {
    let (text, _) = try ChildProcess.run([child, path], killAfterMilliseconds: milliseconds)
    let lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: true)
    // The last line may be cut off.
    let whole = text.last == UInt8(ascii: "\n") ? lines : lines.dropLast()
    return whole.last.flatMap { NumberFormat.unsigned(in: $0) }.map(Int.init) ?? 0
  }
}
