import GraphCore
import Synchronization
import Testing

@testable import graphsh

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite struct HistoryFileTests {
  private func withFolder(_ body: (String) -> Void) {
    var template = Array("/tmp/graphsh-history-XXXXXX".utf8CString)
    guard unsafe mkdtemp(&template) != nil else {
      Issue.record("no temporary folder")
      return
    }
    let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    body(folder)
    for path in ["state/graphsh/history", "state/graphsh", "state", ""] {
      _ = unsafe remove("\(folder)/\(path)")
    }
  }

  private func mode(of path: String) -> UInt32 {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { return 0 }
    return UInt32(status.st_mode) & 0o777
  }

  @Test func statementsOutliveTheSession() {
    withFolder { folder in
      let file = HistoryFile(path: "\(folder)/state/graphsh/history")
      #expect(file.load() == History())
      file.append("a(x),\n  b(\"祁县\").")
      file.append("c.")
      file.append("a(x),\n  b(\"祁县\").")
      #expect(file.load().entries == ["c.", "a(x),\n  b(\"祁县\")."])
      #expect(mode(of: file.path) == 0o600)
      #expect(mode(of: "\(folder)/state/graphsh") == 0o700)
    }
  }

  @Test func longFileIsWrittenAnew() {
    withFolder { folder in
      let file = HistoryFile(path: "\(folder)/state/graphsh/history", limit: 4)
      for number in 1...20 { file.append("s\(number).") }
      #expect(file.load().entries == ["s17.", "s18.", "s19.", "s20."])
      var status = stat()
      #expect(unsafe stat(file.path, &status) == 0)
      #expect(status.st_size == 20)
      #expect(mode(of: file.path) == 0o600)
    }
  }

  /// What one shell enters while another writes the file anew is not lost.
  @Test func shellsDoNotTakeFromOneAnother() {
    withFolder { folder in
      let file = HistoryFile(path: "\(folder)/state/graphsh/history", limit: 400)
      let isDone = Atomic(false)
      Workers(count: 2).run { worker in
        if worker == 1 {
          while !isDone.load(ordering: .acquiring) {
            _ = file.load()
            usleep(300)
          }
          return
        }
        for number in 0..<300 {
          file.append("s\(number).")
          for _ in 0..<5 { file.append("again.") }
        }
        isDone.store(true, ordering: .releasing)
      }
      #expect(Set(file.load().entries).count == 301)
    }
  }

  @Test func whatCannotBeReadOrWrittenIsPassedOver() {
    let file = HistoryFile(path: "/proc/no/history")
    file.append("a.")
    #expect(file.load() == History())
  }
}
