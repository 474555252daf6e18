public import GraphCore

/// A session on a graph that lies in a file, with the rules and constraints that are kept there.
///
/// ```swift
/// let session = try QuerySession.open("supply.graph")
/// try session.write { writer in
///   writer.addEdge("supplies", from: "晋钢", to: "富士康")
/// }
/// let answer = try session.query("?(x) :- supplies+(\"晋钢\", x).")
/// try session.close()
/// ```
///
/// Every change, be it a statement, `write` or `undo`, is durable when it returns, and none of it
/// is there where it fails. Between `begin` and `commit` many are one.
extension QuerySession {
  /// Opens the graph in a file, which is made if it is missing and can be written.
  ///
  /// One process writes at a time. Any number read, each the state that it has opened.
  ///
  /// - Parameters:
  ///   - path: the file, `NAME.graph`.
  ///   - readOnly: whether only to read, beside whoever writes.
  ///   - creation: when the file is made, if it is missing.
  ///   - wait: how many seconds to wait for another process that writes.
  /// - Throws: `StoreError`, with code `locked` where another process writes, `damaged` where the
  ///   file cannot be trusted, `unsupported` where it keeps rules that cannot be read.
  public static func open(
    _ path: String, readOnly: Bool = false, creation: GraphStore.Creation = .atOnce,
    wait: Double = 0, cancelToken: CancelToken = CancelToken()
  ) throws(StoreError) -> QuerySession {
    let store = try GraphStore.open(path, readOnly: readOnly, creation: creation, wait: wait)
    let session = QuerySession(store: store, cancelToken: cancelToken)
    try session.loadKept()
    session.isReadOnly = readOnly
    store.validator = { [weak session] _ in
      guard let session, !session.isChecked else { return }
      let offences = session.offendedConstraints()
      if !offences.isEmpty { throw ChangeRefusal(diagnostics: offences) }
    }
    return session
  }

  /// Reads the graph, and throws `StoreError` where the file turns out damaged.
  public func read<R>(_ body: (Graph) throws -> R) throws -> R {
    guard let store else { return try body(graph) }
    return try store.read(body)
  }

  /// Changes the graph as a whole or not at all.
  ///
  /// - Returns: what the closure returns; the change is then durable.
  /// - Throws: what the closure throws; `GraphWriteError` where facts contradict one another, the
  ///   graph or its schema, or the file cannot be written; `ChangeRefusal` where a constraint would
  ///   not hold. The graph is then as it was.
  @discardableResult
  public func write<R>(_ body: (inout GraphWriter) throws -> R) throws -> R {
    var failure: (any Error)?
    var result: R?
    let (change, diagnostics) = change(title: "write") {
      do {
        result = try graph.write(body).result
        return []
      } catch {
        failure = error
        return [Diagnostic(.invalidFact, "\(error)", at: nil)]
      }
    }
    if let failure { throw failure }
    guard change != nil, let result else { throw ChangeRefusal(diagnostics: diagnostics) }
    return result
  }

  /// Ends the use of the file, which can then be copied alone. Open transactions are taken back.
  /// Does nothing where the graph lies in memory. See `GraphStore.close` for what is thrown.
  public func close() throws(StoreError) {
    while openTransactionCount > 0 { _ = rollback() }
    try store?.close()
  }

  /// What was found damaged in the file so far, as an error: whatever was read must not be used.
  public func damage() -> Diagnostic? {
    guard let store, !store.damage.isEmpty else { return nil }
    let findings = store.damage.map(\.description)
    return Diagnostic(
      .unreadableFile, "\(store.path) is damaged: \(findings[0])", at: nil,
      notes: Array(findings.dropFirst().prefix(10)),
      help: "`graphsh verify \(store.path)` looks at everything, "
        + "`graphsh export --salvage` saves what is whole")
  }
}

/// Why a change was refused: what offends a constraint, or what is wrong with a statement.
public struct ChangeRefusal: Error, CustomStringConvertible {
  public let diagnostics: [Diagnostic]

  /// The messages with their notes, a line each.
  public var description: String {
    diagnostics.map { ([$0.message] + $0.notes).joined(separator: "\n  ") }.joined(separator: "\n")
  }
}
