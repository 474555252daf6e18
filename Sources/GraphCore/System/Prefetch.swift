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
