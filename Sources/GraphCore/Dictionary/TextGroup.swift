/// What is known of the texts of a group while they are looked up, and a few short texts that came up lately.
///
/// Columns of few texts, as those of predicates, have most of a group among these, in the nearest cache; such a
/// column goes on with them. Others do not look there any more.
final class TextGroup {
  /// How many texts a group has.
  static let size = 256
  /// So many texts are asked for before the first of them is looked for.
  static let ahead = 32
  private static let memorySize = 256

  private let columns: [Column<UInt32>]
  private let keyColumns: [Column<TextKey>]
  /// The key of each text.
  let keys: Words<TextKey>
  /// The bucket that its search has come to.
  let buckets: Words<UInt32>
  /// Where in the heap the longer text begins that it may be.
  let places: Words<UInt32>
  /// Those texts whose search goes on.
  let searched: Words<UInt32>

  private let rememberedKeys: Words<TextKey>
  private let rememberedTerms: Words<UInt32>
  private var hasMemory = false
  /// Whether texts are looked for among those that came up lately.
  private(set) var remembers = false

  init() {
    columns = [Self.size, Self.size, Self.size, Self.memorySize].map { Column(unspecified: $0) }
    keyColumns = [Self.size, Self.memorySize].map { Column(unspecified: $0) }
    keys = keyColumns[0].words
    buckets = columns[0].words
    places = columns[1].words
    searched = columns[2].words
    rememberedKeys = keyColumns[1].words
    rememberedTerms = columns[3].words
  }

  /// The term of a short text, unknown where it did not come up lately.
  @inline(__always)
  func term(of key: TextKey, _ hash: UInt32) -> UInt32 {
    let place = Int(hash) & (Self.memorySize &- 1)
    return rememberedKeys[place] == key ? rememberedTerms[place] : TextField.unknown
  }

  /// Notes how many texts of a group were not remembered.
  func noteSearched(_ searched: Int, of count: Int) {
    if searched * 8 > count { remembers = false }
  }

  /// Remembers the short texts of the first whole group.
  func remember(_ group: Words<TextField>) {
    guard !hasMemory, group.count == Self.size else { return }
    hasMemory = true
    remembers = true
    for place in 0..<Self.memorySize {
      rememberedKeys[place] = .empty
      rememberedTerms[place] = TextField.unknown
    }
    for i in 0..<group.count where keys[i].isShort {
      let place = Int(group[i].hash) & (Self.memorySize - 1)
      rememberedKeys[place] = keys[i]
      rememberedTerms[place] = group[i].term
    }
  }
}
