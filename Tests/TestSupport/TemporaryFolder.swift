import GraphCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Runs a test with a folder of its own, which is gone with all its files when the test ends.
package func withTemporaryFolder<Result>(
  _ name: String, _ body: (_ folder: String) throws -> Result
) throws -> Result {
  let folder = "/tmp/graphsh-\(name)-\(UInt64.random(in: 0 ... .max))"
  try Files.makeFolder(folder)
  defer {
    for file in (try? Files.list(folder)) ?? [] { Files.remove("\(folder)/\(file)") }
    _ = unsafe rmdir(folder)
  }
  return try body(folder)
}
