/// The processor's own hint that memory at an address will be read: it begins to bring the line of the
/// cache near, and goes on. The language has no name for it; this is the compiler's.
@usableFromInline
@_silgen_name("llvm.prefetch.p0")
func bringNear(
  _ address: UnsafeRawPointer, _ isWrite: Int32, _ locality: Int32, _ isData: Int32)

/// Begins to bring the line of the cache that holds an address near, and does not wait for it.
///
/// Loops that look many things up at random places of far memory ask for a place some rows before they go to it, or
/// for those of a group before they go to any, so that the accesses overlap (group prefetching and software pipelining: Chen, Ailamaki,
/// Gibbons and Mowry, "Improving hash join performance through prefetching", 2004). A load would do as well, but
/// it occupies the processor until it is done, and so leaves room for fewer of them at a time. Nor does the
/// processor look ahead by itself where a branch depends on what comes: it guesses wrong as often as not, and
/// begins anew behind the access.
///
/// Any address is good, one that cannot be read as well.
@inlinable
@inline(__always)
func prefetch(_ address: UnsafeRawPointer) { unsafe bringNear(address, 0, 3, 1) }

@_spi(Columns) extension Words {
  /// Begins to bring a word near that will be read soon.
  @inlinable
  @inline(__always)
  public func prefetch(_ index: Int) {
    unsafe GraphCore.prefetch(UnsafeRawPointer(base) + index &* MemoryLayout<Element>.stride)
  }

  /// Begins to bring the words at some places near.
  @inlinable
  public func prefetch(_ places: Words<UInt32>) {
    for i in 0..<places.count { prefetch(Int(places[i])) }
  }
}

@_spi(Columns) extension Words<UInt64> {
  /// Begins to bring the words at some places near, each the lower bits of a hash.
  @inlinable
  public func prefetch(hashes: Words<UInt64>, mask: Int) {
    for i in 0..<hashes.count { prefetch(Int(truncatingIfNeeded: hashes[i]) & mask) }
  }
}
