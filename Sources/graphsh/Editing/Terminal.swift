import GraphCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What a session needs of a terminal. Tests put a script in its place.
protocol TerminalDevice: AnyObject {
  var size: TerminalSize { get }
  /// Keys come one by one and unechoed, until `leaveRawMode()`. False if that is not possible.
  func enterRawMode() -> Bool
  func leaveRawMode()
  /// Waits for input, at most so long, or without end if nil.
  func read(timeoutMilliseconds: Int?) -> TerminalEvent
  func write(_ bytes: [UInt8])
  /// Stops the process as Ctrl-Z does, and returns when it goes on.
  func suspend()
}

struct TerminalSize: Equatable, Sendable {
  var columns: Int
  var rows: Int
}

enum TerminalEvent: Equatable, Sendable {
  case bytes([UInt8])
  case timeout
  /// The window has another size.
  case resized
  /// The process was stopped and goes on.
  case continued
  case interrupted
  /// Nothing more will come.
  case closed
}

/// The terminal of standard input and output.
///
/// Raw mode lasts only while a statement is edited, so that Ctrl-C is a signal while a query runs.
/// Whatever ends the process meanwhile, a signal or a failure of our own, the terminal gets its mode
/// back first.
final class Terminal: TerminalDevice {
  private let environment: (String) -> String?
  private var isRaw = false

  init(environment: @escaping (String) -> String? = Terminal.environmentVariable) {
    self.environment = environment
  }

  /// Whether statements can be edited: input and output are a terminal that obeys sequences.
  var isInteractive: Bool { isTerminal && !isDumb }

  /// Whether somebody sits at both ends.
  var isTerminal: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1 }

  private var isDumb: Bool {
    let name = environment("TERM") ?? ""
    return name.isEmpty || name == "dumb" || name == "emacs"
      || environment("INSIDE_EMACS").map { !$0.contains("term") } ?? false
  }

  var size: TerminalSize {
    var window = winsize()
    let result = unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &window)
    if result == 0, window.ws_col > 0, window.ws_row > 0 {
      return TerminalSize(columns: Int(window.ws_col), rows: Int(window.ws_row))
    }
    return TerminalSize(
      columns: environment("COLUMNS").flatMap { Int($0) }.map { max(1, $0) } ?? 80,
      rows: environment("LINES").flatMap { Int($0) }.map { max(1, $0) } ?? 24)
  }

  func enterRawMode() -> Bool {
    guard !isRaw else { return true }
    guard SignalState.openPipe(), setRawMode() else { return false }
    SignalState.installHandlers()
    isRaw = true
    write(Array("\u{1B}[?2004h".utf8))
    return true
  }

  func leaveRawMode() {
    guard isRaw else { return }
    isRaw = false
    write(Array("\u{1B}[?2004l".utf8))
    SignalState.removeHandlers()
    SignalState.restoreMode()
  }

  private func setRawMode() -> Bool {
    var mode = termios()
    guard unsafe tcgetattr(STDIN_FILENO, &mode) == 0 else { return false }
    SignalState.save(mode)
    mode.c_iflag &= ~tcflag_t(BRKINT | ICRNL | INPCK | ISTRIP | IXON)
    mode.c_lflag &= ~tcflag_t(ECHO | ICANON | IEXTEN | ISIG)
    mode.c_cflag |= tcflag_t(CS8)
    unsafe withUnsafeMutableBytes(of: &mode.c_cc) { characters in
      unsafe characters[Int(VMIN)] = 1
      unsafe characters[Int(VTIME)] = 0
    }
    return unsafe tcsetattr(STDIN_FILENO, TCSADRAIN, &mode) == 0
  }

  func read(timeoutMilliseconds: Int?) -> TerminalEvent {
    var places = unsafe [
      pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0),
      pollfd(fd: SignalState.readEnd, events: Int16(POLLIN), revents: 0),
    ]
    let limit = timeoutMilliseconds.map { Int32(clamping: $0) } ?? -1
    while true {
      let count = unsafe poll(&places, 2, limit)
      if count == 0 { return .timeout }
      // A signal that interrupts the wait has left its byte in the pipe by now.
      if count < 0 {
        guard errno == EINTR else { return .closed }
        // Without our handlers it was the caller's, which is there for Ctrl-C.
        guard isRaw else { return .interrupted }
        continue
      }
      if places[1].revents != 0, let event = SignalState.nextEvent() {
        if event == .continued, isRaw {
          // Whoever stopped us may have changed the mode; ours is made from that anew.
          _ = setRawMode()
          write(Array("\u{1B}[?2004h".utf8))
        }
        return event
      }
      if places[0].revents != 0 { return readBytes() }
    }
  }

  private func readBytes() -> TerminalEvent {
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = unsafe buffer.withUnsafeMutableBytes { bytes in
        unsafe Descriptor.read(STDIN_FILENO, bytes)
      }
      if count > 0 { return .bytes(Array(buffer[..<count])) }
      if count < 0, errno == EINTR { return .interrupted }
      if count < 0, errno == EAGAIN { continue }
      return .closed
    }
  }

  func write(_ bytes: [UInt8]) { _ = Descriptor.writeAll(bytes, to: STDOUT_FILENO) }

  func suspend() {
    let wasRaw = isRaw
    leaveRawMode()
    raise(SIGTSTP)
    if wasRaw { _ = enterRawMode() }
  }

  /// A variable of the process's environment.
  static func environmentVariable(_ name: String) -> String? {
    guard let value = unsafe getenv(name) else { return nil }
    return unsafe String(cString: value)
  }
}

