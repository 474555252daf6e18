@_spi(Columns) extension Words {
  /// Begins to bring a word near that will be read soon.
  @inlinable
  @inline(__always)
  public func prefetch(_ index: Int) {
    unsafe GraphCore.prefetch(UnsafeRawPointer(base) + index &* MemoryLayout<Element>.stride)
  }

  /// Begins to bring the words at some places near. O(places).
  @inlinable
  public func prefetch(_ places: Words<UInt32>) {
    for i in 0..<places.count { prefetch(Int(places[i])) }
  }
}

@_spi(Columns) extension Words<UInt64> {
  /// Begins to bring the words at some places near, each the lower bits of a hash. O(hashes).
  @inlinable
  public func prefetch(hashes: Words<UInt64>, mask: Int) {
    for i in 0..<hashes.count { prefetch(Int(truncatingIfNeeded: hashes[i]) & mask) }
  }
}
