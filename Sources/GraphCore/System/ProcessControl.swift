#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// What the system gives the process, and ending it with a status.
public enum ProcessControl {
  /// How many threads can run at the same time, at least 1.
  public static var processorCount: Int {
    max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
  }

  public static func exit(status: Int32) -> Never {
    #if canImport(Glibc)
      Glibc.exit(status)
    #elseif canImport(Musl)
      Musl.exit(status)
    #else
      Darwin.exit(status)
    #endif
  }

  /// The most bytes of memory that the process has held so far; 0 where that is not known.
  public static var peakMemory: Int {
    var usage = rusage()
    #if canImport(Darwin)
      let unit = 1
    #else
      let unit = 1024
    #endif
    // 0 is the process itself, which the C libraries name in different types.
    return unsafe getrusage(0, &usage) == 0 ? Int(usage.ru_maxrss) * unit : 0
  }

  /// Bytes of memory that the machine has.
  public static var physicalMemory: Int {
    let pages = max(1, sysconf(Int32(_SC_PHYS_PAGES)))
    let size = max(1, sysconf(Int32(_SC_PAGESIZE)))
    return pages.multipliedReportingOverflow(by: size).partialValue
  }
}
