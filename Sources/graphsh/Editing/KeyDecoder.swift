/// Turns the bytes of a terminal into key presses.
///
/// Bytes may arrive cut anywhere. What could still be the beginning of a longer sequence is kept
/// until more is fed, or until `flush()` says that nothing more comes: so a lone Escape is told
/// from the beginning of an arrow key by a short wait, which is the caller's.
///
/// At each byte the decoder is in one of these states:
///
/// - text: a byte from 0x20 up begins a character of 1 to 4 bytes; neighbours make one key;
/// - control: a byte below 0x20, or 0x7F, is a key by itself;
/// - escape: after ESC, `[` begins a control sequence, `O` a short one, another ESC or any other
///   key is that key with Alt;
/// - paste: after `ESC [ 200 ~`, everything up to `ESC [ 201 ~` is literal. Where the end was lost on
///   the way, Ctrl-C ends the paste, so that nobody is locked up in one.
struct KeyDecoder: Sendable {
  private var pending: [UInt8] = []
  private var isPasting = false
  /// Where the end of a paste is looked for next, so that a long one is scanned once.
  private var pasteScanned = 0

  private static let escape: UInt8 = 0x1B
  /// Ctrl-C.
  private static let interrupt: UInt8 = 0x03
  private static let pasteEnd = Array("\u{1B}[201~".utf8)
  /// A control sequence longer than this is noise.
  private static let longestSequence = 64

  /// Whether bytes are kept that `flush()` would turn into keys or drop.
  var isWaiting: Bool { !pending.isEmpty && !isPasting }

  /// The keys that are complete with these bytes.
  mutating func feed(_ bytes: [UInt8]) -> [KeyPress] {
    pending += bytes
    var keys: [KeyPress] = []
    var offset = 0
    scanning: while offset < pending.count {
      if isPasting {
        let scanStart = max(offset, pasteScanned)
        guard let end = pasteEnd(from: scanStart) else {
          if let interrupt = pending[scanStart...].firstIndex(of: Self.interrupt) {
            keys.append(KeyPress(.paste(Self.pastedText(pending[offset..<interrupt]))))
            isPasting = false
            pasteScanned = 0
            offset = interrupt
            continue
          }
          pasteScanned = max(offset, pending.count - Self.pasteEnd.count + 1) - offset
          break
        }
        keys.append(KeyPress(.paste(Self.pastedText(pending[offset..<end]))))
        isPasting = false
        pasteScanned = 0
        offset = end + Self.pasteEnd.count
        continue
      }
      switch step(at: offset) {
      case .incomplete:
        break scanning
      case .noise(let length):
        offset += length
      case .pasteBegin(let length):
        offset += length
        isPasting = true
      case .key(let key, let length):
        offset += length
        Self.append(key, to: &keys)
      }
    }
    pending.removeFirst(offset)
    return keys
  }

  /// The keys in what was kept, now that nothing follows it.
  mutating func flush() -> [KeyPress] {
    guard isWaiting else { return [] }
    let rest = pending
    pending.removeAll()
    guard rest[0] == Self.escape else { return [KeyPress(.text("\u{FFFD}"))] }
    if rest.count == 1 { return [KeyPress(.escape)] }
    if rest.count == 2, rest[1] == Self.escape { return [KeyPress(.escape, .alt)] }
    if rest.count == 2 {
      return [KeyPress(.text(String(decoding: rest[1...], as: UTF8.self)), .alt)]
    }
    return []
  }

  // MARK: One key

  private enum Step {
    case key(KeyPress, length: Int)
    case noise(length: Int)
    case pasteBegin(length: Int)
    case incomplete
  }

  private func step(at offset: Int) -> Step {
    let byte = pending[offset]
    if byte == Self.escape { return escapeStep(at: offset) }
    if byte < 0x20 || byte == 0x7F { return .key(Self.controlKey(byte), length: 1) }
    return characterStep(at: offset)
  }

  private func characterStep(at offset: Int) -> Step {
    let lead = pending[offset]
    let length =
      lead < 0x80 ? 1 : lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0
    for position in 1..<max(1, length) {
      guard offset + position < pending.count else { return .incomplete }
      guard pending[offset + position] & 0xC0 == 0x80 else {
        return .key(KeyPress(.text("\u{FFFD}")), length: position)
      }
    }
    guard length > 0 else { return .key(KeyPress(.text("\u{FFFD}")), length: 1) }
    let text = String(decoding: pending[offset..<offset + length], as: UTF8.self)
    return .key(KeyPress(.text(text)), length: length)
  }

  private func escapeStep(at offset: Int) -> Step {
    guard offset + 1 < pending.count else { return .incomplete }
    switch pending[offset + 1] {
    case UInt8(ascii: "["), UInt8(ascii: "O"):
      return sequenceStep(at: offset)
    default:
      // Alt is sent as an escape before the key.
      switch step(at: offset + 1) {
      case .key(var key, let length):
        key.modifiers.insert(.alt)
        return .key(key, length: length + 1)
      case .noise(let length): return .noise(length: length + 1)
      case .pasteBegin(let length): return .pasteBegin(length: length + 1)
      case .incomplete: return .incomplete
      }
    }
  }

