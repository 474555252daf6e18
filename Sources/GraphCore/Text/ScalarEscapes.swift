extension String {
  /// The text with other texts in the place of some of its scalars.
  ///
  /// ```swift
  /// "it's".replacingScalars { $0 == "'" ? "''" : nil }   // it''s
  /// ```
  ///
  /// What reads an escaped text goes by scalars or bytes. A character is more than that: a quote with a combining mark behind it
  /// is another character than a quote, and ends a text all the same.
  package func replacingScalars(_ replacement: (Unicode.Scalar) -> String?) -> String {
    var result = ""
    for scalar in unicodeScalars {
      if let text = replacement(scalar) {
        result.unicodeScalars.append(contentsOf: text.unicodeScalars)
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
