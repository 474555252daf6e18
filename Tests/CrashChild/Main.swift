import GraphCore

/// Writes to a store until it is killed: one commit after the other, the number of each on standard
/// output once it is durable. A test kills it and looks at what is left.
@main
struct CrashChild {
  static func main() throws {
    let store = try GraphStore.open(CommandLine.arguments[1], wait: 10)
    var number = store.graph.edges(ofType: "next").count
    let output = OutputFile.standardOutput
    while true {
      try store.write { writer in
        writer.addEdge("next", from: "n\(number)", to: "n\(number + 1)")
        if number % 10 == 9 { writer.addLabel("ten", to: "n\(number)") }
      }
      number += 1
      try output.write(Array("\(number)\n".utf8))
      if number % 40 == 0 { try store.compact() }
    }
  }
}
