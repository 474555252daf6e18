import TestSupport
import Testing

@testable @_spi(Columns) import GraphCore
@testable import GraphQuery

@Suite struct FactPlacesTests {
  @Test(arguments: 0..<200 as Range<UInt64>)
  func everyDelimiterAndLineEndIsFound(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let delimiters: [UInt8] = [UInt8(ascii: "\t"), 0xFF, 0x80, UInt8(ascii: " ")]
    let delimiter = delimiters.randomElement(using: &random) ?? 0
    let density = Int.random(in: 1..<30, using: &random)
    let count = Int.random(in: 0..<400, using: &random)
    let bytes = Column<UInt8>()
    for _ in 0..<count + FactPlaces.slack {
      let isPlace = Int.random(in: 0..<density, using: &random) == 0
      let place = Bool.random(using: &random) ? delimiter : UInt8(ascii: "\n")
      bytes.append(isPlace ? place : UInt8.random(in: 0...255, using: &random))
    }
    let places = Column<UInt32>(repeating: 0, count: count + FactPlaces.extraPlaces)
    defer { keepAlive(bytes, places) }
    let found = FactPlaces.find(
      in: bytes.words, count: count, delimiter: delimiter, into: places.words)
    let expected = (0..<count).filter {
      bytes[$0] == delimiter || bytes[$0] == UInt8(ascii: "\n")
    }
    #expect((0..<found).map { Int(places[$0]) } == expected, "seed \(seed)")
  }
}
