import Testing

@testable import graphsh

@Suite struct HistoryTests {
  @Test func equalStatementsAreKeptOnce() {
    var history = History(limit: 3)
    #expect(history.add("a.  \n") == "a.")
    for entry in ["b.", "a.", "  ", "c.", "d."] { history.add(entry) }
    #expect(history.entries == ["a.", "c.", "d."])
    #expect(history.add(String(repeating: "x", count: History.longestEntry + 1)) == nil)
  }

  @Test func fileFormKeepsEveryStatement() {
    var history = History()
    for entry in ["a(x),\n  b(x).", "back\\slash \\n", "祁县\r\nx", "tab\there"] {
      history.add(entry)
    }
    let (decoded, lineCount) = History.decode(history.encoded)
    #expect(decoded == history)
    #expect(lineCount == 4)
    #expect(history.encoded.filter { $0 == 0x0A }.count == 4)
  }

  @Test func decodingKeepsTheNewestOfEqualOnes() {
    let (history, lineCount) = History.decode(Array("a\nb\n\na\nc\nb".utf8), limit: 2)
    #expect(history.entries == ["c", "b"])
    #expect(lineCount == 5)
  }

  @Test func searchGoesBothWays() {
    var history = History()
    for entry in ["祁县 1", "晋钢", "祁县 2"] { history.add(entry) }
    #expect(history.lastIndex(containing: "祁县", before: 3) == 2)
    #expect(history.lastIndex(containing: "祁县", before: 2) == 0)
    #expect(history.lastIndex(containing: "祁县", before: 0) == nil)
    #expect(history.firstIndex(containing: "祁县", after: 0) == 2)
    #expect(history.firstIndex(containing: "祁县", after: 2) == nil)
  }

  @Test func standardPathFollowsTheEnvironment() {
    func path(_ environment: [String: String]) -> String? {
      HistoryFile.standardPath { environment[$0] }
    }
    #expect(path(["XDG_STATE_HOME": "/s", "HOME": "/h"]) == "/s/graphsh/history")
    #expect(path(["XDG_STATE_HOME": "s", "HOME": "/h"]) == "/h/.local/state/graphsh/history")
    #expect(path(["HOME": "/h"]) == "/h/.local/state/graphsh/history")
    #expect(path([:]) == nil)
  }
}
