/// Numbers and times as people read them.
enum Quantity {
  /// The number with a comma after each group of three digits: `1,412`.
  static func grouped(_ number: Int) -> String {
    let digits = String(number.magnitude)
    var result = number < 0 ? "-" : ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.utf8.count - index) % 3 == 0 { result.append(",") }
      result.append(digit)
    }
    return result
  }

  /// The number with its noun: `1 row`, `1,412 rows`, `2 aliases`.
  static func counted(_ number: Int, _ noun: String) -> String {
    let ending = number == 1 ? "" : noun.hasSuffix("s") ? "es" : "s"
    return "\(grouped(number)) \(noun)\(ending)"
  }

  /// The time with two digits or so that matter: `0.3 ms`, `48 ms`, `1.2 s`, `3 min 5 s`.
  static func time(_ duration: Duration) -> String {
    let (seconds, attoseconds) = duration.components
    let microseconds = Int(seconds) * 1_000_000 + Int(attoseconds / 1_000_000_000_000)
    let tenths = (microseconds + 50) / 100
    if tenths < 100 { return "\(tenths / 10).\(tenths % 10) ms" }
    let milliseconds = (microseconds + 500) / 1000
    if milliseconds < 1000 { return "\(milliseconds) ms" }
    if milliseconds < 59_950 {
      let tenths = (milliseconds + 50) / 100
      return "\(tenths / 10).\(tenths % 10) s"
    }
    let whole = (milliseconds + 500) / 1000
    return "\(grouped(whole / 60)) min \(whole % 60) s"
  }
}

extension Duration {
  /// The whole of it as a number of seconds.
  var inSeconds: Double { self / .seconds(1) }
}
