import GraphCore
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A real process that writes is killed at random moments; what it has acknowledged is there.
@Suite struct KilledProcessTests {
  @Test func killedWritersLoseNothing() throws {
    let bundle = CommandLine.arguments[0]
    let folder = bundle.lastIndex(of: "/").map { String(bundle[..<$0]) } ?? "."
    let child = folder + "/CrashChild"
    try #require(Files.exists(child), "the helper \(child) is not built")
    let path = "/tmp/graphsh-killed-\(getpid()).graph"
    defer { for suffix in ["", "-log", "-lock", "-new"] { _ = unsafe unlink(path + suffix) } }
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
    var pipeEnds: [Int32] = [0, 0]
    guard unsafe pipe(&pipeEnds) == 0 else { return 0 }
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    unsafe posix_spawn_file_actions_adddup2(&actions, pipeEnds[1], 1)
    unsafe posix_spawn_file_actions_addclose(&actions, pipeEnds[0])
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    var process: pid_t = 0
    var arguments = unsafe [strdup(child), strdup(path), nil]
    defer { unsafe arguments.forEach { unsafe free($0) } }
    let result = unsafe posix_spawn(&process, child, &actions, nil, &arguments, environ)
    close(pipeEnds[1])
    defer { close(pipeEnds[0]) }
    try #require(result == 0)
    usleep(UInt32(milliseconds) * 1000)
    kill(process, SIGKILL)
    var status: Int32 = 0
    unsafe waitpid(process, &status, 0)
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = unsafe read(pipeEnds[0], &buffer, buffer.count)
      if count <= 0 { break }
      text += buffer[..<count]
    }
    let lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: true)
    // The last line may be cut off.
    let whole = text.last == UInt8(ascii: "\n") ? lines : lines.dropLast()
    return whole.last.flatMap { NumberFormat.unsigned(in: $0) }.map(Int.init) ?? 0
  }
}
