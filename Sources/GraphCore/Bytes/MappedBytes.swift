/// Bytes of a file as memory, released with the object.
@safe
package final class MappedBytes {
  let base: UnsafeRawPointer
  package let count: Int
  private let release: (UnsafeRawPointer, Int) -> Void

  init(base: UnsafeRawPointer, count: Int, release: @escaping (UnsafeRawPointer, Int) -> Void) {
    unsafe self.base = base
    self.count = count
    unsafe self.release = release
  }

  /// A copy of bytes, for file systems that have no memory to lend.
  package convenience init(copying bytes: [UInt8]) {
    let copy = UnsafeMutableRawPointer.allocate(byteCount: max(bytes.count, 1), alignment: 16)
    unsafe bytes.withUnsafeBytes { source in
      if let start = source.baseAddress {
        unsafe copy.copyMemory(from: start, byteCount: bytes.count)
      }
    }
    unsafe self.init(base: UnsafeRawPointer(copy), count: bytes.count) { base, _ in
      unsafe UnsafeMutableRawPointer(mutating: base).deallocate()
    }
  }

  deinit { unsafe release(base, count) }

  /// The bytes as a view, which keeps them alive.
  package var bytes: ByteView { unsafe ByteView(base: base, count: count, owner: self) }
}
