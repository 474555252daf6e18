import GraphCore
import Testing

@Suite struct ValueTests {
  @Test func theOrderIsTotal() {
    let ordered: [Value] = [
      false, true, .float(-.infinity), -1, .float(-0.5), 0, .unsigned(0), .float(0), 1,
      .unsigned(1),
      .float(1), .float(1.5), .unsigned(2), .integer(9_007_199_254_740_993), .integer(.max),
      .unsigned(1 << 63 - 1), .unsigned(1 << 63), .float(0x1p63), .unsigned(1 << 63 + 1),
      .unsigned(.max), .float(0x1p64), .float(.infinity), .float(.nan), "", "A", "a", "e\u{301}",
      "é", "\u{FFFF}", "😀",
    ]
    for (i, left) in ordered.enumerated() {
      for (j, right) in ordered.enumerated() {
        #expect((left < right) == (i < j), "\(left) < \(right)")
        #expect((left == right) == (i == j), "\(left) == \(right)")
      }
    }
    #expect(Set(ordered).count == ordered.count)
    #expect(Value.float(-0.0) == .float(0.0))
    #expect(Set([Value.float(-0.0), .float(0.0), .float(.nan), .float(-.nan)]).count == 2)
  }

  @Test func unsignedNumbersAreReadAsOthers() {
    #expect(Value.unsigned(12).description == "12" && Value.unsigned(12).type == .unsigned)
    #expect(Value.unsigned(.max).description == "18446744073709551615")
    #expect(Value.unsigned(12) != 12)
  }

  @Test(arguments: ["2024", "2024-02-29", "2024-12", "2024-Q4", "2025-01/2025-09", "2024/2024-05"])
  func datesAreRead(text: String) { #expect(PartialDate(text)?.description == text) }

  @Test(
    arguments: [
      "", "24", "2024-13", "2023-02-29", "2024-Q5", "2024-1", "2025/2024", "2024-12-17T00", "2024-",
      "2024/", "1/2/3", "२०२४",
    ])
  func whatIsNoDateIsRefused(text: String) { #expect(PartialDate(text) == nil) }

  @Test func numbersAreReadWithBounds() {
    func integer(_ text: String) -> Int64? { NumberFormat.integer(in: Array(text.utf8)) }
    #expect(integer("-9223372036854775808") == .min)
    #expect(integer("9223372036854775807") == .max)
    #expect(integer("9223372036854775808") == nil)
    #expect(integer("-") == nil)
    #expect(integer("1 ") == nil)
    #expect(NumberFormat.unsigned(in: Array("18446744073709551615".utf8)) == .max)
    #expect(NumberFormat.unsigned(in: Array("18446744073709551616".utf8)) == nil)
    func double(_ text: String) -> Double? { NumberFormat.double(in: Array(text.utf8)) }
    for text in [
      "0.1", "39.6", "1e22", "1e23", "123456789012345678", "5e-324", "1.7976931348623157e308", ".5",
      "5.", "00012.50", "-0.0",
    ] {
      #expect(
        double(text)
          == Double(text.hasPrefix(".") ? "0" + text : text.hasSuffix(".") ? text + "0" : text),
        "\(text)")
    }
    #expect(double("-0.0")?.sign == .plus)
    for text in ["", ".", "e5", "1e", "inf", "nan", "0x10", "1e999", "1.2.3", "--1"] {
      #expect(double(text) == nil, "\(text)")
    }
    #expect(NumberFormat.shortText(of: 12) == "12")
    #expect(NumberFormat.floatText(of: 12) == "12.0")
    #expect(NumberFormat.shortText(of: 0.1) == "0.1")
  }
}
