/// What was killed, newest last, to be yanked again.
struct KillRing: Sendable {
  private var entries: [String] = []
  private var position = 0
  private static let limit = 60

  /// Keeps a killed text. One that continues the last kill is joined to it, before or after.
  mutating func push(_ text: String, continuing: Bool, before: Bool) {
    guard !text.isEmpty else { return }
    if continuing, let last = entries.popLast() {
      entries.append(before ? text + last : last + text)
    } else {
      entries.append(text)
      if entries.count > Self.limit { entries.removeFirst() }
    }
    position = entries.count - 1
  }

  var current: String? { entries.isEmpty ? nil : entries[position] }

  /// Turns to the kill before the current one, and from the oldest to the newest.
  mutating func rotate() {
    guard !entries.isEmpty else { return }
    position = (position + entries.count - 1) % entries.count
  }
}

/// Earlier states of a buffer, for undo and redo.
///
/// Typing is undone by words: a state is kept where a run of typed characters begins, and where a
/// blank begins a new word in it.
struct UndoLog: Sendable {
  enum Change: Equatable, Sendable {
    case typing
    case deleting
    case other
  }

  private var past: [LineBuffer] = []
  private var future: [LineBuffer] = []
  private var last = Change.other
  private static let limit = 400

  /// Notes the state before a change.
  mutating func note(_ buffer: LineBuffer, before change: Change, startsGroup: Bool = false) {
    let continues = change != .other && change == last && !startsGroup
    last = change
    future.removeAll()
    guard !continues else { return }
    past.append(buffer)
    if past.count > Self.limit { past.removeFirst() }
  }

  /// Ends the group, so that the next change is undone by itself.
  mutating func endGroup() { last = .other }

  mutating func undo(_ buffer: inout LineBuffer) -> Bool {
    while let state = past.popLast() {
      // A change that changed nothing is no step.
      guard state.text != buffer.text else { continue }
      future.append(buffer)
      buffer = state
      last = .other
      return true
    }
    return false
  }

  mutating func redo(_ buffer: inout LineBuffer) -> Bool {
    guard let state = future.popLast() else { return false }
    past.append(buffer)
    buffer = state
    last = .other
    return true
  }
}
