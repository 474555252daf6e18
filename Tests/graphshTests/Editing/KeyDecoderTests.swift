import Testing

@testable import graphsh

@Suite struct KeyDecoderTests {
  struct Sequence: Sendable {
    let bytes: String
    let keys: [KeyPress]

    init(_ bytes: String, _ keys: KeyPress...) {
      self.bytes = bytes
      self.keys = keys
    }
  }

  static let sequences: [Sequence] = [
    Sequence("a", KeyPress(.text("a"))),
    Sequence("祁县经济开发区", KeyPress(.text("祁县经济开发区"))),
    Sequence("é👨‍👩‍👧", KeyPress(.text("é👨‍👩‍👧"))),
    Sequence("\r", KeyPress(.enter)), Sequence("\n", KeyPress(.enter)),
    Sequence("\t", KeyPress(.tab)), Sequence("\u{7F}", KeyPress(.backspace)),
    Sequence("\u{8}", KeyPress(.backspace)), Sequence("\u{1}", KeyPress(.control("a"))),
    Sequence("\u{1A}", KeyPress(.control("z"))), Sequence("\u{1F}", KeyPress(.control("_"))),
    Sequence("\0", KeyPress(.control("@"))), Sequence("\u{1C}", KeyPress(.control("\\"))),
    Sequence("\u{1B}[A", KeyPress(.up)), Sequence("\u{1B}OB", KeyPress(.down)),
    Sequence("\u{1B}[1;5C", KeyPress(.right, .control)),
    Sequence("\u{1B}[1;3D", KeyPress(.left, .alt)),
    Sequence("\u{1B}[1;6H", KeyPress(.home, [.control, .shift])),
    Sequence("\u{1B}[3~", KeyPress(.delete)), Sequence("\u{1B}[3;5~", KeyPress(.delete, .control)),
    Sequence("\u{1B}[5~", KeyPress(.pageUp)), Sequence("\u{1B}[4~", KeyPress(.end)),
    Sequence("\u{1B}[Z", KeyPress(.tab, .shift)), Sequence("\u{1B}OP", KeyPress(.function(1))),
    Sequence("\u{1B}[15~", KeyPress(.function(5))), Sequence("\u{1B}[24~", KeyPress(.function(12))),
    Sequence("\u{1B}[[C", KeyPress(.function(3))),
    Sequence("\u{1B}b", KeyPress(.text("b"), .alt)),
    Sequence("\u{1B}祁", KeyPress(.text("祁"), .alt)),
    Sequence("\u{1B}\r", KeyPress(.enter, .alt)),
    Sequence("\u{1B}\u{7F}", KeyPress(.backspace, .alt)),
    Sequence("\u{1B}\u{1B}[A", KeyPress(.up, .alt)),
    Sequence("\u{1B}[97;5u", KeyPress(.control("a"))),
    Sequence("\u{1B}[13;2u", KeyPress(.enter, .shift)),
    Sequence("\u{1B}[27;5;65~", KeyPress(.control("a"))),
    Sequence(
      "\u{1B}[200~a\tb\r\nc\rd\n\u{1B}[A\u{1B}[201~", KeyPress(.paste("a\tb\nc\nd\n\u{1B}[A"))),
    Sequence("\u{1B}[200~\u{1B}[201~x", KeyPress(.paste("")), KeyPress(.text("x"))),
    Sequence("\u{1B}[?1;2c\u{1B}[Ix", KeyPress(.text("x"))),
    Sequence("a\u{1B}[Db", KeyPress(.text("a")), KeyPress(.left), KeyPress(.text("b"))),
    Sequence("\u{1B}[1\u{3}", KeyPress(.control("c"))),
  ]

  @Test(arguments: sequences)
  func sequenceIsDecodedHoweverItIsCut(sequence: Sequence) {
    let bytes = Array(sequence.bytes.utf8)
    for cut in 0...bytes.count {
      var decoder = KeyDecoder()
      var keys = decoder.feed(Array(bytes[..<cut]))
      keys += decoder.feed(Array(bytes[cut...]))
      #expect(joined(keys) == sequence.keys, "cut at \(cut)")
      #expect(!decoder.isWaiting)
    }
    var decoder = KeyDecoder()
    #expect(joined(bytes.flatMap { decoder.feed([$0]) }) == sequence.keys)
  }

  /// Characters that arrived in two pieces are two keys; for comparison they are one.
  private func joined(_ keys: [KeyPress]) -> [KeyPress] {
    keys.reduce(into: []) { result, key in
      if case .text(let text) = key.key, key.modifiers.isEmpty, let last = result.last,
        case .text(let before) = last.key, last.modifiers.isEmpty
      {
        result[result.count - 1] = KeyPress(.text(before + text))
      } else {
        result.append(key)
      }
    }
  }

  @Test func loneEscapeIsAKeyWhenNothingFollows() {
    var decoder = KeyDecoder()
    #expect(decoder.feed([0x1B]).isEmpty)
    #expect(decoder.isWaiting)
    #expect(decoder.flush() == [KeyPress(.escape)])
    #expect(!decoder.isWaiting)
    #expect(decoder.feed(Array("\u{1B}[".utf8)).isEmpty)
    #expect(decoder.flush() == [KeyPress(.text("["), .alt)])
    #expect(decoder.feed(Array("\u{1B}[1;".utf8)).isEmpty)
    #expect(decoder.flush().isEmpty)
    #expect(decoder.feed([0xE7, 0xA5]).isEmpty)
    #expect(decoder.flush() == [KeyPress(.text("\u{FFFD}"))])
  }

  @Test func interruptEndsAPasteWhoseEndWasLost() {
    var decoder = KeyDecoder()
    #expect(decoder.feed(Array("\u{1B}[200~lost ".utf8)).isEmpty)
    #expect(
      decoder.feed(Array("end\u{3}x".utf8))
        == [KeyPress(.paste("lost end")), KeyPress(.control("c")), KeyPress(.text("x"))])
    // In a paste that is whole it is a character like others.
    #expect(
      decoder.feed(Array("\u{1B}[200~a\u{3}b\u{1B}[201~".utf8)) == [KeyPress(.paste("a\u{3}b"))])
  }

  @Test func pasteIsNotFlushed() {
    var decoder = KeyDecoder()
    #expect(decoder.feed(Array("\u{1B}[200~half".utf8)).isEmpty)
    #expect(!decoder.isWaiting)
    #expect(decoder.flush().isEmpty)
    #expect(decoder.feed(Array(" whole\u{1B}[201~".utf8)) == [KeyPress(.paste("half whole"))])
  }

  @Test func brokenBytesAreReplaced() {
    var decoder = KeyDecoder()
    #expect(
      decoder.feed([0xFF, 0x61, 0xC0, 0xE7, 0x62]) == [
        KeyPress(.text("\u{FFFD}a\u{FFFD}\u{FFFD}b"))
      ])
  }
}
