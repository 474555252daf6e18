/// Packs texts; see `PackedDictionary` for what comes out.
@safe
struct PackedDictionaryWriter {
  /// The bytes of a text by its place in the new order, valid until the next call.
  typealias Texts = (Int, (UnsafeBufferPointer<UInt8>) -> Void) -> Void

  /// Packs `count` texts. O(bytes).
  static func pack(count: Int, isSorted: Bool, texts: Texts) -> [UInt8] {
    let sample = unsafe sample(count, texts)
    let table = SymbolTable.trained(on: sample.suffixes)
    let unit = sample.bestUnit
    var payload: [UInt8] = []
    var starts: [UInt64] = []
    var codes: [UInt8] = []
    var former: [UInt8] = []
    var longest = 0
    var total = 0
    for place in 0..<count {
      unsafe texts(place) { text in
        if place % PackedDictionary.bucketSize == 0 {
          starts.append(UInt64(payload.count))
          former.removeAll(keepingCapacity: true)
        }
        let shared = unsafe common(former, text) / unit
        codes.removeAll(keepingCapacity: true)
        unsafe table.encode(text[(shared * unit)...], into: &codes)
        payload.append(UInt8(min(shared, 15) << 4 | min(codes.count, 15)))
        if shared >= 15 { append(shared - 15, to: &payload) }
        if codes.count >= 15 { append(codes.count - 15, to: &payload) }
        payload.append(contentsOf: codes)
        former.removeAll(keepingCapacity: true)
        unsafe former.append(contentsOf: text)
        longest = max(longest, text.count)
        total += text.count
      }
    }
    var writer = ByteWriter(minimumCapacity: payload.count + 4096)
    writer.u32(UInt32(count))
    writer.u32(UInt32(longest))
    writer.u64(UInt64(total))
    writer.u8(UInt8(unit))
    writer.u8(isSorted ? 1 : 0)
    table.write(to: &writer)
    writer.pad(to: 8)
    var encoder = PackedColumnEncoder()
    writer.append(encoder.encode(starts))
    writer.append(payload)
    return writer.bytes
  }

  /// A dictionary without texts.
  static func packNothing() -> [UInt8] {
    unsafe pack(count: 0, isSorted: true) { _, _ in }
  }

  /// What remains of some texts behind what they share, and the unit of sharing that saves most.
  private static func sample(
    _ count: Int, _ texts: Texts
  ) -> (suffixes: [[UInt8]], bestUnit: Int) {
    let buckets = (count + PackedDictionary.bucketSize - 1) / PackedDictionary.bucketSize
    let step = max(1, buckets / 2048)
    var suffixes: [[UInt8]] = []
    var size = 0
    // The header holds 14 units; what is more takes a byte, and what a unit cannot share is coded.
    var costs = [1: 0, 3: 0]
    var bucket = 0
    while bucket < buckets && size < 1 << 18 {
      var former: [UInt8] = []
      let first = bucket * PackedDictionary.bucketSize
      for place in first..<min(count, first + PackedDictionary.bucketSize) {
        unsafe texts(place) { text in
          let shared = unsafe common(former, text)
          let suffix = unsafe Array(text[shared...].prefix(256))
          suffixes.append(suffix)
          size += suffix.count
          for unit in [1, 3] {
            costs[unit, default: 0] += shared % unit + (shared / unit >= 15 ? 1 : 0)
          }
          unsafe former = Array(text)
        }
      }
      bucket += step
    }
    return (suffixes, costs[1, default: 0] <= costs[3, default: 0] ? 1 : 3)
  }

  private static func common(_ former: [UInt8], _ text: UnsafeBufferPointer<UInt8>) -> Int {
    var length = 0
    let limit = min(former.count, text.count)
    while length < limit, unsafe former[length] == text[length] { length += 1 }
    return length
  }

  private static func append(_ value: Int, to output: inout [UInt8]) {
    var rest = value
    while rest >= 128 {
      output.append(UInt8(rest & 127) | 128)
      rest >>= 7
    }
    output.append(UInt8(rest))
  }
}
