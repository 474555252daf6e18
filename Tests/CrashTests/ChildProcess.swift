import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Another program, run to its end or killed before.
enum ChildProcess {
  /// Runs a program and returns what it wrote to standard output and its exit status.
  ///
  /// - Parameter milliseconds: after how long it is killed without warning; `nil` lets it end.
  static func run(
    _ command: [String], killAfterMilliseconds milliseconds: Int? = nil
  ) throws -> (output: [UInt8], status: Int32) {
    var ends: [Int32] = [0, 0]
    let hasPipe = unsafe pipe(&ends) == 0
    try #require(hasPipe)
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    unsafe posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
    unsafe posix_spawn_file_actions_addclose(&actions, ends[0])
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    var process: pid_t = 0
    var arguments = unsafe command.map { unsafe strdup($0) } + [nil]
    defer { unsafe arguments.forEach { unsafe free($0) } }
    let result = unsafe posix_spawnp(&process, command[0], &actions, nil, &arguments, environ)
    close(ends[1])
    defer { close(ends[0]) }
    try #require(result == 0, "\(command[0]) cannot be run")
    if let milliseconds {
      usleep(UInt32(milliseconds) * 1000)
      kill(process, SIGKILL)
    }
    var output: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = unsafe read(ends[0], &buffer, buffer.count)
      if count <= 0 { break }
      output += buffer[..<count]
    }
    var status: Int32 = 0
    unsafe waitpid(process, &status, 0)
    return (output, status)
  }
}
