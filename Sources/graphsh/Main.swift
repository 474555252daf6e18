import GraphCore

/// The start of the process: words in, a status out.
@main
struct Main {
  static func main() {
    Files.ignoreClosedPipes()
    // What a session holds goes with the process; taking it apart first would only take time.
    var kept: [AnyObject] = []
    let status = Program.run(words: ProcessControl.arguments) { kept.append($0) }
    withExtendedLifetime(kept) { ProcessControl.exit(status: status.rawValue) }
  }
}
