import GraphCore
import Testing

@Suite struct ScalarEscapesTests {
  @Test func combiningMarksHideNothing() {
    let text = "a'\u{301}b'\r\n'"
    let doubled = text.replacingScalars { $0 == "'" ? "''" : nil }
    #expect(Array(doubled.utf8) == Array("a''\u{301}b''\r\n''".utf8))
    #expect("\r\n".replacingScalars { $0 == "\n" ? " " : nil } == "\r ")
    #expect("".replacingScalars { _ in "x" } == "")
  }
}
