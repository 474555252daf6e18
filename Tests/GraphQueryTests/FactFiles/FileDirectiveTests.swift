import GraphCore
import GraphQuery
import Testing

/// What the parameters of `.input`, `.output` and `.printsize` say, and which say nothing.
@Suite struct FileDirectiveTests {
  private func warnings(_ directives: String) -> [Diagnostic] {
    let text = ".decl p(x: symbol)\n.decl q(x: symbol)\n" + directives
    let result = QuerySession().load([SourceText(name: "p.dl", text: text)])
    #expect(result.isLoaded)
    return result.diagnostics
  }

  @Test(arguments: [
    (".input p(delimeter=\",\")", "input", "delimeter", "delimiter"),
    (".input p(filname=\"a\")", "input", "filname", "filename"),
    (".output p(header=true)", "output", "header", "headers"),
    (".output p, q(colums=\"0\")", "output", "colums", "columns"),
    (".printsize p(zzz=1)", "printsize", "zzz", ""),
  ])
  func unknownParameters(_ text: String, _ kind: String, _ name: String, _ nearest: String) throws {
    let found = warnings(text)
    #expect(found.map(\.code) == [.ignoredParameter])
    let warning = try #require(found.first)
    #expect(warning.severity == .warning)
    #expect(warning.message == "`.\(kind)` has no parameter `\(name)`; it changes nothing")
    #expect(
      warning.help == (nearest.isEmpty ? "" : "did you mean `\(nearest)`? ")
        + "known are IO, filename, name, delimiter, rfc4180, headers, columns, format, compress")
    let span = try #require(warning.span)
    #expect(Int(span.upper - span.lower) == name.utf8.count)
  }

  @Test func aComponentTellsOnce() {
    let text = ".comp C { .decl r(x: symbol) .input r(delimeter=\",\") }\n.init a = C\n.init b = C"
    #expect(warnings(text).count == 1)
  }

  /// What Soufflé knows is told of by nobody, be it that it says nothing here.
  @Test(arguments: [
    ".input p(IO=file, filename=\"a\", name=\"b\", delimiter=\",\", rfc4180=true, headers=true)",
    ".output p(IO=jsonfile, format=object, dbname=\"d\", ordermode=\"x\", intermediate=true)",
    ".output p(attributeNames=\"x\", operation=\"output\", auxArity=\"0\")", ".limitsize p(n=3)",
    ".input p(columns=\"0\", compress=true)",
  ])
  func knownParameters(_ text: String) { #expect(warnings(text).isEmpty) }
}
