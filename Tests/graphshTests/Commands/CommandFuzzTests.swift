import GraphCore
import GraphQuery
import TestSupport
import Testing

@testable import graphsh

/// Whatever is typed is answered or refused; nothing of it crashes the shell or wears it out.
@Suite struct CommandFuzzTests {
  private static let pieces = [
    "?-", "?(", "company(c)", "supplies(a, b)", "\"晋钢\"", "“富士康”", "晋钢", "没有", "(", ")", ",", ".",
    "，", "。", ":-", "=", "!", "$x", "$", "x", "_", "3.5亿", "-1", "99999999999999999999", "0x",
    "1e999",
    "count", "sum", ":", "{", "}", "[", "]", "+", "*", "^", "|", "by", "cluster", "max", "expand",
    "around", "legend", "no", "caption", "order by", "limit", "--format", "json", "dot", "empty",
    "nonempty", "via", "into", "on", "off", "box", "csv", "keys", "\\", "\"", "“", "`", "'", "/*",
    "//",
    "\u{1}", "\u{301}", "👨‍👩‍👧", ".decl", "r(x: number)", ".why", "partner(\"晋钢\")", "@ 3-5", "hops: n",
    "path", "node(x)", "edge(t, x, y)", "last(x)", "min", "{1,3}", "\n", "\t", "what: w",
  ]

  /// Commands that open an editor or end the session, and those whose argument names a file.
  private static let excluded: Set<String> = [".edit", ".quit"]
  private static let withFile: Set<String> = [
    ".once", ".output", ".dot", ".render", ".save", ".load", ".read",
  ]

  @Test func anyLine() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    var generator = SeededGenerator(seed: seed)
    let names = ShellCommand.all.map(\.name).filter { !Self.excluded.contains($0) }
    try Executable.withFolder { folder in
      let file = try OutputFile("\(folder)/screen")
      for round in 0..<4 {
        let shell = Shell(output: file, errors: file, isInteractive: true) {
          TerminalSize(columns: [1, 20, 80, 200][round], rows: 24)
        }
        shell.usesPager = false
        shell.session.limits = QueryLimits(timeout: 2)
        shell.session.load([
          SourceText(
            name: "t.dl",
            text: """
              company("晋钢"). company("富士康"). zone("晋城"). alias("晋城钢铁", "晋钢").
              supplies("晋钢", "富士康", what: "板") @ 3. located_in("晋钢", "晋城").
              partner(x) :- supplies(x, _).
              """)
        ])
        for _ in 0..<150 {
          var line = ""
          if Bool.random(using: &generator), let name = names.randomElement(using: &generator) {
            line = name + " "
            if Self.withFile.contains(name) {
              // An image takes Graphviz its time; what it is made of is drawn by `.dot` as well.
              let ending = ["dl", "dot", "csv"].randomElement(using: &generator) ?? "dl"
              line += "\(folder)/f.\(ending) "
            }
          }
          for _ in 0..<Int.random(in: 0...8, using: &generator) {
            line += (Self.pieces.randomElement(using: &generator) ?? "") + " "
          }
          if Bool.random(using: &generator) { line += "." }
          _ = try shell.run(script: SourceText(name: "<input>", text: line))
          _ = ReadForm.of(line)
          _ = ShellLanguage.isComplete(line)
        }
        // It still answers, and what was typed before broke nothing.
        try shell.answers.redirect(to: nil)
        #expect(
          try shell.run(script: SourceText(name: "<input>", text: "?- 1 = 1.")) == .success,
          "seed \(seed), round \(round)")
      }
    }
  }
}
