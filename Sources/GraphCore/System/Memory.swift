#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Blocks of memory that grow without being copied.
///
/// Small blocks are the C library's, middling ones come from a `BlockHeap`. A large one is a mapping of its own that
/// takes sixteen times its size of addresses and 4 GiB at least, which cost nothing: memory is taken page by page as
/// it is written to, and given back as a whole. To move a block would cost more than the copy, because its
/// pages are new to the process. It begins where a huge page does, and huge pages are asked for where they are
/// cheap (`HugePages`): getting 4 KiB at a time takes several times as long, and reading at random would miss the
/// address cache at nearly every access.
///
/// ```
///  mapping   │ … header│ block … │ reserved … │
/// ```
///
/// Where the addresses of the process are limited (`ulimit -v`), hardly any are taken beyond a block, so that there
/// are some left for others.
///
/// The header says where the mapping begins and how long it is. Sizes of blocks are known by whoever
/// holds them.
@usableFromInline
enum Memory {
  /// From this size on a block is a mapping.
  @usableFromInline static let largeBlock = 4 << 20
  private static let headerSize = 64
  private static let pageSize = 4096
  private static let reserveFactor = 16
  private static let leastReserve = 4 << 30
  private static let hasAddressLimit = ProcessControl.addressLimit != nil

  /// Whether all bytes are zero. O(bytes), at the speed of the C library.
  static func isZero(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard let start = bytes.baseAddress, bytes.count > 0 else { return true }
    // Then every byte is like the one before it.
    return unsafe bytes[0] == 0 && memcmp(start, start + 1, bytes.count - 1) == 0
  }

  @usableFromInline
  static func allocate(_ byteCount: Int) -> UnsafeMutableRawPointer {
    if byteCount >= largeBlock { return unsafe map(byteCount, reserving: reserveFactor) }
    if byteCount >= BlockHeap.leastBlock, let block = unsafe middlingBlock(byteCount) {
      return unsafe block
    }
    guard let block = unsafe malloc(byteCount) else { exhausted(byteCount) }
    return unsafe block
  }

  /// A block of zeros. A large one is not expected to grow, and not touched before it is used, unless its pages are
  /// wanted at once.
  @usableFromInline
  static func allocateZeroed(
    _ byteCount: Int, takingPages: Bool = false
  ) -> UnsafeMutableRawPointer {
    if byteCount >= largeBlock {
      let block = unsafe reserve(byteCount)
      unsafe HugePages.shared.ask(for: block, byteCount)
      if takingPages { unsafe takePages(block, byteCount) }
      return unsafe block
    }
    if byteCount >= BlockHeap.leastBlock, let block = unsafe middlingBlock(byteCount) {
      unsafe block.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
      return unsafe block
    }
    guard let block = unsafe calloc(1, byteCount) else { exhausted(byteCount) }
    return unsafe block
  }

  /// A large block of zeros whose owner asks for huge pages as it comes to use them.
  static func reserve(_ byteCount: Int) -> UnsafeMutableRawPointer {
    precondition(byteCount >= largeBlock, "only large blocks are mappings")
    guard let block = unsafe map(exactly: byteCount) else { exhausted(byteCount) }
    return unsafe block
  }

  private static func middlingBlock(_ byteCount: Int) -> UnsafeMutableRawPointer? {
    unsafe BlockHeap.shared.allocate(byteCount)
  }

  /// A block that is not smaller and begins with the first `used` bytes of this one, which is no more.
  @usableFromInline
  static func resize(
    _ block: UnsafeMutableRawPointer, from size: Int, used: Int, to newSize: Int
  ) -> UnsafeMutableRawPointer {
    if newSize < BlockHeap.leastBlock {
      guard let result = unsafe realloc(block, newSize) else { exhausted(newSize) }
      return unsafe result
    }
    if size >= largeBlock {
      if unsafe newSize <= room(at: block) {
        let asked = HugePages.wholePages(size)
        if newSize > asked { unsafe HugePages.shared.ask(for: block + asked, newSize - asked) }
        return unsafe block
      }
    } else if size >= BlockHeap.leastBlock, newSize < largeBlock {
      if unsafe BlockHeap.shared.extend(block, from: size, to: newSize) {
        return unsafe block
      }
    }
    let result = unsafe allocate(newSize)
    unsafe result.copyMemory(from: block, byteCount: used)
    unsafe release(block, size)
    return unsafe result
  }

