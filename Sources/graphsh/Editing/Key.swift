/// What was pressed, independent of how the terminal spells it.
enum Key: Equatable, Sendable {
  /// Characters without controls: one that was typed, or several that an input method committed.
  case text(String)
  /// What the terminal says was pasted. Line breaks are line feeds.
  case paste(String)
  /// A letter or sign pressed with Ctrl, in lower case: Ctrl-A is `.control("a")`.
  case control(Character)
  case enter
  case tab
  case backspace
  case delete
  case escape
  case up
  case down
  case left
  case right
  case home
  case end
  case pageUp
  case pageDown
  case function(Int)
}

struct KeyModifiers: OptionSet, Hashable, Sendable {
  let rawValue: Int

  static let shift = KeyModifiers(rawValue: 1)
  static let alt = KeyModifiers(rawValue: 2)
  static let control = KeyModifiers(rawValue: 4)
}

struct KeyPress: Equatable, Sendable {
  let key: Key
  var modifiers: KeyModifiers

  init(_ key: Key, _ modifiers: KeyModifiers = []) {
    self.key = key
    self.modifiers = modifiers
  }
}
