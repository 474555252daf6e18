/// What the process says to whoever started it.
enum ExitStatus: Int32, Sendable {
  case success = 0
  /// The program or query is wrong or failed.
  case failure = 1
  /// The command line is wrong.
  case usage = 2
  /// A file cannot be read, written or trusted.
  case file = 3
  case interrupted = 130
}
