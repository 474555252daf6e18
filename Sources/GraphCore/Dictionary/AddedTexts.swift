/// Texts that have been added to a file since it was written as a whole. They have ids in the order
/// of their arrival and lie in the order of their bytes.
///
/// ```
///  packed column     for each text in the order of arrival its place in the order of bytes
///  packed column     the reverse
///  dictionary        the texts, ascending; see `PackedDictionary`
/// ```
///
/// Each column is followed by zeros up to a multiple of eight.
@safe
final class AddedTexts {
  private let places: PackedColumn
  private let arrivals: PackedColumn
  private let texts: PackedDictionary

  var count: Int { texts.count }
  var byteCount: Int { texts.byteCount }

  init(_ source: GuardedBytes, report: @escaping (FormatError) -> Void) throws(FormatError) {
    places = try PackedColumn(source, at: 0)
    let second = (places.byteCount + 7) & ~7
    arrivals = try PackedColumn(source, at: second)
    let third = second + (arrivals.byteCount + 7) & ~7
    texts = try PackedDictionary(source, at: third, report: report)
    guard texts.isSorted, places.count == texts.count, arrivals.count == texts.count else {
      throw FormatError("texts are missing")
    }
  }

  /// Lends the bytes of a text, which is named by its arrival; an empty text where they are damaged.
  func withBuffer<R>(
    of id: UInt32, _ body: (UnsafeBufferPointer<UInt8>) throws -> R
  ) rethrows -> R {
    var place: UInt64?
    do throws(FormatError) { place = try places.value(at: Int(id)) } catch {
      texts.noteDamage(error)
    }
    guard let place, place < UInt64(count) else {
      return try unsafe body(UnsafeBufferPointer(start: nil, count: 0))
    }
    return try unsafe texts.withBuffer(of: UInt32(truncatingIfNeeded: place), body)
  }

  /// The arrival of a text, or `nil` if it is not here. O(log count).
  func lookup(_ text: UnsafeBufferPointer<UInt8>) -> UInt32? {
    guard let place = unsafe texts.lookup(text) else { return nil }
    do throws(FormatError) {
      let id = try arrivals.value(at: Int(place))
      guard id < UInt64(count) else { throw FormatError("a packed value is out of range") }
      return UInt32(truncatingIfNeeded: id)
    } catch {
      texts.noteDamage(error)
      return nil
    }
  }

  /// Packs the texts of a dictionary from a term on. O(bytes + texts log texts).
  static func pack(_ dictionary: TermDictionary, from first: Int) -> [UInt8] {
    let order = Column<UInt32>((first..<dictionary.count).map { UInt32($0) })
    dictionary.sort(order)
    let arrivals = Column<UInt32>(minimumCapacity: order.count)
    let places = Column<UInt32>(repeating: 0, count: order.count)
    for place in 0..<order.count {
      arrivals.append(order[place] - UInt32(first))
      places[Int(arrivals[place])] = UInt32(place)
    }
    var encoder = PackedColumnEncoder()
    var writer = ByteWriter()
    for column in [places, arrivals] {
      writer.append(encoder.encode(column.words))
      writer.pad(to: 8)
    }
    writer.append(
      unsafe PackedDictionaryWriter.pack(count: order.count, isSorted: true) { place, body in
        unsafe dictionary.withBuffer(of: order[place], body)
      })
    return writer.bytes
  }
}
