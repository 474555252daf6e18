import GraphCore
import Testing

@testable import GraphQuery

/// Keeps `Documentation/Diagnostics.md` true: every code has a program there that provokes it.
@Suite struct DiagnosticsPageTests {
  struct Section: Sendable, CustomTestStringConvertible {
    var code: String
    /// `datalog` for programs, anything else for what no program alone can provoke.
    var kind: String
    var program: String

    var testDescription: String { code }
  }

  static let sections: [Section] = {
    let parts = #filePath.split(separator: "/").dropLast(4)
    let path = "/" + parts.joined(separator: "/") + "/Documentation/Diagnostics.md"
    guard let bytes = try? Files.read(path) else { return [] }
    var sections: [Section] = []
    var isInside = false
    let text = String(decoding: bytes, as: UTF8.self)
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("## Side by side") { break }
      if line.hasPrefix("#### ") {
        let code = line.dropFirst(5).prefix { $0 != " " }
        sections.append(Section(code: String(code), kind: "", program: ""))
      } else if line.hasPrefix("```"), !sections.isEmpty {
        isInside.toggle()
        if isInside { sections[sections.count - 1].kind = String(line.dropFirst(3)) }
      } else if isInside {
        sections[sections.count - 1].program += line + "\n"
      }
    }
    return sections
  }()

  @Test func everyCodeHasASection() {
    let codes = Set(Self.sections.map(\.code))
    for code in DiagnosticCode.allCases {
      #expect(codes.contains(code.rawValue), "\(code.rawValue) is not on the page")
    }
    #expect(codes.count == DiagnosticCode.allCases.count)
  }

  @Test(arguments: sections.filter { $0.kind == "datalog" })
  func theProgramProvokesItsCode(_ section: Section) {
    var found: Set<String> = []
    func note(_ diagnostics: [Diagnostic]) {
      found.formUnion(diagnostics.map(\.code.rawValue))
    }
    let source = SourceText(name: "program.dl", text: section.program)
    note(QuerySession().check([source]))
    let session = QuerySession()
    let result = session.loadChecked([source])
    note(result.diagnostics)
    if result.isLoaded {
      for line in section.program.split(separator: "\n") where line.hasPrefix("?") {
        _ = session.execute(statement: SourceText(name: "query", text: String(line)), report: note)
      }
    }
    #expect(found.contains(section.code), "\(section.code): found \(found.sorted())")
  }
}
