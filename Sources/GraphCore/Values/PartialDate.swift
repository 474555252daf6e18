/// A date that is only as precise as it is known, in ISO form.
///
/// ```swift
/// PartialDate("2024")              // a year
/// PartialDate("2024-Q4")           // a quarter
/// PartialDate("2024-12")           // a month
/// PartialDate("2024-12-17")        // a day
/// PartialDate("2025-01/2025-09")   // a span
/// PartialDate("2025-02-30")        // nil: there is no such day
/// ```
///
/// Dates are stored as text and ordered as text; within one precision that is the order of time.
public struct PartialDate: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// How much of the date is known.
  public enum Precision: Sendable, Hashable { case year, quarter, month, day, span }

  /// How much of the date is known.
  public let precision: Precision
  /// The date as it is written.
  public let description: String

  /// Reads a date; `nil` where the text is none, or names a month or day that does not exist.
  public init?(_ text: String) {
    let bytes = Array(text.utf8)
    if let slash = bytes.firstIndex(of: UInt8(ascii: "/")) {
      guard let start = PartialDate.point(bytes[..<slash]),
        let end = PartialDate.point(bytes[(slash + 1)...]),
        !end.last.lexicographicallyPrecedes(start.first)
      else { return nil }
      precision = .span
    } else {
      guard let point = PartialDate.point(bytes[...]) else { return nil }
      precision = point.precision
    }
    description = text
  }

  /// The order of the texts: a year comes before its months, and these before their days.
  public static func < (left: PartialDate, right: PartialDate) -> Bool {
    left.description.utf8.lexicographicallyPrecedes(right.description.utf8)
  }

  /// A single date: its precision, and the first and last year, month and day that it can mean.
  private struct Point {
    var precision: Precision
    var first: [UInt64]
    var last: [UInt64]
  }

  private static func point(_ bytes: ArraySlice<UInt8>) -> Point? {
    let parts = bytes.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    guard let head = parts.first, head.count == 4, let year = NumberFormat.unsigned(in: head),
      parts.count <= 3
    else { return nil }
    guard parts.count > 1 else {
      return Point(precision: .year, first: [year, 1, 1], last: [year, 12, 31])
    }
    guard parts[1].count == 2 else { return nil }
    if parts.count == 2, parts[1].first == UInt8(ascii: "Q") {
      guard let quarter = NumberFormat.unsigned(in: parts[1].dropFirst()), 1...4 ~= quarter else {
        return nil
      }
      return Point(
        precision: .quarter, first: [year, quarter * 3 - 2, 1], last: [year, quarter * 3, 31])
    }
    guard let month = NumberFormat.unsigned(in: parts[1]), 1...12 ~= month else { return nil }
    guard parts.count == 3 else {
      return Point(precision: .month, first: [year, month, 1], last: [year, month, 31])
    }
    guard parts[2].count == 2, let day = NumberFormat.unsigned(in: parts[2]), day >= 1,
      day <= PartialDate.days(inMonth: month, of: year)
    else { return nil }
    return Point(precision: .day, first: [year, month, day], last: [year, month, day])
  }

  private static func days(inMonth month: UInt64, of year: UInt64) -> UInt64 {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }
}
