#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Bytes through a descriptor of the system: its calls under names that no method hides, and the loops
/// that make whole transfers of them.
///
/// Failures are the system's numbers, of which the caller knows what they mean to its user.
package enum Descriptor {
  /// Reads what there is, as `read` does: 0 is the end, and below 0 `errno` says what is wrong.
  package static func read(_ descriptor: Int32, _ buffer: UnsafeMutableRawBufferPointer) -> Int {
    unsafe systemRead(descriptor, buffer.baseAddress, buffer.count)
  }

  /// Writes what fits, as `write` does; may be called in a signal's handler.
  package static func write(
    _ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int
  ) -> Int {
    unsafe systemWrite(descriptor, bytes, count)
  }

  /// Reads until the buffer is full or nothing follows.
  ///
  /// - Parameter offset: where in the file to read; else behind what has been read.
  /// - Returns: how many bytes came, and the system's number where it is not the end that stopped them, else 0.
  package static func fill(
    _ buffer: UnsafeMutableRawBufferPointer, from descriptor: Int32, at offset: Int? = nil
  ) -> (count: Int, code: Int32) {
    var filled = 0
    while filled < buffer.count {
      let rest = unsafe buffer.baseAddress.map { unsafe $0 + filled }
      let count =
        if let offset {
          unsafe pread(descriptor, rest, buffer.count - filled, off_t(offset + filled))
        } else {
          unsafe systemRead(descriptor, rest, buffer.count - filled)
        }
      if count == 0 { break }
      if count > 0 {
        filled += count
      } else if let code = unready(descriptor, POLLIN) {
        return (filled, code)
      }
    }
    return (filled, 0)
  }

  /// Writes all bytes, and waits where the other side has no room for them.
  ///
  /// - Parameter offset: where in the file to write; else behind what has been written.
  /// - Returns: the system's number where something is wrong, else 0.
  package static func writeAll(
    _ bytes: [UInt8], to descriptor: Int32, at offset: Int? = nil
  ) -> Int32 {
    unsafe bytes.withUnsafeBytes { buffer in
      var done = 0
      while done < buffer.count {
        let rest = unsafe buffer.baseAddress.map { unsafe $0 + done }
        let count =
          if let offset {
            unsafe pwrite(descriptor, rest, buffer.count - done, off_t(offset + done))
          } else {
            unsafe systemWrite(descriptor, rest, buffer.count - done)
          }
        // What takes no byte and says nothing would be asked for ever.
        if count == 0 { return EIO }
        if count > 0 {
          done += count
        } else if let code = unready(descriptor, POLLOUT) {
          return code
        }
      }
      return 0
    }
  }

  /// What is wrong after a call that failed; `nil` where it may be tried again. A descriptor that another program
  /// has made one that does not wait is waited for.
  private static func unready(_ descriptor: Int32, _ event: some BinaryInteger) -> Int32? {
    switch errno {
    case EINTR: return nil
    case EAGAIN:
      var place = pollfd(fd: descriptor, events: Int16(event), revents: 0)
      _ = unsafe poll(&place, 1, 1000)
      return nil
    case let code: return code
    }
  }
}

private func systemRead(
  _ descriptor: Int32, _ buffer: UnsafeMutableRawPointer?, _ count: Int
) -> Int {
  unsafe read(descriptor, buffer, count)
}

private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
  unsafe write(descriptor, bytes, count)
}
