/// The rows of a node property in the order of their values, as they lie in a file: a search for a
/// value compares with some twenty of them.
final class PackedValueIndex {
  let count: Int
  private let section: PackedSection
  private var known: PackedColumn?

  init(_ section: PackedSection, count: Int) {
    self.section = section
    self.count = count
  }

  private func order() throws(FormatError) -> PackedColumn {
    if let known { return known }
    let column = try PackedColumn(section.bytes(), at: 0)
    guard column.count == count else { throw FormatError("an index has another length") }
    known = column
    return column
  }

  /// The places of rows whose word is a given one, ascending. O(log count + result).
  func places(of word: UInt64, in property: PackedProperty) -> [Int] {
    section.read([]) { () throws(FormatError) in
      let order = try order()
      func place(_ index: Int) throws(FormatError) -> Int {
        let place = try order.value(at: index)
        guard place < UInt64(property.count) else {
          throw FormatError("a packed value is out of range")
        }
        return Int(place)
      }
      var low = 0
      var high = count
      while low < high {
        let middle = (low + high) / 2
        if property.word(at: try place(middle)) < word { low = middle + 1 } else { high = middle }
      }
      var result: [Int] = []
      while low < count {
        let next = try place(low)
        guard property.word(at: next) == word else { break }
        result.append(next)
        low += 1
      }
      return result
    }
  }

  /// Packs the order of words. O(words log words).
  static func pack(_ words: Column<UInt64>, _ encoder: inout PackedColumnEncoder) -> [UInt8] {
    let keys = Column<UInt64>(minimumCapacity: words.count)
    let places = Column<UInt32>(minimumCapacity: words.count)
    for place in 0..<words.count {
      keys.append(words[place])
      places.append(UInt32(place))
    }
    RadixSort.sort(keys, with: places)
    return encoder.encode(places.words)
  }

  /// Whether the rows are in the order of their values; for `verify`. O(count).
  func check(_ words: Column<UInt64>) {
    section.read(()) { () throws(FormatError) in
      let places: Column<UInt32> = try order().decode(below: UInt64(words.count))
      var seen = Bitmap()
      for index in 0..<places.count {
        let place = Int(places[index])
        guard seen.insert(place) else { throw FormatError("an index names a row twice") }
        if index > 0 && words[Int(places[index - 1])] > words[place] {
          throw FormatError("an index does not ascend")
        }
      }
    }
  }
}
