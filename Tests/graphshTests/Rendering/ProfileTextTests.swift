import GraphCore
import Testing

@testable import GraphQuery
@testable import graphsh

/// Profiles as text: columns that line up whatever the script of the names, within the window.
@Suite struct ProfileTextTests {
  private func profile(duration: Duration?) -> QueryProfile {
    let rule = QueryProfile.Rule(
      text: "客户（x） :- 公司（x）, 位于（x, z）。", place: "a.dl:3", recursiveCondition: nil, runCount: 1,
      conditions: [
        QueryProfile.Condition(
          text: "公司（x）", access: "scan", expectedRows: 1234, rows: 1234,
          duration: .microseconds(2600)),
        QueryProfile.Condition(
          text: "位于（x, z）", access: "index (from)", expectedRows: 2.4, rows: 1_000_000,
          duration: .milliseconds(48)),
        QueryProfile.Condition(
          text: "x != z", access: "", expectedRows: 2.4, rows: 7, duration: .microseconds(100)),
      ], derivedRows: 7, newRows: 5, duration: .milliseconds(51))
    return QueryProfile(
      rules: [rule], notes: ["`客户 found`: the rows of `客户` that are asked for"],
      advice: ["一 two three four five six seven eight nine"], duration: duration)
  }

  @Test func aProfileLinesUp() {
    let text = ProfileText(
      profile: profile(duration: .milliseconds(60)), columns: 60, style: .plain)
    #expect(
      text.rendered() == """
                        by            expected       rows    time
        客户（x） :- 公司（x）, 位于（x, z）。
          公司（x）     scan             1,234      1,234  2.6 ms
          位于（x, z）  index (from)         2  1,000,000   48 ms
          x != z                                        7  0.1 ms
          a.dl:3, 5 new rows, of 7 derived, 51 ms
        `客户 found`: the rows of `客户` that are asked for
        all in 60 ms
        advice: 一 two three four five six seven eight nine

        """)
  }

  @Test func aPlanHasNoRowsAndNoTimes() {
    var profile = profile(duration: nil)
    profile.rules[0].newRows = 0
    profile.rules[0].derivedRows = 0
    profile.notes = []
    profile.advice = []
    #expect(
      ProfileText(profile: profile, columns: 40, style: .plain).rendered() == """
                        by            expected
        客户（x） :- 公司（x）, 位于（x, z）。
          公司（x）     scan             1,234
          位于（x, z）  index (from)         2
          x != z
          a.dl:3

        """)
  }

  @Test func longTextsAreCutAndAdviceIsWrapped() {
    let text = ProfileText(profile: profile(duration: nil), columns: 36, style: .plain).rendered()
    for line in text.split(separator: "\n") {
      #expect(DisplayWidth.columns(of: String(line)) <= 50, "\(line)")
    }
    #expect(text.contains("advice: 一 two three four five six\n        seven"))
    #expect(text.hasPrefix(" "))
  }

  @Test func theTableHoldsEveryCondition() {
    let table = ProfileText(profile: profile(duration: nil), columns: 80, style: .plain).table
    #expect(table.rows.count == 4)
    #expect(table.rows[1][1...] == ["位于（x, z）", "index (from)", "2", "1000000", "48000"])
  }
}
