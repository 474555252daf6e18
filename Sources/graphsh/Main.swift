import GraphCore

/// The start of the process: words in, a status out.
@main
struct Main {
  static func main() {
    Files.ignoreClosedPipes()
    let arguments = Array(CommandLine.arguments.dropFirst())
    ProcessControl.exit(status: Program.run(arguments).rawValue)
  }
}
