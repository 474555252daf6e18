/// What the process says to whoever started it.
enum ExitStatus: Int32, Sendable, CaseIterable {
  case success = 0
  case failure = 1
  case usage = 2
  case file = 3
  case interrupted = 130

  /// What it means, for help and the manual page.
  var meaning: String {
    switch self {
    case .success: "all went well"
    case .failure: "the program or query is wrong or failed"
    case .usage: "the command line is wrong"
    case .file: "a file cannot be read, written or trusted"
    case .interrupted: "interrupted"
    }
  }
}
