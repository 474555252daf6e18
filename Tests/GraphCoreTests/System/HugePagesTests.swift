import Testing

@testable import GraphCore

#if os(Linux)
  @Suite struct HugePagesTests {
    /// Memory that was never written to.
    @safe private final class Fresh {
      static let byteCount = 3 * HugePages.stretch + 5
      let base: UnsafeMutableRawPointer

      init?() {
        guard let base = unsafe Memory.map(exactly: Fresh.byteCount) else { return nil }
        unsafe self.base = base
      }

      deinit { unsafe Memory.release(base, Fresh.byteCount) }

      /// How many bytes of it will come in huge pages.
      func asked(_ pages: HugePages) -> Int { unsafe pages.ask(for: base, Fresh.byteCount) }

      var isZero: Bool {
        let bytes = unsafe UnsafeRawBufferPointer(start: base, count: Fresh.byteCount)
        return stride(from: 0, to: Fresh.byteCount, by: 1024).allSatisfy { place in
          unsafe bytes[place] == 0
        }
      }
    }

    @Test func pagesAreAskedForWhileTheyAreCheap() throws {
      let pages = HugePages(dear: .max, after: 0)
      for _ in 0..<2 {
        let memory = try #require(Fresh())
        #expect(memory.asked(pages) == HugePages.wholePages(Fresh.byteCount))
        #expect(memory.isZero)
      }
    }

    /// Twice as many after each, up to the longest pause.
    @Test func afterADearPageManyBytesGoBy() throws {
      let pages = HugePages(dear: 0, after: 0)
      let memory = try #require(Fresh())
      for pause in [1, 2, 4, 8, 16, 16].map({ $0 * HugePages.pause }) {
        #expect(memory.asked(pages) == HugePages.size)
        var passed = 0
        while passed < pause {
          #expect(memory.asked(pages) == 0)
          passed += Fresh.byteCount
        }
      }
      #expect(HugePages.longestPause == 16 * HugePages.pause)
    }

    @Test func theFirstBytesAreNotLookedAt() throws {
      let pages = HugePages(dear: .max, after: Fresh.byteCount + 1)
      let memory = try #require(Fresh())
      #expect(memory.asked(pages) == 0 && memory.asked(pages) == 0)
      #expect(memory.asked(pages) == HugePages.wholePages(Fresh.byteCount))
    }
  }
#endif
