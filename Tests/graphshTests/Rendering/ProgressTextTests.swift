import GraphCore
import GraphQuery
import Testing

@testable import graphsh

@Suite struct ProgressTextTests {
  private var progress: QueryProgress {
    var progress = QueryProgress()
    (progress.stratum, progress.stratumCount) = (2, 3)
    (progress.round, progress.newRowCount) = (14, 12_345)
    (progress.rowCount, progress.byteCount) = (1_204_331, 240 << 20)
    progress.seconds = 2.31
    progress.slowestSeconds = 1.8
    return progress
  }

  @Test func aLineFitsTheWindow() {
    let line = ProgressText.line(progress, rule: "x.dl:3", columns: 200)
    #expect(
      line == "2.3 s  stratum 2/3, round 14, +12,345 rows  1,204,331 rows, 240 MiB  "
        + "x.dl:3 1.8 s  Ctrl-C stops")
    #expect(
      ProgressText.line(progress, rule: "/a/b/规则.dl:3", columns: 80)
        == "2.3 s  stratum 2/3, round 14, +12,345 rows  1,204,331 rows, 240 MiB")
    for columns in [12, 40, 79] {
      let short = ProgressText.line(progress, rule: "规则.dl:3", columns: columns)
      #expect(DisplayWidth.columns(of: short) <= columns)
    }
  }

  @Test func whatIsSaidOfAStoppedQuery() {
    #expect(
      ProgressText.stopped(progress, rule: "x.dl:3", columns: 80) == """
        stopped after 2.3 s in stratum 2 of 3, round 14, with 1,204,331 rows, 240 MiB
          derived; the rule at x.dl:3 took 1.8 s of it; .partial shows what is known of
          the answer

        """)
  }
}
