import GraphCore

/// A search through the history, from the newest entry back.
struct HistorySearch: Equatable, Sendable {
  var query = ""
  /// The entry found, or nil before anything was looked for.
  var position: Int?
  /// Whether the query is in no further entry; the one found before stays shown.
  var isFailing = false
}

extension LineEditor {
  mutating func beginSearch() -> Outcome {
    mode = .searching(HistorySearch())
    return .editing
  }

  /// The entry that a search shows, with the place of the query in it.
  func found(by search: HistorySearch) -> (entry: String, match: Range<Int>)? {
    guard let position = search.position else { return nil }
    let entry = history.entries[position]
    let start = TextSearch.firstPlace(of: search.query, in: entry) ?? 0
    return (entry, start..<min(entry.utf8.count, start + search.query.utf8.count))
  }

  mutating func handle(_ press: KeyPress, in search: HistorySearch) -> Outcome {
    var search = search
    switch press.key {
    case .text(let text) where press.modifiers.isEmpty, .paste(let text):
      search.query += text
      // The entry shown may still match the longer query.
      let end = search.position.map { $0 + 1 } ?? history.entries.count
      return show(search, at: history.lastIndex(containing: search.query, before: end))
    case .control("r"):
      let end = search.position ?? history.entries.count
      return show(search, at: history.lastIndex(containing: search.query, before: end))
    case .control("s"):
      let start = search.position ?? history.entries.count
      return show(search, at: history.firstIndex(containing: search.query, after: start))
    case .backspace, .control("h"):
      guard !search.query.isEmpty else { return .refused }
      search.query.removeLast()
      search.position = nil
      guard !search.query.isEmpty else {
        search.isFailing = false
        mode = .searching(search)
        return .editing
      }
      let end = history.entries.count
      return show(search, at: history.lastIndex(containing: search.query, before: end))
    case .control("g"), .control("c"):
      mode = .editing
      return .editing
    case .escape:
      accept(search)
      return .editing
    default:
      accept(search)
      return edit(press)
    }
  }

  private mutating func show(_ search: HistorySearch, at position: Int?) -> Outcome {
    var search = search
    search.isFailing = position == nil
    search.position = position ?? search.position
    mode = .searching(search)
    return search.isFailing ? .refused : .editing
  }

  private mutating func accept(_ search: HistorySearch) {
    mode = .editing
    guard let (entry, match) = found(by: search), let position = search.position else { return }
    if recall(to: position) == .refused {
      _ = change { $0 = LineBuffer(entry, cursor: entry.utf8.count) }
    }
    moveCursor(to: match.upperBound)
  }
}
