import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

/// Expects a program to have the same answer in every mode, and by the naive evaluator.
func expectOneAnswer(
  _ lines: [String], seed: UInt64, sourceLocation: Testing.SourceLocation = #_sourceLocation
) {
  let text = lines.map { $0 + "\n" }.joined()
  let session = QuerySession()
  let loaded = session.load([SourceText(name: "random.dl", text: text)])
  #expect(
    loaded.isLoaded, "seed \(seed): \(loaded.diagnostics.map(\.message))\n\(text)",
    sourceLocation: sourceLocation)
  switch Differential.compareAll(session) {
  case .agreed, .skipped: break
  case .rejected, .failedAlike:
    Issue.record("seed \(seed) is refused\n\(text)", sourceLocation: sourceLocation)
  case .mismatch(let report):
    Issue.record("seed \(seed): \(report)\n\(text)", sourceLocation: sourceLocation)
  }
}