/// What signal handlers may touch: plain words, set before the handlers are installed.
///
/// A handler does only what is safe in one: it writes one byte into a pipe that `read` waits on too,
/// or gives the terminal its mode back and lets the signal do what it does by default.
private enum SignalState {
  nonisolated(unsafe) private static var savedMode = termios()
  nonisolated(unsafe) private static var isSaved = false
  nonisolated(unsafe) private(set) static var readEnd: Int32 = -1
  nonisolated(unsafe) private static var writeEnd: Int32 = -1
  nonisolated(unsafe) private static var previous: [(Int32, Handler?)] = []

  private typealias Handler = @convention(c) (Int32) -> Void

  private static let reported = [SIGWINCH, SIGCONT, SIGINT]
  private static let fatal = [
    SIGTERM, SIGHUP, SIGQUIT, SIGABRT, SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGFPE,
  ]

  static func save(_ mode: termios) {
    unsafe savedMode = mode
    unsafe isSaved = true
  }

  static func restoreMode() {
    guard unsafe isSaved else { return }
    unsafe isSaved = false
    _ = unsafe tcsetattr(STDIN_FILENO, TCSADRAIN, &savedMode)
  }

  /// Opens the pipe that handlers report into, once.
  static func openPipe() -> Bool {
    guard unsafe readEnd < 0 else { return true }
    var ends: [Int32] = [-1, -1]
    guard unsafe pipe(&ends) == 0 else { return false }
    for end in ends {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    unsafe readEnd = ends[0]
    unsafe writeEnd = ends[1]
    return true
  }

  static func installHandlers() {
    unsafe previous.removeAll()
    for number in reported {
      let old = signal(number) { number in SignalState.report(number) }
      unsafe previous.append((number, old))
    }
    for number in fatal {
      let old = signal(number) { number in SignalState.die(number) }
      unsafe previous.append((number, old))
    }
  }

  static func removeHandlers() {
    for (number, handler) in unsafe previous { _ = signal(number, handler) }
    unsafe previous.removeAll()
  }

  static func nextEvent() -> TerminalEvent? {
    var byte: UInt8 = 0
    let count = unsafe withUnsafeMutableBytes(of: &byte) { place in
      unsafe Descriptor.read(readEnd, place)
    }
    guard count == 1 else { return nil }
    switch Int32(byte) {
    case SIGWINCH: return .resized
    case SIGCONT: return .continued
    default: return .interrupted
    }
  }

  private static func report(_ number: Int32) {
    let saved = errno
    var byte = UInt8(truncatingIfNeeded: number)
    _ = unsafe Descriptor.write(writeEnd, &byte, 1)
    errno = saved
  }

  private static func die(_ number: Int32) {
    // "ESC [ ? 2 0 0 4 l" takes back the bracketed paste; no array may be made in a handler.
    var sequence: (UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8, UInt8) = (
      0x1B, 0x5B, 0x3F, 0x32, 0x30, 0x30, 0x34, 0x6C
    )
    _ = unsafe Descriptor.write(STDOUT_FILENO, &sequence, 8)
    if unsafe isSaved { _ = unsafe tcsetattr(STDIN_FILENO, TCSANOW, &savedMode) }
    _ = signal(number, SIG_DFL)
    raise(number)
  }
}
