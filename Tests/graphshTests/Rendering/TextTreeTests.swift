import Testing

@testable import graphsh

@Suite struct TextTreeTests {
  @Test func remarksStandInOneColumn() {
    let tree = TextTree(
      "根", remark: "a:1", [TextTree("left", remark: "b:2", [TextTree("leaf")]), TextTree("right")])
    #expect(
      tree.rendered(columns: 40, style: .plain) == """
        根       a:1
        ├─ left  b:2
        │  └─ leaf
        └─ right

        """)
  }

  @Test func longRemarksHaveLinesOfTheirOwn() {
    let tree = TextTree("root", [TextTree("a long line of text", remark: "document.txt:1-2")])
    #expect(
      tree.rendered(columns: 30, style: .plain) == """
        root
        └─ a long line of text
             document.txt:1-2

        """)
  }
}
