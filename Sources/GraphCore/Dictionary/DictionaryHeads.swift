import Synchronization

/// The first bytes of every bucket of a dictionary, worked out when so many searches have been made
/// without them that it pays.
final class DictionaryHeads: Sendable {
  private struct State {
    var prefixes: [UInt64]?
    var searches = 0
  }

  private let state = Mutex(State())

  /// The prefixes, or `nil` while a search through the buckets themselves is good enough.
  func prefixes(ifWorth buckets: Int, _ make: () -> [UInt64]) -> [UInt64]? {
    state.withLock { state in
      if let known = state.prefixes { return known }
      state.searches += 1
      // A search reads some twenty buckets.
      guard state.searches * 32 > buckets else { return nil }
      let made = make()
      state.prefixes = made
      return made
    }
  }
}
