/// A citation on term ids: the document and the lines, `TermID.none.raw` where they are missing.
package struct StagedCitation: Hashable, Sendable {
  package var source: UInt32
  package var lines: UInt32

  package init(source: UInt32 = TermID.none.raw, lines: UInt32 = TermID.none.raw) {
    self.source = source
    self.lines = lines
  }

  /// Whether it says anything at all.
  var isEmpty: Bool { source == TermID.none.raw && lines == TermID.none.raw }
}
