import GraphCore
import GraphQuery
import Synchronization

/// The line at the bottom of a terminal that says what a running query does.
///
/// It is written to standard error over itself, and gone before anything else is written. Whatever
/// thread works on the query may call `show`.
final class ProgressLine: Sendable {
  private let isShown = Atomic(false)

  /// Whether a line can be written over itself there.
  static func isPossible(environment: (String) -> String?) -> Bool {
    let terminal = environment("TERM") ?? ""
    return Files.isTerminal(2) && !terminal.isEmpty && terminal != "dumb" && terminal != "emacs"
  }

  func show(_ progress: QueryProgress, rule: String?) {
    let text = ProgressText.line(progress, rule: rule, columns: Terminal().size.columns - 1)
    isShown.store(true, ordering: .relaxed)
    // With standard error gone there is nobody left to tell.
    // The cursor waits at the start, where a terminal that echoes Ctrl-C does no harm.
    try? OutputFile.standardError.write(Array("\r\u{1B}[2m\(text)\u{1B}[0m\u{1B}[K\r".utf8))
  }

  func erase() {
    guard isShown.exchange(false, ordering: .relaxed) else { return }
    try? OutputFile.standardError.write(Array("\r\u{1B}[K".utf8))
  }
}

/// The progress of a query in words.
enum ProgressText {
  /// `2.3 s  stratum 2/3, round 14, +12,345 rows  1,204,331 rows, 240 MiB  x.dl:3 1.8 s  Ctrl-C stops`,
  /// without its end where it does not fit.
  static func line(_ progress: QueryProgress, rule: String?, columns: Int) -> String {
    var place = "stratum \(progress.stratum)/\(progress.stratumCount)"
    if progress.round > 0 {
      place += ", round \(Quantity.grouped(progress.round))"
      place += ", +\(Quantity.counted(progress.newRowCount, "row"))"
    }
    var parts = [time(progress.seconds), place]
    if progress.rowCount > 0 { parts.append(held(progress)) }
    if let rule {
      // Of a long path its end says which file it is.
      let name = rule.split(separator: "/").last.map(String.init) ?? rule
      parts.append("\(name) \(time(progress.slowestSeconds))")
    }
    parts.append("Ctrl-C stops")
    while parts.count > 1, DisplayWidth.columns(of: parts.joined(separator: "  ")) > columns {
      parts.removeLast()
    }
    return DisplayWidth.truncated(parts.joined(separator: "  "), to: max(1, columns))
  }

  /// How far a query came that was stopped.
  static func stopped(_ progress: QueryProgress, rule: String?, columns: Int) -> String {
    var text = "stopped after \(time(progress.seconds)) in stratum \(progress.stratum) of "
    text += "\(progress.stratumCount)"
    if progress.round > 0 { text += ", round \(Quantity.grouped(progress.round))" }
    if progress.rowCount > 0 { text += ", with \(held(progress)) derived" }
    if let rule {
      text += "; the rule at \(rule) took \(time(progress.slowestSeconds)) of it"
    }
    text += "; .partial shows what is known of the answer"
    return HelpText.wrapped(text, indent: 2, columns: columns, used: 0) + "\n"
  }

  private static func held(_ progress: QueryProgress) -> String {
    "\(Quantity.counted(progress.rowCount, "row")), \(progress.byteCount >> 20) MiB"
  }

  private static func time(_ seconds: Double) -> String {
    Quantity.time(.nanoseconds(Int64(seconds * 1e9)))
  }
}