  /// A larger block that begins with the first `used` bytes of this one, if there is one, and holds
  /// zeros behind them.
  ///
  /// Zeros of a large block that it had not reached yet are not touched, unless their pages are wanted at once.
  static func resizeZeroed(
    _ block: UnsafeMutableRawPointer?, from size: Int, used: Int, to newSize: Int,
    takingPages: Bool
  ) -> UnsafeMutableRawPointer {
    let result: UnsafeMutableRawPointer
    if let block = unsafe block {
      unsafe result = resize(block, from: size, used: used, to: newSize)
    } else {
      unsafe result = allocate(newSize)
    }
    // What lies behind the former end of a mapping has never been written to.
    let isMoved = unsafe result != block
    let written = newSize < largeBlock ? newSize : isMoved ? used : size
    if written > used {
      unsafe (result + used).initializeMemory(as: UInt8.self, repeating: 0, count: written - used)
    }
    if takingPages, newSize > written { unsafe takePages(result + written, newSize - written) }
    return unsafe result
  }

  /// Takes the pages of a part of a large block, which holds zeros, in one call. Where a system does not know the
  /// call, they come as they are used.
  private static func takePages(_ block: UnsafeMutableRawPointer, _ byteCount: Int) {
    #if os(Linux)
      // The C library may be older than the system.
      let populateForWriting: CInt = 23
      let start = unsafe block.alignedDown(toMultipleOf: pageSize)
      _ = unsafe madvise(start, block + byteCount - start, populateForWriting)
    #endif
  }

  @usableFromInline
  static func release(_ block: UnsafeMutableRawPointer, _ size: Int) {
    if size >= largeBlock {
      let (base, length) = unsafe mapping(of: block)
      unsafe munmap(base, length)
    } else {
      if size >= BlockHeap.leastBlock, unsafe BlockHeap.shared.release(block, size) { return }
      unsafe free(block)
    }
  }

  /// Gives the memory of a part of a large block back, whose bytes are of no use any more.
  static func discard(_ block: UnsafeMutableRawPointer, _ byteCount: Int) {
    #if os(Linux)
      let start = unsafe block.alignedUp(toMultipleOf: pageSize)
      let end = unsafe (block + byteCount).alignedDown(toMultipleOf: pageSize)
      if unsafe start < end { _ = unsafe madvise(start, end - start, MADV_DONTNEED) }
    #endif
  }

  private static func mapping(
    of block: UnsafeMutableRawPointer
  ) -> (base: UnsafeMutableRawPointer, length: Int) {
    unsafe (block - headerSize).load(as: (UnsafeMutableRawPointer, Int).self)
  }

  /// The bytes from the beginning of a block to the end of its mapping.
  private static func room(at block: UnsafeMutableRawPointer) -> Int {
    let (base, length) = unsafe mapping(of: block)
    return unsafe length - (block - base)
  }

  /// A mapping for a block, with more addresses behind it where the system grants them.
  private static func map(_ byteCount: Int, reserving factor: Int) -> UnsafeMutableRawPointer {
    var factor = hasAddressLimit ? min(factor, 2) : factor
    while true {
      let (product, overflow) = byteCount.multipliedReportingOverflow(by: factor)
      let size = factor == reserveFactor ? max(product, leastReserve) : product
      if !overflow, let block = unsafe map(exactly: size) {
        unsafe HugePages.shared.ask(for: block, byteCount)
        return unsafe block
      }
      if factor == 1 { exhausted(byteCount) }
      factor /= 2
    }
  }

  /// A mapping for a block of a size that begins where a huge page does.
  static func map(exactly size: Int) -> UnsafeMutableRawPointer? {
    let (length, overflow) = size.addingReportingOverflow(2 * HugePages.size)
    if overflow { return nil }
    let flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE
    let base = unsafe mmap(nil, length, PROT_READ | PROT_WRITE, flags, -1, 0)
    guard let base = unsafe base, unsafe base != MAP_FAILED else { return nil }
    let block = unsafe (base + headerSize).alignedUp(toMultipleOf: HugePages.size)
    unsafe (block - headerSize).storeBytes(
      of: (base, length), as: (UnsafeMutableRawPointer, Int).self)
    return unsafe block
  }

  private static func exhausted(_ byteCount: Int) -> Never {
    fatalError("out of memory: there are no \(byteCount) bytes left")
  }
}
