import Testing

@testable import GraphCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite struct DescriptorTests {
  /// A pipe whose ends do not wait, as another program may leave them, takes all and gives all.
  @Test func whatIsNotReadyIsWaitedFor() throws {
    var ends: [Int32] = [-1, -1]
    try #require(unsafe pipe(&ends) == 0)
    for end in ends { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
    let bytes = (0..<500_000).map { UInt8(truncatingIfNeeded: $0 % 251) }
    let (input, output) = (ends[0], ends[1])
    let workers = Workers(count: 2)
    var read: [UInt8] = []
    workers.run { worker in
      if worker == 0 {
        #expect(Descriptor.writeAll(bytes, to: output) == 0)
        close(output)
      } else {
        read = unsafe [UInt8](unsafeUninitializedCapacity: 500_100) { buffer, count in
          count = unsafe Descriptor.fill(UnsafeMutableRawBufferPointer(buffer), from: input).count
        }
      }
    }
    #expect(read == bytes)
    #expect(Descriptor.writeAll([1], to: -1) == EBADF)
    close(input)
  }
}
