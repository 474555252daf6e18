@testable import GraphQuery

/// A fact file read the plain way, value by value, as the documentation words it: what the fast
/// reader is compared with.
enum ReferenceFacts {
  /// What a file comes to: its rows as texts, or the wrong lines with what is wrong with them.
  enum Result: Equatable {
    case rows([[String]])
    case problems([String])
  }

  /// Reads a file whose values are apart by `delimiter`; `columns` gives the place of each argument
  /// in the line, where that is not its own.
  static func read(
    _ bytes: [UInt8], types: [ColumnType], delimiter: [UInt8], hasHeaders: Bool,
    columns: [Int]? = nil
  ) -> Result {
    var rows: [[String]] = []
    var seen: Set<[String]> = []
    var problems: [String] = []
    var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    // Behind the last line end there is no line.
    if lines.last?.isEmpty ?? false { lines.removeLast() }
    for (number, line) in lines.enumerated() where number > 0 || !hasHeaders {
      var line = Array(line)
      if line.last == UInt8(ascii: "\r") { line.removeLast() }
      let values = split(line, delimiter)
      let places = columns ?? Array(types.indices)
      if let last = places.max(), last >= values.count {
        // The first wrong thing is reported, and a wrong value may stand before what is missing.
        let wrong = wrongValue(values, types, places)
        problems.append("\(number) \(wrong ?? "missing \(values.count)")")
        continue
      }
      if let wrong = wrongValue(values, types, places) {
        problems.append("\(number) \(wrong)")
        continue
      }
      let row = zip(places, types).map { text(values[$0], $1) ?? "" }
      if seen.insert(row).inserted { rows.append(row) }
    }
    return problems.isEmpty ? .rows(rows) : .problems(problems)
  }

  private static func split(_ line: [UInt8], _ delimiter: [UInt8]) -> [[UInt8]] {
    var values: [[UInt8]] = [[]]
    var place = 0
    while place < line.count {
      if line[place...].starts(with: delimiter) {
        values.append([])
        place += delimiter.count
      } else {
        values[values.count - 1].append(line[place])
        place += 1
      }
    }
    return values
  }

  /// The first value, in the order of the line, that is none of its type.
  private static func wrongValue(_ values: [[UInt8]], _ types: [ColumnType], _ places: [Int])
    -> String?
  {
    for (place, column) in places.enumerated().map({ ($1, $0) }).sorted(by: { $0.0 < $1.0 })
    where place < values.count {
      if text(values[place], types[column]) == nil { return "value \(column)" }
    }
    return nil
  }

  /// The value as a text that is equal for equal values; nothing where it is none of the type.
  private static func text(_ bytes: [UInt8], _ type: ColumnType) -> String? {
    let whole = String(decoding: bytes, as: UTF8.self)
    // As bytes, so that texts that are no UTF-8 stay different.
    if type == .symbol { return bytes.map(String.init).joined(separator: ",") }
    if type == .boolean { return whole == "true" || whole == "false" ? whole : nil }
    var digits = String(decoding: bytes.drop { $0 == UInt8(ascii: " ") }, as: UTF8.self)
    if type == .float {
      guard let value = Double(digits) else { return nil }
      return value == 0 ? "0.0" : "\(value)"
    }
    var sign = ""
    if type == .number, let first = digits.first, first == "-" || first == "+" {
      sign = first == "-" ? "-" : ""
      digits.removeFirst()
    }
    var radix = 10
    if digits.count > 2, digits.hasPrefix("0x") || digits.hasPrefix("0b") {
      radix = digits.hasPrefix("0x") ? 16 : 2
      digits.removeFirst(2)
    }
    guard digits.first != "+", digits.first != "-" else { return nil }
    if type == .unsigned { return UInt64(digits, radix: radix).map { "\($0)" } }
    return Int64(sign + digits, radix: radix).map { "\($0)" }
  }
}
