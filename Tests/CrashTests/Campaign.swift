#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// How far the tests go: a sample by default, further where a script says so in the environment.
enum Campaign {
  static func number(_ name: String) -> Int? { text(name).flatMap { Int($0) } }

  static func text(_ name: String) -> String? {
    unsafe getenv(name).flatMap { unsafe String(cString: $0) }
  }
}