  /// Reads `ESC [ parameters final` or `ESC O final`, and the Linux console's `ESC [ [ A` to `E`.
  private func sequenceStep(at offset: Int) -> Step {
    var position = offset + 2
    if pending[offset + 1] == UInt8(ascii: "["), position < pending.count,
      pending[position] == UInt8(ascii: "[")
    {
      guard position + 1 < pending.count else { return .incomplete }
      let number = Int(pending[position + 1]) - Int(UInt8(ascii: "A")) + 1
      guard (1...5).contains(number) else { return .noise(length: 4) }
      return .key(KeyPress(.function(number)), length: 4)
    }
    while position < pending.count, (0x20...0x3F).contains(pending[position]) { position += 1 }
    guard position - offset <= Self.longestSequence else {
      return .noise(length: position - offset)
    }
    guard position < pending.count else { return .incomplete }
    let final = pending[position]
    let length = position - offset + 1
    // A byte that cannot end a sequence ends it in error and is read again by itself.
    guard (0x40...0x7E).contains(final) else { return .noise(length: length - 1) }

    let parameters = pending[offset + 2..<position].split(
      separator: UInt8(ascii: ";"), omittingEmptySubsequences: false
    ).map { field in
      // Only what is before a colon counts; what follows refines it in newer protocols.
      Int(String(decoding: field.prefix { $0 != UInt8(ascii: ":") }, as: UTF8.self)) ?? 0
    }
    if final == UInt8(ascii: "~"), parameters.first == 200 { return .pasteBegin(length: length) }
    guard let key = Self.sequenceKey(final: final, parameters: parameters) else {
      return .noise(length: length)
    }
    return .key(key, length: length)
  }

  private static func sequenceKey(final: UInt8, parameters: [Int]) -> KeyPress? {
    let first = parameters.first ?? 0
    let code = parameters.count > 1 ? parameters[1] : 1
    let modifiers = KeyModifiers(rawValue: max(0, code - 1) & 7)
    switch final {
    case UInt8(ascii: "A"): return KeyPress(.up, modifiers)
    case UInt8(ascii: "B"): return KeyPress(.down, modifiers)
    case UInt8(ascii: "C"): return KeyPress(.right, modifiers)
    case UInt8(ascii: "D"): return KeyPress(.left, modifiers)
    case UInt8(ascii: "F"): return KeyPress(.end, modifiers)
    case UInt8(ascii: "H"): return KeyPress(.home, modifiers)
    case UInt8(ascii: "M"): return KeyPress(.enter, modifiers)
    case UInt8(ascii: "P")...UInt8(ascii: "S"):
      return KeyPress(.function(Int(final - UInt8(ascii: "P")) + 1), modifiers)
    case UInt8(ascii: "Z"): return KeyPress(.tab, modifiers.union(.shift))
    case UInt8(ascii: "u"): return codePointKey(first, modifiers)
    case UInt8(ascii: "~"):
      if first == 27, parameters.count > 2 { return codePointKey(parameters[2], modifiers) }
      return numberedKey(first).map { KeyPress($0, modifiers) }
    default: return nil
    }
  }

  private static func numberedKey(_ number: Int) -> Key? {
    switch number {
    case 1, 7: .home
    case 3: .delete
    case 4, 8: .end
    case 5: .pageUp
    case 6: .pageDown
    case 11...15: .function(number - 10)
    case 17...21: .function(number - 11)
    case 23, 24: .function(number - 12)
    default: nil
    }
  }

  /// A key that newer terminals send as its code point with modifiers.
  private static func codePointKey(_ value: Int, _ modifiers: KeyModifiers) -> KeyPress? {
    guard let scalar = UInt32(exactly: value).flatMap(Unicode.Scalar.init) else { return nil }
    if value < 0x20 || value == 0x7F {
      let plain = controlKey(UInt8(value))
      return KeyPress(plain.key, modifiers.union(plain.modifiers))
    }
    let character = Character(scalar)
    guard modifiers.contains(.control) else {
      return KeyPress(.text(String(character)), modifiers.subtracting(.shift))
    }
    let lower = Character(character.lowercased())
    return KeyPress(.control(lower), modifiers.subtracting(.control))
  }

  private static func controlKey(_ byte: UInt8) -> KeyPress {
    switch byte {
    case 0x08, 0x7F: return KeyPress(.backspace)
    case 0x09: return KeyPress(.tab)
    case 0x0A, 0x0D: return KeyPress(.enter)
    case 0x1B: return KeyPress(.escape)
    default:
      // Ctrl takes the upper bits from a letter or sign; letters are named in lower case.
      let isLetter = byte >= 1 && byte <= 26
      return KeyPress(.control(Character(Unicode.Scalar(byte | (isLetter ? 0x60 : 0x40)))))
    }
  }

  /// Adds a key; characters that arrive together are one key, so that they are drawn once.
  private static func append(_ key: KeyPress, to keys: inout [KeyPress]) {
    if key.modifiers.isEmpty, case .text(let text) = key.key, let last = keys.last,
      last.modifiers.isEmpty, case .text(let before) = last.key
    {
      keys[keys.count - 1] = KeyPress(.text(before + text))
    } else {
      keys.append(key)
    }
  }

  // MARK: Pastes

  private func pasteEnd(from offset: Int) -> Int? {
    let end = Self.pasteEnd
    guard pending.count - offset >= end.count else { return nil }
    return (offset...pending.count - end.count).first { start in
      pending[start] == Self.escape && pending[start..<start + end.count].elementsEqual(end)
    }
  }

  private static func pastedText(_ bytes: ArraySlice<UInt8>) -> String {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    var previous: UInt8 = 0
    for byte in bytes {
      if byte == 0x0D {
        result.append(0x0A)
      } else if byte != 0x0A || previous != 0x0D {
        result.append(byte)
      }
      previous = byte
    }
    return String(decoding: result, as: UTF8.self)
  }
}
