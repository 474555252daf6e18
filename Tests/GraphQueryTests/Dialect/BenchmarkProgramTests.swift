import GraphCore
import GraphQuery
import TestSupport
import Testing

/// The programs of the benchmarks are right, so that a change of the language shows here and not in
/// the next measurement.
@Suite struct BenchmarkProgramTests {
  private static let folder: String = {
    let parts = #filePath.split(separator: "/").dropLast(4)
    return "/" + parts.joined(separator: "/") + "/Benchmarks/programs"
  }()

  private static let names = (try? Files.list(folder)) ?? []

  @Test func thereAreMany() { #expect(Self.names.count > 20) }

  @Test(arguments: names) func checks(_ name: String) throws {
    let path = "\(Self.folder)/\(name)/program.dl"
    let session = QuerySession()
    session.requiresDeclarations = true
    let text = SourceText(name: path, bytes: try Files.read(path))
    #expect(session.check([text]).filter { $0.severity == .error }.map(\.message) == [])
  }
}
