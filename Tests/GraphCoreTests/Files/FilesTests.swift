import TestSupport
import Testing

@testable import GraphCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite struct FilesTests {
  /// A folder that cannot be read to its end is none with fewer files.
  @Test func foldersThatCannotBeReadAreNamed() throws {
    #expect(throws: FileError(path: "x", reason: "Input/output error")) {
      try unsafe Files.names(atMost: 9, "x") {
        errno = EIO
        return nil
      }
    }
    try withTemporaryFolder("files") { folder in
      for name in ["b", "a", ".c"] { try Files.write([], to: "\(folder)/\(name)") }
      errno = EIO
      #expect(try Files.list(folder) == ["a", "b"])
      Files.remove("\(folder)/.c")
    }
  }

  private func mode(_ path: String) -> UInt32 {
    var status = stat()
    return unsafe lstat(path, &status) == 0 ? UInt32(status.st_mode) & 0o777 : 0
  }

  @Test func newFilesAreTheirOwnersAlone() throws {
    try withTemporaryFolder("files") { folder in
      let path = try Files.makeTemporary([1, 2], in: folder, ending: ".dl")
      #expect(path.hasSuffix(".dl") && mode(path) == 0o600)
      #expect(try Files.read(path) == [1, 2])
      #expect(try Files.makeTemporary([], in: folder, ending: ".dl") != path)
      for name in try Files.list(folder) { Files.remove("\(folder)/\(name)") }
    }
  }

  /// Nothing is written over, nor where a link leads.
  @Test func newFilesTakeNobodysPlace() throws {
    try withTemporaryFolder("files") { folder in
      let (file, link) = ("\(folder)/file", "\(folder)/link")
      try Files.write([7], to: file)
      #expect(unsafe symlink("missing", link) == 0)
      for path in [file, link] {
        #expect(throws: FileError(path: path, reason: "File exists")) {
          try Files.make([1, 2], at: path)
        }
      }
      #expect(try Files.read(file) == [7])
      #expect(!Files.exists("\(folder)/missing"))
      Files.remove(link)
    }
  }
}
