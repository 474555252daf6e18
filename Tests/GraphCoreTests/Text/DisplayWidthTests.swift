import GraphCore
import Testing

@Suite struct DisplayWidthTests {
  @Test(arguments: [
    ("", 0), ("abc", 3), ("祁县", 4), ("祁县A", 5), ("（，）", 6), ("ｱ", 1), ("Ａ", 2), ("한국", 4),
    ("\u{1112}\u{1161}\u{11AB}", 2), ("e\u{301}", 1), ("祁\u{301}", 2), ("\u{301}", 0),
    ("が", 2), ("か\u{3099}", 2), ("→", 1), ("…", 1), ("─", 1), ("“”", 2), ("㎡", 2), ("①", 1),
    ("😀", 2), ("👍🏽", 2), ("👨‍👩‍👧", 2), ("❤", 1), ("❤️", 2), ("❤️‍🔥", 2), ("🇨🇳", 2), ("🇨", 1),
    ("1️⃣", 2), ("🏴󠁧󠁢󠁥󠁮󠁧󠁿", 2), ("𠀀", 2), ("\u{200B}", 0), ("\u{AD}", 1), ("नि", 2),
    ("\t", 2), ("\n", 2), ("\r\n", 4), ("\0", 5), ("\u{1B}[0m", 9), ("\u{202E}", 8),
    ("\u{FEFF}", 8),
  ])
  func columns(text: String, expected: Int) {
    #expect(DisplayWidth.columns(of: text) == expected)
    #expect(DisplayWidth.columns(of: Array(text.utf8).span) == expected)
    #expect(DisplayWidth.columns(of: DisplayWidth.printable(text)) == expected)
  }

  @Test func bytesThatAreNoUTF8CountAsReplacements() {
    #expect(DisplayWidth.columns(of: [0x61, 0xFF, 0xE7].span) == 3)
    #expect(DisplayWidth.columns(of: [0xE7, 0xA5].span) == 1)
  }

  /// The fast paths must agree with the table and with each other, for every code point.
  @Test func everyCodePointHasOneWidth() {
    for value in UInt32(0)..<0x110000 {
      guard let scalar = Unicode.Scalar(value) else { continue }
      let text = String(scalar)
      let expected = DisplayWidth.columns(of: scalar)
      guard
        DisplayWidth.columns(of: text) == expected,
        DisplayWidth.columns(of: Array(text.utf8).span) == expected,
        DisplayWidth.columns(of: DisplayWidth.printable(text)) == expected
      else {
        Issue.record("U+\(String(value, radix: 16)): \(expected)")
        return
      }
    }
  }

  @Test(arguments: [
    ("abcdef", 6, "abcdef"), ("abcdef", 5, "abcd…"), ("abcdef", 1, "…"), ("abcdef", 0, ""),
    ("祁县经济开发区", 14, "祁县经济开发区"), ("祁县经济开发区", 13, "祁县经济开发…"),
    ("祁县经济开发区", 8, "祁县经…"), ("a\nb", 4, "a\\nb"), ("a\nb", 3, "a…"), ("👨‍👩‍👧👨‍👩‍👧", 3, "👨‍👩‍👧…"),
    ("e\u{301}e\u{301}e\u{301}", 2, "e\u{301}…"),
  ])
  func truncated(text: String, limit: Int, expected: String) {
    let result = DisplayWidth.truncated(text, to: limit)
    #expect(result == expected)
    #expect(DisplayWidth.columns(of: result) <= limit)
  }

  @Test func padded() {
    #expect(DisplayWidth.padded("祁县", to: 6) == "祁县  ")
    #expect(DisplayWidth.padded("祁县", to: 6, alignment: .trailing) == "  祁县")
    #expect(DisplayWidth.padded("祁县", to: 7, alignment: .center) == " 祁县  ")
    #expect(DisplayWidth.padded("祁县", to: 3) == "祁县")
  }

  @Test func printableEscapesWhatATerminalWouldObey() {
    let text = "a\tb\r\n\u{1B}[1m\u{202E}祁"
    #expect(DisplayWidth.printable(text) == "a\\tb\\r\\n\\u{1b}[1m\\u{202e}祁")
    #expect(DisplayWidth.printable("👨‍👩‍👧") == "👨‍👩‍👧")
    #expect(!DisplayWidth.needsEscape("祁县 e\u{301}"))
  }
}
