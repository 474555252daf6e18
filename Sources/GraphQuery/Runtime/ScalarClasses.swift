@_spi(Columns) import GraphCore

/// The scalars of Unicode divided into runs that some sets do not tell apart.
struct ScalarClasses {
  /// Where each class begins, in ascending order; the first one at 0.
  private let starts: Column<UInt32>
  private let asciiClasses: Column<UInt32>

  init(_ sets: [ScalarSet]) {
    var bounds: Set<UInt32> = [0]
    for range in sets.lazy.flatMap(\.ranges) {
      bounds.insert(range.lowerBound)
      if range.upperBound < ScalarSet.highest { bounds.insert(range.upperBound + 1) }
    }
    starts = Column(bounds.sorted())
    asciiClasses = Column()
    for scalar in 0..<128 as Range<UInt32> { asciiClasses.append(UInt32(of(scalar))) }
  }

  var count: Int { starts.count }

  /// A scalar that stands for its class.
  func first(of number: Int) -> UInt32 { starts[number] }

  /// The class of each byte below 0x80, as long as the classes are kept.
  var ascii: Words<UInt32> { asciiClasses.words }

  /// O(log classes).
  @inline(__always)
  func of(_ scalar: UInt32) -> Int {
    starts.words.lastPlace(notAbove: scalar)
  }
}
