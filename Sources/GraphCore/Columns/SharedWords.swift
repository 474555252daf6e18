public import Synchronization

/// Words that several threads change at the same time.
///
/// Changes are relaxed: a word stands for itself and orders nothing else. Whoever reads what the words
/// lead to waits for the writers first, or fills and reads them in order (`publishShared`, `publishedWord`).
@_spi(Columns) extension Words where Element == UInt64 {
  @inlinable
  @inline(__always)
  func atomic(_ index: Int) -> UnsafeMutablePointer<Atomic<UInt64>> {
    assert(index >= 0 && index < count)
    return unsafe UnsafeMutableRawPointer(base + index)
      .assumingMemoryBound(to: Atomic<UInt64>.self)
  }

  /// A word that other threads may be changing.
  @inlinable
  @inline(__always)
  public func sharedWord(at index: Int) -> UInt64 {
    unsafe atomic(index).pointee.load(ordering: .relaxed)
  }

  /// Puts a word where there is zero, and returns what was there: zero if it is in place.
  @inlinable
  @inline(__always)
  public func fillShared(_ word: UInt64, at index: Int) -> UInt64 {
    unsafe atomic(index).pointee.compareExchange(
      expected: 0, desired: word, ordering: .relaxed
    ).original
  }

  /// A word that another thread may be publishing: what that has written before is there to be read.
  @inlinable
  @inline(__always)
  public func publishedWord(at index: Int) -> UInt64 {
    unsafe atomic(index).pointee.load(ordering: .acquiring)
  }

  /// Puts a word where there is zero, and what was written before with it, and returns what was there: zero if it is in
  /// place, otherwise a published word.
  @inlinable
  @inline(__always)
  public func publishShared(_ word: UInt64, at index: Int) -> UInt64 {
    unsafe atomic(index).pointee.compareExchange(
      expected: 0, desired: word, ordering: .acquiringAndReleasing
    ).original
  }

  /// Sets bits of a word, and returns what it was before.
  @inlinable
  @inline(__always)
  public func setSharedBits(_ bits: UInt64, at index: Int) -> UInt64 {
    unsafe atomic(index).pointee.bitwiseOr(bits, ordering: .relaxed).oldValue
  }

  /// Makes a word the lesser of itself and another, and returns what it was before.
  @inlinable
  @inline(__always)
  public func lowerShared(to word: UInt64, at index: Int) -> UInt64 {
    var old = sharedWord(at: index)
    while word < old {
      // The library's `min` compares words with a sign, in Swift 6.3 at least.
      let (isDone, now) = unsafe atomic(index).pointee.compareExchange(
        expected: old, desired: word, ordering: .relaxed)
      if isDone { return old }
      old = now
    }
    return old
  }
}
