#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The functions of the C library's mathematics that the language offers.
package enum CMath {
  package static func power(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }

  /// A double with seventeen significant digits, without trailing zeros, as C's `%.17g`.
  package static func exactText(_ value: Double) -> String {
    if value != value { return "nan" }
    return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { buffer in
      let count = unsafe withVaList([value]) {
        unsafe vsnprintf(buffer.baseAddress, buffer.count, "%.17g", $0)
      }
      let bytes = unsafe buffer.prefix(Int(count)).map { UInt8(bitPattern: $0) }
      return String(decoding: bytes, as: UTF8.self)
    }
  }
}
