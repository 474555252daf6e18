#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Another program, started with bytes on its standard input and waited for.
package enum ChildProcess {
  /// How another program ended.
  package struct Result {
    /// The exit status; 128 and the signal's number where a signal ended it.
    package let status: Int32
    /// What it wrote to standard output, where that was asked for.
    package let output: [UInt8]
    /// What it wrote to standard error, where output was asked for.
    package let errors: [UInt8]
  }

  /// Runs a program found through `PATH`, or nothing where it cannot be started.
  ///
  /// Without `capturing` the program has our standard output and error, as a pager needs them.
  /// Input and output are served together, so that neither side waits for the other for ever.
  package static func run(_ words: [String], input: [UInt8]?, capturing: Bool) -> Result? {
    var fromParent: [Int32] = [-1, -1]
    var toParent: [Int32] = [-1, -1]
    var errors: [Int32] = [-1, -1]
    defer { closeAll(fromParent + toParent + errors) }
    if input != nil, unsafe pipe(&fromParent) != 0 { return nil }
    if capturing, unsafe pipe(&toParent) != 0 || pipe(&errors) != 0 { return nil }
    for end in fromParent + toParent + errors where end >= 0 {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
    }
    guard
      let child = spawn(words, input: fromParent[0], output: toParent[1], errors: errors[1])
    else { return nil }
    closeAll([fromParent[0], toParent[1], errors[1]])
    fromParent[0] = -1
    toParent[1] = -1
    errors[1] = -1

    var exchange = Exchange(
      input: input ?? [], writeEnd: fromParent[1], outputEnd: toParent[0], errorEnd: errors[0])
    exchange.run()
    fromParent[1] = -1
    var status: Int32 = 0
    while unsafe waitpid(child, &status, 0) < 0, errno == EINTR {}
    let signal = status & 0x7F
    return Result(
      status: signal == 0 ? (status >> 8) & 0xFF : 128 + signal, output: exchange.output,
      errors: exchange.errors)
  }

  /// Whether a program of this name is on the `PATH`.
  package static func exists(_ name: String) -> Bool {
    if name.contains("/") { return unsafe access(name, X_OK) == 0 }
    let variable = unsafe getenv("PATH")
    let path = unsafe variable.map { unsafe String(cString: $0) } ?? "/usr/bin:/bin"
    return path.split(separator: ":").contains { unsafe access("\($0)/\(name)", X_OK) == 0 }
  }

  private static func spawn(_ words: [String], input: Int32, output: Int32, errors: Int32)
    -> pid_t?
  {
    #if canImport(Darwin)
      var actions: posix_spawn_file_actions_t?
      var attributes: posix_spawnattr_t?
    #else
      var actions = unsafe posix_spawn_file_actions_t()
      var attributes = posix_spawnattr_t()
    #endif
    unsafe posix_spawn_file_actions_init(&actions)
    unsafe posix_spawnattr_init(&attributes)
    defer {
      unsafe posix_spawn_file_actions_destroy(&actions)
      unsafe posix_spawnattr_destroy(&attributes)
    }
    for (end, target) in [(input, STDIN_FILENO), (output, STDOUT_FILENO), (errors, STDERR_FILENO)]
    where end >= 0 {
      unsafe posix_spawn_file_actions_adddup2(&actions, end, target)
    }
    // A closed pipe is an error to us, but the child expects to be ended by it.
    var defaults = sigset_t()
    unsafe sigemptyset(&defaults)
    unsafe sigaddset(&defaults, SIGPIPE)
    unsafe sigaddset(&defaults, SIGINT)
    unsafe posix_spawnattr_setsigdefault(&attributes, &defaults)
    unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))

    var arguments: [UnsafeMutablePointer<CChar>?] = unsafe words.map { unsafe strdup($0) }
    unsafe arguments.append(nil)
    defer {
      for index in 0..<words.count { unsafe free(arguments[index]) }
    }
    var child: pid_t = 0
    let result = unsafe posix_spawnp(
      &child, words[0], &actions, &attributes, &arguments, environ)
    return result == 0 ? child : nil
  }

  private static func closeAll(_ ends: [Int32]) {
    for end in ends where end >= 0 { close(end) }
  }
}

/// Feeds a child its input while it reads what the child says.
private struct Exchange {
  let input: [UInt8]
  let writeEnd: Int32
  let outputEnd: Int32
  let errorEnd: Int32
  private(set) var output: [UInt8] = []
  private(set) var errors: [UInt8] = []

  init(input: [UInt8], writeEnd: Int32, outputEnd: Int32, errorEnd: Int32) {
    self.input = input
    self.writeEnd = writeEnd
    self.outputEnd = outputEnd
    self.errorEnd = errorEnd
  }

  mutating func run() {
    var offset = 0
    var isWriting = writeEnd >= 0
    var isReading = [outputEnd >= 0, errorEnd >= 0]
    if isWriting { _ = fcntl(writeEnd, F_SETFL, O_NONBLOCK) }
    while isWriting || isReading[0] || isReading[1] {
      var places = [
        pollfd(fd: isWriting ? writeEnd : -1, events: Int16(POLLOUT), revents: 0),
        pollfd(fd: isReading[0] ? outputEnd : -1, events: Int16(POLLIN), revents: 0),
        pollfd(fd: isReading[1] ? errorEnd : -1, events: Int16(POLLIN), revents: 0),
      ]
      if unsafe poll(&places, 3, -1) < 0 {
        if errno == EINTR { continue }
        break
      }
      if isWriting, places[0].revents != 0 {
        let count = unsafe input[offset...].withUnsafeBytes { rest in
          unsafe Descriptor.write(writeEnd, rest.baseAddress, rest.count)
        }
        if count > 0 { offset += count }
        // A reader that has seen enough closes its end; that is no failure.
        let isBroken = count < 0 && errno != EAGAIN && errno != EINTR
        if offset == input.count || isBroken {
          close(writeEnd)
          isWriting = false
        }
      }
      for (index, end) in [outputEnd, errorEnd].enumerated()
      where isReading[index] && places[index + 1].revents != 0 {
        isReading[index] = read(end, isError: index == 1)
      }
    }
    if isWriting { close(writeEnd) }
  }

  private mutating func read(_ end: Int32, isError: Bool) -> Bool {
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    let count = unsafe buffer.withUnsafeMutableBytes { bytes in
      unsafe Descriptor.read(end, bytes)
    }
    if count < 0 { return errno == EINTR || errno == EAGAIN }
    if isError { errors += buffer[..<count] } else { output += buffer[..<count] }
    return count > 0
  }
}
