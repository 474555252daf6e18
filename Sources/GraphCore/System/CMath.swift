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
  package static func exactText(_ value: Double) -> String { formatted(value, "%.17g") }

  /// A double with six decimals, as C's `%f`.
  package static func fixedText(_ value: Double) -> String { formatted(value, "%f") }

  private static func formatted(_ value: Double, _ format: String) -> String {
    if value != value { return "nan" }
    // The longest double has 309 digits before its point.
    return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 400) { buffer in
      let count = unsafe withVaList([value]) {
        unsafe vsnprintf(buffer.baseAddress, buffer.count, format, $0)
      }
      let bytes = unsafe UnsafeRawBufferPointer(start: buffer.baseAddress, count: Int(count))
      return unsafe String(decoding: bytes, as: UTF8.self)
    }
  }
}
