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

  static let page: String = {
    let parts = #filePath.split(separator: "/").dropLast(4)
    let path = "/" + parts.joined(separator: "/") + "/Documentation/Diagnostics.md"
    return ((try? Files.read(path)) ?? nil).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }()

  static let sections: [Section] = {
    var sections: [Section] = []
    var isInside = false
    for line in page.split(separator: "\n", omittingEmptySubsequences: false) {
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
    let result = session.perform(loading: [source])
    note(result.diagnostics)
    if result.isLoaded {
      for line in section.program.split(separator: "\n") where line.hasPrefix("?") {
        _ = session.execute(statement: SourceText(name: "query", text: String(line)), report: note)
      }
    }
    #expect(found.contains(section.code), "\(section.code): found \(found.sorted())")
  }

  // MARK: Side by side

  /// A mistake with what both engines say of it.
  struct Comparison: Sendable, CustomTestStringConvertible {
    var program: String
    var ours: String
    var theirs: String

    var testDescription: String { program }
  }

  static let comparisons: [Comparison] = {
    let lines = page.split(separator: "\n", omittingEmptySubsequences: false)
    guard let start = lines.firstIndex(where: { $0.hasPrefix("## Side by side") }) else {
      return []
    }
    var blocks: [String] = []
    var isInside = false
    for line in lines[start...] {
      if line.hasPrefix("```") {
        isInside.toggle()
        if isInside { blocks.append("") }
      } else if isInside {
        blocks[blocks.count - 1] += line + "\n"
      }
    }
    return stride(from: 0, to: blocks.count - 2, by: 3).map {
      Comparison(program: blocks[$0], ours: blocks[$0 + 1], theirs: blocks[$0 + 2])
    }
  }()

  @Test func tenMistakesAreCompared() { #expect(Self.comparisons.count == 10) }

  /// Our report is the one on the page, and its place is not behind the first of Soufflé's.
  @Test(arguments: comparisons) func theReportIsAsShown(_ comparison: Comparison) throws {
    let session = QuerySession()
    session.requiresDeclarations = true
    let result = session.load([SourceText(name: "program.dl", text: comparison.program)])
    let renderer = DiagnosticRenderer(sources: session.sources, style: .plain)
    let errors = result.diagnostics.filter { $0.severity == .error }
    #expect(errors.map { renderer.render($0) }.joined() == comparison.ours)
    let span = try #require(errors.first?.span)
    let ours = session.sources[span.source].location(at: Int(span.lower)).line
    let report = try #require(
      comparison.theirs.split(separator: "\n").first { $0.contains("rror") })
    if let theirs = report.split(separator: " ").last.flatMap({ Int($0) }) {
      #expect(ours <= theirs)
    }
    #expect(errors.count == 1)
    #expect(errors[0].help != nil)
  }
}
