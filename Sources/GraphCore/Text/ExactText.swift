/// A text that is equal to others of the same bytes only.
///
/// Swift takes texts for equal that Unicode calls canonically equivalent, as `é` and `e` with an accent behind
/// it. The store tells texts apart by their bytes, and so must tables that are asked for them.
package struct ExactText: Hashable, Sendable {
  package let text: String

  package init(_ text: String) { self.text = text }

  package static func == (left: ExactText, right: ExactText) -> Bool {
    left.text.isSame(as: right.text)
  }

  /// Texts of the same bytes are equivalent, so their hashes are the same. O(length).
  package func hash(into hasher: inout Hasher) { hasher.combine(text) }
}

extension String {
  /// Whether the bytes are the same. O(length).
  package func isSame(as other: String) -> Bool { utf8.elementsEqual(other.utf8) }
}
