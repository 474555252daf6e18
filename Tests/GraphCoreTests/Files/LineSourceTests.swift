import TestSupport
import Testing

@testable @_spi(Columns) import GraphCore

@Suite struct LineSourceTests {
  /// All chunks of a source as texts.
  private func chunks(_ source: LineSource) throws -> [String] {
    var texts: [String] = []
    let chunk = LineChunk()
    while try source.next(into: chunk) {
      #expect(chunk.number == texts.count)
      var bytes: [UInt8] = []
      chunk.copy(to: &bytes)
      texts.append(String(decoding: bytes, as: UTF8.self))
    }
    return texts
  }

  @Test(arguments: 1..<30) func chunksAreWholeLines(size: Int) throws {
    for text in ["", "\n", "a", "a\n", "ab\ncdefghijklmnopq\n\n\nr", "一\n二\n三四五六七八九十\n"] {
      let source = LineSource(name: "t", bytes: Array(text.utf8), chunkSize: size)
      let chunks = try chunks(source)
      #expect(chunks.joined() == text)
      for chunk in chunks.dropLast() { #expect(chunk.hasSuffix("\n")) }
      #expect(chunks.allSatisfy { !$0.isEmpty })
    }
  }

  @Test(arguments: 1..<20) func quotedLineEndsAreNone(size: Int) throws {
    let text = "\"a\nb\",1\n\"c\"\"\n\n\",2\nd\n"
    let source = LineSource(name: "t", bytes: Array(text.utf8), quotedBy: [44], chunkSize: size)
    let chunks = try chunks(source)
    #expect(chunks.joined() == text)
    for chunk in chunks {
      #expect(chunk.count { $0 == "\"" } % 2 == 0 && chunk.hasSuffix("\n"))
    }
  }

  /// A quote within a field opens nothing, wherever a chunk ends.
  @Test(arguments: 1..<20) func quotesWithinFieldsAreTexts(size: Int) throws {
    let text = "15\" a,\"x\"\n7\",\"\"\"\n\"\nb\"\"\n,\"\",\"\n"
    let source = LineSource(name: "t", bytes: Array(text.utf8), quotedBy: [44], chunkSize: size)
    let chunks = try chunks(source)
    #expect(chunks.joined() == text)
    let ends = chunks.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.utf8.count) }
    #expect(Set(ends).isSubset(of: [0, 10, 19, 23, text.utf8.count]))
  }

  @Test func filesAreReadLikeMemory() throws {
    let path = "/tmp/graphsh-lines-\(MonotonicClock.nanoseconds)"
    defer { Files.remove(path) }
    let text = (0..<5000).map { "line \($0)\n" }.joined()
    try Files.write(Array(text.utf8), to: path)
    let source = try LineSource(path: path, chunkSize: 1000)
    #expect(source.byteCount == text.utf8.count)
    let memory = LineSource(name: path, bytes: Array(text.utf8), chunkSize: 1000)
    #expect(try chunks(source) == chunks(memory))
    #expect(try LineSource(path: path).all() == Array(text.utf8))
  }

  @Test func missingFilesAndFoldersAreErrors() {
    #expect(throws: FileError.self) { try LineSource(path: "/tmp/graphsh-there-is-none") }
    #expect(throws: FileError(path: "/tmp", reason: "Is a directory")) {
      try LineSource(path: "/tmp")
    }
  }
}
