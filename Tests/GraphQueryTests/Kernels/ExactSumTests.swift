@_spi(Columns) import GraphCore
import TestSupport
import Testing

@testable import GraphQuery

/// Sums of doubles, compared with sums of partial sums that do not overlap (Shewchuk, "Adaptive precision floating-point
/// arithmetic and fast robust geometric predicates", 1997).
@Suite struct ExactSumTests {
  /// The double nearest to a sum whose partial sums are finite.
  private func reference(_ terms: [Double]) -> Double {
    var partials: [Double] = []
    for term in terms {
      var value = term
      var kept: [Double] = []
      for partial in partials {
        let (large, small) =
          value.magnitude < partial.magnitude ? (partial, value) : (value, partial)
        let high = large + small
        let low = small - (high - large)
        if low != 0 { kept.append(low) }
        value = high
      }
      partials = kept + [value]
    }
    guard var sum = partials.popLast() else { return 0 }
    while let partial = partials.popLast() {
      let before = sum
      sum = before + partial
      let rest = partial - (sum - before)
      guard rest != 0 else { continue }
      // What follows decides what lies in the middle.
      if let next = partials.last, (rest < 0) == (next < 0) {
        let twice = 2 * rest
        let moved = sum + twice
        if twice == moved - sum { sum = moved }
      }
      break
    }
    return sum == 0 ? 0 : sum
  }

  private func exact(_ terms: [Double]) -> Double {
    var sum = ExactSum()
    for term in terms { sum.add(term) }
    return sum.value
  }

  /// The sums of groups, of which each has all terms, added in batches and from parts.
  private func fixed(_ terms: [Double], _ random: inout SeededGenerator) -> Double? {
    let (first, second) = (FixedSums(), FixedSums())
    first.grow(to: 3)
    second.grow(to: 2)
    var start = 0
    while start < terms.count {
      let count = min(terms.count - start, Int.random(in: 1...9, using: &random))
      let words = Column(terms[start..<start + count].map(\.bitPattern))
      let isFirst = Bool.random(using: &random)
      let groups = Column([UInt32](repeating: isFirst ? 2 : 1, count: count))
      defer { keepAlive(words, groups) }
      guard (isFirst ? first : second).add(words.words, to: groups.words, count: count) else {
        return nil
      }
      start += count
    }
    let map = Column<UInt32>([0, 2])
    defer { keepAlive(map) }
    guard first.add(second, to: map.words) else { return nil }
    #expect(first.value(of: 0) == 0 && first.value(of: 1) == 0)
    #expect(exact(first.parts(of: 2)) == first.value(of: 2))
    return first.value(of: 2)
  }

  private static let corners: [(terms: [Double], sum: Double)] = {
    let (tiny, huge) = (Double.leastNonzeroMagnitude, Double.greatestFiniteMagnitude)
    let half = 0x1p-53
    return [
      ([], 0), ([-0.0, 0.0], 0), ([0.1, 0.2, 0.3], 0.6), ([1e300, 0.1, -1e300], 0.1),
      // In the middle of two doubles, and beside it.
      ([1, half], 1), ([1, half, tiny], 1 + 2 * half), ([1, half, -tiny], 1),
      ([1 + 2 * half, half], 1 + 4 * half),
      ([tiny, tiny], 2 * tiny), ([tiny, -tiny], 0),
      ([.leastNormalMagnitude, -tiny], Double.leastNormalMagnitude.nextDown),
      ([huge, huge], .infinity), ([huge, huge, -huge], huge), ([-huge, -0x1p969], -huge),
      ([-huge, -0x1p970], -.infinity), ([.infinity, 1], .infinity),
    ]
  }()

  @Test(arguments: corners)
  func cornersOfDoubles(terms: [Double], expected: Double) {
    #expect(exact(terms) == expected)
    #expect(exact(terms.reversed()) == expected)
    var random = SeededGenerator(seed: 1)
    if let sum = fixed(terms, &random) { #expect(sum == expected) }
  }

  @Test func whatIsNoNumberStaysNone() {
    #expect(exact([.infinity, -.infinity]).isNaN)
    #expect(exact([.nan, 1]).isNaN)
    var random = SeededGenerator(seed: 1)
    #expect(fixed([.nan], &random) == nil)
    #expect(fixed([1, -.infinity], &random) == nil)
  }

  @Test(arguments: 0..<400 as Range<UInt64>) func randomTerms(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let widest = [0, 4, 30, 40, 120, 900].randomElement(using: &random) ?? 0
    let middle = Int.random(in: -1022 + widest...960 - widest, using: &random)
    var terms = (0..<Int.random(in: 1...200, using: &random)).map { _ -> Double in
      let exponent = middle + Int.random(in: -widest...widest, using: &random)
      let fraction = Double(sign: .plus, exponent: exponent, significand: 1)
      switch Int.random(in: 0..<6, using: &random) {
      case 0: return 0
      case 1: return -fraction
      case 2: return fraction * (1 + Double.random(in: 0..<1, using: &random))
      case 3: return -fraction * (1 + Double.random(in: 0..<1, using: &random))
      case 4: return (fraction * Double(Int.random(in: 0...9999, using: &random)) / 100)
      default: return fraction.nextUp
      }
    }
    if seed % 3 == 0 { terms += terms.dropLast().map { -$0 } }
    terms.shuffle(using: &random)
    let expected = reference(terms)
    #expect(exact(terms) == expected, "seed \(seed): \(terms)")
    let sum = fixed(terms, &random)
    // Terms of like magnitudes have room.
    if widest <= 4 { #expect(sum != nil, "seed \(seed)") }
    if let sum { #expect(sum == expected, "seed \(seed): \(terms)") }
  }

  /// More terms than a digit has room for.
  @Test func carriesAreTakenOn() {
    let terms = (0..<5000).flatMap { _ in
      [Double.greatestFiniteMagnitude / 0x1p20, -0x1p-1040, 1.5]
    }
    #expect(exact(terms) == reference(terms))
  }
}
