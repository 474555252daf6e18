import GraphCore

/// What a session holds beside the graph at one moment.
struct SessionState {
  let program: SessionProgram
  let facts: [String: Relation]
  /// That of `QuerySession.factsRevision`: while it is the same, the facts are.
  let factsRevision: Int
  /// What `.source` has said.
  let document: String?
}

extension QuerySession {
  var state: SessionState {
    SessionState(
      program: program, facts: facts, factsRevision: factsRevision, document: currentDocument)
  }

  /// Makes what the session holds beside the graph what it was. What `.source` says ends with its script as well, so that it
  /// is for whoever restores to tell.
  func restore(_ state: SessionState) { (program, facts) = (state.program, state.facts) }
}

/// What a session remembers of its changes, for `undo` and transactions.
///
/// Changes are numbered in their order, and a transaction knows the number of its first. So it still knows which are its own
/// after old ones were forgotten.
struct ChangeLog {
  struct Entry {
    fileprivate let number: Int
    let change: SessionChange
    /// What the session held before.
    let before: SessionState
    /// What `.source` had said when it was done.
    fileprivate(set) var document: String?
    /// What the graph has to take back, the last of it first.
    fileprivate(set) var writes: [Write]
  }

  /// What one statement changed in the graph, and what was kept and declared before.
  struct Write {
    let difference: GraphDifference
    let kept: GraphDocuments
    let declarations: GraphDeclarations
  }

  /// A change that was to be remembered, and that had too many facts for it.
  struct TooLarge {
    fileprivate let number: Int
    let title: String
    let factCount: Int
  }

  /// The state at the `begin` of a transaction, and the number of its first change.
  struct OpenTransaction {
    let state: SessionState
    let mark: Int
  }

  /// The newest last; their numbers ascend.
  private var entries: [Entry] = []
  /// The number of the next change.
  private(set) var mark = 0
  /// Changes with lower numbers have been forgotten.
  private var firstKept = 0
  /// The last change that was too large to be remembered, for as long as it is why nothing can be undone.
  private(set) var tooLarge: TooLarge?
  /// The innermost last.
  var open: [OpenTransaction] = []
  /// The answer that `last` shows, and its question.
  var lastAnswer: (answer: Answer, question: SourceSpan)?

  private static let limit = 100
  /// A change of more facts than these is not kept, and nothing before it can be undone either: its
  /// facts would be held twice.
  var factLimit = 200_000

  /// The last change that can be undone: inside a transaction one of its own.
  var last: Entry? {
    entries.last.flatMap { $0.number >= open.last?.mark ?? 0 ? $0 : nil }
  }

  /// Remembers a change with the state before it; the oldest may have to go.
  mutating func record(
    _ change: SessionChange, before: SessionState, document: String?, kept: GraphDocuments,
    declarations: GraphDeclarations
  ) {
    let write = Write(difference: change.difference, kept: kept, declarations: declarations)
    entries.append(
      Entry(number: mark, change: change, before: before, document: document, writes: [write]))
    mark += 1
    // Those of an open transaction are one change when it ends.
    if entries.count > Self.limit, entries[0].number < open.first?.mark ?? .max {
      entries.removeFirst()
    }
  }

  /// Makes the changes from a number on one; where some of them are forgotten, none of them can be taken back.
  mutating func join(since mark: Int) {
    guard firstKept <= mark else {
      let cause = tooLarge
      forgetAll()
      tooLarge = cause
      return
    }
    guard let first = entries.firstIndex(where: { $0.number >= mark }), first < entries.count - 1
    else { return }
    let parts = entries[first...]
    var change = SessionChange(
      title: "\(parts.count) changes of a transaction", difference: GraphDifference())
    change.difference.isListed = false
    let entry = Entry(
      number: parts[first].number, change: change, before: parts[first].before,
      document: parts.last?.document, writes: parts.reversed().flatMap(\.writes))
    entries.replaceSubrange(first..., with: CollectionOfOne(entry))
  }

  mutating func removeLast() { entries.removeLast() }

  /// Forgets all changes, since one came that is not remembered.
  ///
  /// - Parameter cause: that change, where it is too large.
  mutating func forgetAll(for cause: SessionChange? = nil) {
    entries.removeAll()
    tooLarge = cause.map {
      TooLarge(number: mark, title: $0.title, factCount: $0.difference.counts.facts)
    }
    // The change itself has no entry.
    mark += 1
    firstKept = mark
  }

  /// Forgets the changes from a number on.
  mutating func forget(since mark: Int) {
    while let last = entries.last, last.number >= mark { entries.removeLast() }
    // What is taken back is why nothing before it can be undone, but it is there no more.
    if let cause = tooLarge, cause.number >= mark { tooLarge = nil }
  }
}
