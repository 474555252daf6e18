/// The number of a text in the graph's dictionary; the number of a node is that of its name.
///
/// Stored ids count up from 0. Texts that exist only while a query runs count down from 2³²−1, so
/// that the two never meet.
public struct TermID: Hashable, Sendable {
  /// The bare number, as columns store it.
  public let raw: UInt32

  @inlinable
  public init(raw: UInt32) { self.raw = raw }

  /// The mark for "no text" in columns where a text may be missing. These hold stored ids alone, so
  /// that the first text of a query, which has the same number, is never taken for it.
  public static var none: TermID { TermID(raw: .max) }
}

extension TermID: CustomStringConvertible {
  public var description: String { "#\(raw)" }
}
