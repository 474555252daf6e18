import Testing

@testable import GraphCore

@Suite struct JSONTextTests {
  private func read(_ text: String) throws -> String {
    let bytes = Array("x\(text)y".utf8)[...]
    var place = 1
    let result = String(decoding: try JSONText.read(bytes, at: &place), as: UTF8.self)
    #expect(bytes[place...].elementsEqual("y".utf8))
    return result
  }

  @Test func escapesAreUndone() throws {
    #expect(try read(#""""#) == "")
    #expect(try read(#""a\"\\\/\b\f\n\r\t\u00e9\u4E00""#) == "a\"\\/\u{8}\u{C}\n\r\té一")
    #expect(try read(#""\ud83d\ude00""#) == "😀")
  }

  @Test(arguments: [
    (#""a"#, "a text is not closed"), (#""a\"#, "a text is not closed"),
    (#""\x""#, "an escape is unknown"), (#""\u+123""#, "four hexadecimal digits are expected"),
    (#""\u12""#, "four hexadecimal digits are expected"), (#""\u0000""#, TextCheck.hasNUL),
    (#""\ud83d \ude00""#, "a surrogate stands alone"),
    (#""\ud83d\u0041""#, "a surrogate stands alone"), (#""\ud83d""#, "a surrogate stands alone"),
    (#""\ude00""#, "a surrogate stands alone"),
  ])
  func mistakesAreNamed(_ text: String, _ reason: String) {
    var place = 0
    #expect(throws: JSONText.Failure(reason: reason)) {
      try JSONText.read(Array(text.utf8)[...], at: &place)
    }
  }

  @Test func whatIsWrittenIsReadBack() throws {
    let text = String((1...0x80).map { Character(Unicode.Scalar(UInt8($0))) }) + "一😀"
    var bytes: [UInt8] = []
    JSONText.append(text, to: &bytes)
    #expect(bytes.allSatisfy { $0 >= 0x20 && $0 != 0x7F })
    #expect(try read(String(decoding: bytes, as: UTF8.self)) == text)
  }
}
