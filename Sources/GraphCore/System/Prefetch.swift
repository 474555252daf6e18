/// The processor's own hint that memory at an address will be read: it begins to bring the line of the
/// cache near, and goes on. The language has no name for it; this is the compiler's.
@_silgen_name("llvm.prefetch.p0")
private func bringNear(
  _ address: UnsafeRawPointer, _ isWrite: Int32, _ locality: Int32, _ isData: Int32)

/// Begins to bring the line of the cache that holds an address near, and does not wait for it.
///
/// Loops that look many things up at random places of far memory first ask for the places of a group
/// and then go to them, so that the accesses overlap (group prefetching: Chen, Ailamaki, Gibbons and
/// Mowry, "Improving hash join performance through prefetching", 2004). A load would do as well, but
/// it occupies the processor until it is done, and so leaves room for fewer of them at a time.
///
/// Any address is good, one that cannot be read as well.
@inline(__always)
func prefetch(_ address: UnsafeRawPointer) { unsafe bringNear(address, 0, 3, 1) }

@_spi(Columns) extension Words {
  /// Begins to bring a word near that will be read soon.
  @inline(__always)
  func prefetch(_ index: Int) { unsafe GraphCore.prefetch(UnsafeRawPointer(base + index)) }
}

@_spi(Columns) extension Words<UInt64> {
  /// Begins to bring the words at some places near, each the upper bits of a hash: `hash >> shift`.
  ///
  /// What loops of other modules prefetch, they prefetch a batch at a time: the hint itself cannot be
  /// handed to them.
  public func prefetch(hashes: Words<UInt64>, shift: UInt64) {
    for i in 0..<hashes.count { prefetch(Int(truncatingIfNeeded: hashes[i] &>> shift)) }
  }

  /// Begins to bring the words at some places near, each the lower bits of a hash.
  public func prefetch(hashes: Words<UInt64>, mask: Int) {
    for i in 0..<hashes.count { prefetch(Int(truncatingIfNeeded: hashes[i]) & mask) }
  }
}
