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

  /// The words of the command line behind the program's name, byte for byte; the system does not
  /// promise that they are UTF-8.
  public static var arguments: [[UInt8]] {
    var result: [[UInt8]] = []
    for index in 1..<max(1, Int(CommandLine.argc)) {
      guard let word = unsafe CommandLine.unsafeArgv[index] else { break }
      let bytes = unsafe UnsafeRawBufferPointer(start: word, count: strlen(word))
      result.append(unsafe Array(bytes))
    }
    return result
  }

  /// Ends the process as `exit` of the C library does: what is registered for the end is run.
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

  /// The most bytes of addresses that the process may take, where it is limited and the system tells.
  static var addressLimit: Int? {
    #if canImport(Glibc)
      var limit = rlimit()
      guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0 else {
        return nil
      }
      return Int(exactly: limit.rlim_cur)
    #else
      return nil
    #endif
  }

  /// Lets the heap begin in huge pages, where the system has them.
  ///
  /// Getting a page from the system costs about a microsecond, whether it has 4 KiB or a part of 2 MiB;
  /// a process that lives for a few milliseconds spends a third of them on that. In exchange blocks of up
  /// to 8 MiB come from the heap, which returns less to the system. Called once, before anything large
  /// is allocated.
  public static func useHugePages() {
    #if canImport(Glibc)
      let hugePage = 2 << 20
      // Where a mapping was freed, the C library takes blocks of up to its size from the heap, and
      // keeps twice as much of what is free at the heap's end. (A plain `malloc` that is only freed is
      // left out by the compiler.)
      var mapping: UnsafeMutableRawPointer?
      guard unsafe posix_memalign(&mapping, 4096, 8 << 20) == 0 else { return }
      unsafe free(mapping)
      // So the heap grows by these bytes and then has them at its end.
      let growth = 6 << 20
      guard let block = unsafe malloc(growth) else { return }
      let start = UInt(bitPattern: block)
      unsafe free(block)
      // What lies before the first whole huge page is passed over; nobody touches it.
      let first = (start + UInt(hugePage) - 1) & ~(UInt(hugePage) - 1)
      if first > start + 64 {
        _ = unsafe posix_memalign(&mapping, 16, Int(first - start) - 32)
      }
      let end = (start + UInt(growth)) & ~(UInt(hugePage) - 1)
      guard first < end, let pages = unsafe UnsafeMutableRawPointer(bitPattern: first) else {
        return
      }
      _ = unsafe madvise(pages, Int(end - first), MADV_HUGEPAGE)
    #endif
  }

  /// Bytes of memory that the machine has.
  public static var physicalMemory: Int {
    let pages = max(1, sysconf(Int32(_SC_PHYS_PAGES)))
    let size = max(1, sysconf(Int32(_SC_PAGESIZE)))
    return pages.multipliedReportingOverflow(by: size).partialValue
  }
}
