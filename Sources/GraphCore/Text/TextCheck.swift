/// What a text is: UTF-8, and without the NUL byte that no text of a graph holds.
package enum TextCheck {
  /// What is said of bytes that are no text.
  package static let noUTF8 = "the text is no UTF-8"
  /// What is said of a text with the byte that no text of a graph holds.
  package static let hasNUL = "the text holds a NUL byte"
}
