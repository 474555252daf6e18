import Synchronization

/// The first bytes of every bucket of a dictionary, worked out by whoever needs them first.
final class DictionaryHeads: Sendable {
  private let known = Mutex<[UInt64]?>(nil)

  func prefixes(_ make: () -> [UInt64]) -> [UInt64] {
    known.withLock { known in
      if let known { return known }
      let made = make()
      known = made
      return made
    }
  }
}
