/// The candidates under the text while one is chosen.
struct Menu: Equatable, Sendable {
  let candidates: [Completion.Candidate]
  /// The candidate that stands in the text now, if one does.
  var selected: Int?
  /// What the chosen candidate replaces, as the text is now.
  var replaced: Range<Int>
  /// The text and the cursor to go back to.
  let original: LineBuffer
}

extension LineEditor {
  /// Completes what is before the cursor: wholly if only one candidate fits, else as far as all
  /// agree, with a menu of them.
  mutating func beginCompletion() -> Outcome {
    guard let completion = language.complete(buffer.text, buffer.cursor),
      let first = completion.candidates.first,
      completion.replaced.lowerBound <= buffer.cursor,
      completion.replaced.upperBound <= buffer.length
    else { return .refused }
    guard completion.candidates.count > 1 else {
      lastAction = Self.action(taking: first)
      return change { $0.replace(completion.replaced, with: first.text) }
    }
    let original = buffer
    var replaced = completion.replaced
    let typed = buffer.text(in: replaced)
    let prefix = completion.commonPrefix
    // Candidates may contain what was typed rather than begin with it; then nothing is shared.
    if prefix.utf8.count > typed.utf8.count, prefix.hasPrefix(typed) {
      _ = change { $0.replace(replaced, with: prefix) }
      replaced = replaced.lowerBound..<replaced.lowerBound + prefix.utf8.count
    }
    mode = .choosing(
      Menu(candidates: completion.candidates, selected: nil, replaced: replaced, original: original)
    )
    return .editing
  }

  mutating func handle(_ press: KeyPress, in menu: Menu) -> Outcome {
    let count = menu.candidates.count
    switch press.key {
    case .tab where press.modifiers.contains(.shift), .up,
      .left where menu.selected != nil:
      return choose(menu.selected.map { ($0 + count - 1) % count } ?? count - 1, in: menu)
    case .tab, .down,
      .right where menu.selected != nil:
      return choose(menu.selected.map { ($0 + 1) % count } ?? 0, in: menu)
    case .enter where menu.selected != nil:
      mode = .editing
      return .editing
    case .escape, .control("g"):
      mode = .editing
      lastAction = .other
      return change { $0 = menu.original }
    default:
      mode = .editing
      return edit(press)
    }
  }

  private mutating func choose(_ index: Int, in menu: Menu) -> Outcome {
    var menu = menu
    let text = menu.candidates[index].text
    lastAction = Self.action(taking: menu.candidates[index])
    if menu.selected == nil {
      _ = change { $0.replace(menu.replaced, with: text) }
    } else {
      replaceWithoutUndo(menu.replaced, with: text)
    }
    let start = menu.replaced.lowerBound
    menu.replaced = start..<start + text.utf8.count
    menu.selected = index
    mode = .choosing(menu)
    return .editing
  }

  private static func action(taking candidate: Completion.Candidate) -> Action {
    guard let last = candidate.text.last, "\"”`".contains(last) else { return .other }
    return .closed(quote: String(last))
  }
}
