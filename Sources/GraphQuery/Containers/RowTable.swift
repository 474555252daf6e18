@_spi(Columns) import GraphCore
import Synchronization

/// A binary relation over small numbers as one set per row, each in the form that suits its size.
///
/// Up to `scanLimit` members a row is a list, searched as a whole. Then a table of their places (`PlaceTable`)
/// joins the list, at most three quarters full: at a half, points-to analyses took a tenth more memory and
/// no less time. From an `n / 64`-th of the domain on it is a bitmap, and the list holds only what was added
/// since the row was last made stable. Gustavson's matrix product ("Two fast algorithms for sparse
/// matrices", 1978) is the model: a result row is produced while it is in the cache, so finding out whether a
/// member is new costs no memory access.
///
/// Deltas are suffixes of the lists: `[stable, visible)` is the last round's, what lies behind
/// `visible` is not to be seen before `advance`.
///
/// Several workers may add at a time, each by a lane of its own and to rows that no other adds to, while nobody reads.
final class RowTable {
  enum Form: UInt8 {
    case list, hashed, bitmap
  }

  /// 40 bytes; there is one for every number that has members.
  @safe
  struct Row: BitwiseCopyable {
    private var listBase: UnsafeMutablePointer<UInt32>
    private var setBase: UnsafeMutablePointer<UInt32>
    /// How many members there are in all.
    var count: UInt32 = 0
    /// How many of the list's places are used.
    var listed: UInt32 = 0
    var stable: UInt32 = 0
    var visible: UInt32 = 0
    /// The classes of the blocks' sizes; 0 is no block.
    private var listClass: UInt8 = 0
    private var setClass: UInt8 = 0
    var form = Form.list
    var isDirty = false
    /// The number whose row this is.
    let key: UInt32

    init(key: UInt32) {
      self.key = key
      unsafe listBase = Words<UInt32>.empty.base
      unsafe setBase = Words<UInt32>.empty.base
    }

    /// The members in the order of arrival; in a bitmap row only the recent ones.
    var list: Words<UInt32> {
      @inline(__always) get {
        unsafe Words(base: listBase, count: WordArena.size(of: Int(listClass)))
      }
      set {
        unsafe listBase = newValue.base
        listClass = Row.sizeClass(newValue.count)
      }
    }

    /// The bitmap, or the slots of the table of places.
    var set: Words<UInt32> {
      @inline(__always) get {
        unsafe Words(base: setBase, count: WordArena.size(of: Int(setClass)))
      }
      set {
        unsafe setBase = newValue.base
        setClass = Row.sizeClass(newValue.count)
      }
    }

    @inline(__always)
    var table: PlaceTable { PlaceTable(set, of: list) }

    /// Whether the row has a member.
    @inline(__always)
    func has(_ y: UInt32) -> Bool {
      switch form {
      case .list:
        for i in 0..<Int(listed) where list[i] == y { return true }
        return false
      case .hashed:
        return !table.slot(of: y).isEmpty
      case .bitmap:
        return set[Int(y >> 5)] & (1 << (y & 31)) != 0
      }
    }

    private static func sizeClass(_ count: Int) -> UInt8 {
      count == 0 ? 0 : UInt8(truncatingIfNeeded: WordArena.sizeClass(for: count))
    }
  }

  /// What one worker adds to a table with.
  final class Lane {
    let arena: WordArena
    /// How many members came by it.
    fileprivate(set) var count = 0
    /// Places of rows that got members for the next round.
    fileprivate let dirty = Column<UInt32>()

    init(_ arena: WordArena) { self.arena = arena }
  }

  static let scanLimit: UInt32 = 32

  let domain: Int
  /// The rows in the order of their first members; the first one is empty and stands for all that
  /// are. There is space for the whole domain, taken as it is used, so rows never move.
  private let rows: Column<Row>
  /// How many of them are used.
  private let used = Atomic<Int>(1)
  /// The place of each number's row.
  let places: Column<UInt32>
  /// One for each worker.
  let lanes: [Lane]
  /// Places of rows with a delta in this round.
  let delta = Column<UInt32>()
  private let hasDelta: Column<UInt64>
  private let bitmapLimit: UInt32
  private let bitmapClass: Int

  /// - Parameter lanes: one for each worker.
  init(domain: Int, lanes: [Lane]) {
    self.domain = domain
    self.lanes = lanes
    rows = Column(unspecified: domain + 1)
    rows.words[0] = Row(key: 0)
    places = Column(repeating: 0, count: domain)
    hasDelta = Column(repeating: 0, count: domain / 64 + 1)
    bitmapLimit = UInt32(min(max(domain / 64, 32), PlaceTable.longestList))
    bitmapClass = WordArena.sizeClass(for: (domain + 31) / 32)
  }

  /// How many members there are.
  var count: Int { lanes.reduce(0) { $0 + $1.count } }

  /// How many rows there are, and the one that stands for all empty ones.
  var rowCount: Int { used.load(ordering: .relaxed) }

  var byteCount: Int {
    rowCount * MemoryLayout<Row>.stride + places.byteCount + delta.byteCount
      + lanes.reduce(0) { $0 + $1.dirty.byteCount }
  }

  /// Which of some workers adds to a row: neighbours belong to any.
  @inline(__always)
  static func owner(of x: UInt32, among workers: Int) -> Int {
    Int(truncatingIfNeeded: (UInt64(x &* 0x9E37_79B1) &* UInt64(workers)) >> 32)
  }

  // MARK: Reading

  /// The rows for a loop, also while rows are added. See `Adjacency.View`.
  var view: View {
    View(domain: domain, rows: rows.words, places: places.words, hasDelta: hasDelta.words)
  }

  struct View: BitwiseCopyable {
    fileprivate let domain: Int
    fileprivate let rows: Words<Row>
    fileprivate let places: Words<UInt32>
    /// One bit for each row with a delta in this round.
    let hasDelta: Words<UInt64>

    @inline(__always)
    func row(_ x: Int) -> Row { rows[Int(places[x])] }

    /// The row at a place.
    @inline(__always)
    func row(at place: Int) -> Row { rows[place] }

    /// The number whose row is at a place.
    @inline(__always)
    func key(at place: Int) -> Int { Int(rows[place].key) }

    /// The members of a row that the last round added.
    @inline(__always)
    func delta(of x: Int) -> Words<UInt32> { delta(at: Int(places[x])) }

    /// The same of the row at a place.
    @inline(__always)
    func delta(at place: Int) -> Words<UInt32> {
      let row = rows[place]
      return row.list.slice(Int(row.stable), Int(row.visible - row.stable))
    }

    /// Appends all members of a row, those not yet visible included.
    func appendMembers(of x: Int, to output: Column<UInt32>) {
      let row = row(x)
      let start = output.count
      output.grow(by: Int(row.count))
      let words = output.words
      guard row.form == .bitmap else {
        for i in 0..<Int(row.listed) { words[start + i] = row.list[i] }
        return
      }
      var place = start
      for index in 0..<((domain + 31) / 32) {
        var word = row.set[index]
        while word != 0 {
          words[place] = UInt32(truncatingIfNeeded: index &* 32 &+ word.trailingZeroBitCount)
          place &+= 1
          word &= word &- 1
        }
      }
    }
  }

  // MARK: Adding

  /// The place of a number's row, which is made if there is none.
  @inline(__always)
  private func place(_ x: Int) -> Int {
    let known = Int(places.words[x])
    return known != 0 ? known : makePlace(x)
  }

  @inline(never)
  private func makePlace(_ x: Int) -> Int {
    let place = used.wrappingAdd(1, ordering: .relaxed).oldValue
    places.words[x] = UInt32(truncatingIfNeeded: place)
    rows.words[place] = Row(key: UInt32(truncatingIfNeeded: x))
    return place
  }

  /// Adds members that the row is known not to have, and that differ from each other. O(values.count).
  func append(new values: Words<UInt32>, to x: Int, by lane: Lane) {
    let place = place(x)
    var row = rows.words[place]
    if Int(row.listed) + values.count > row.list.count {
      makeRoom(&row, values.count, lane.arena)
    }
    let (list, before) = (row.list, Int(row.listed))
    for i in 0..<values.count { list[before &+ i] = values[i] }
    row.listed &+= UInt32(truncatingIfNeeded: values.count)
    row.count &+= UInt32(truncatingIfNeeded: values.count)
    lane.count &+= values.count
    if !row.isDirty {
      row.isDirty = true
      lane.dirty.append(UInt32(truncatingIfNeeded: place))
    }
    switch row.form {
    case .bitmap:
      let set = row.set
      for i in 0..<values.count { set[Int(values[i] >> 5)] |= 1 << (values[i] & 31) }
    case .list, .hashed:
      if row.count > bitmapLimit {
        makeBitmap(&row, lane.arena)
      } else if row.form == .list {
        if row.listed > Self.scanLimit { hashRow(&row, lane.arena) }
      } else if Int(row.count) > Self.membersOfTable(row.set.count) {
        lane.arena.give(back: row.set)
        hashRow(&row, lane.arena)
      } else {
        hashNewest(&row, from: before)
      }
    }
    rows.words[place] = row
  }

  /// Puts the newest members of a row, known to be new, into its table.
  private func hashNewest(_ row: inout Row, from before: Int) {
    let (list, table) = (row.list, row.table)
    for i in before..<Int(row.listed) { table.set(table.slot(of: list[i]).slot, to: i) }
  }

  /// Adds a member that the row is known not to have, as a transposed table does.
  ///
  /// Rows that only this adds to have no table of places: nothing is ever looked up in them.
  @inline(__always)
  func append(_ y: UInt32, to x: Int, by lane: Lane) {
    let place = place(x)
    let all = rows.words
    if all[place].listed == UInt32(truncatingIfNeeded: all[place].list.count) {
      makeRoom(&all[place], 1, lane.arena)
    }
    all[place].list[Int(all[place].listed)] = y
    all[place].listed &+= 1
    all[place].count &+= 1
    lane.count &+= 1
    if all[place].form == .bitmap {
      all[place].set[Int(y >> 5)] |= 1 << (y & 31)
    } else if all[place].count > bitmapLimit {
      makeBitmap(&all[place], lane.arena)
    }
    if !all[place].isDirty {
      all[place].isDirty = true
      lane.dirty.append(UInt32(truncatingIfNeeded: place))
    }
  }

  // MARK: Rounds

  /// Makes what was added the next delta; false if nothing was.
  func advance() -> Bool {
    let all = rows.words
    let bits = hasDelta.words
    let old = delta.words
    for i in 0..<old.count {
      let place = Int(old[i])
      bits[Int(all[place].key >> 6)] = 0
      // What was the delta is stable now; a bitmap row need not list it any more.
      if all[place].form == .bitmap {
        forgetStable(&all[place])
      } else {
        all[place].stable = all[place].visible
      }
    }
    delta.truncate(to: 0)
    for lane in lanes {
      for place in 0..<lane.dirty.count { delta.append(lane.dirty.words[place]) }
      lane.dirty.truncate(to: 0)
    }
    let new = delta.words
    for i in 0..<new.count {
      let place = Int(new[i])
      bits[Int(all[place].key >> 6)] |= 1 << UInt64(all[place].key & 63)
      all[place].visible = all[place].listed
      all[place].isDirty = false
    }
    return new.count > 0
  }

  /// Everything is stable and lists of bitmap rows are given back: the relation is complete.
  func settle() {
    while advance() {}
    let all = rows.words
    for place in 0..<rowCount where all[place].form == .bitmap && all[place].list.count > 0 {
      lanes[0].arena.give(back: all[place].list)
      all[place].list = .empty
    }
  }

  private func forgetStable(_ row: inout Row) {
    let kept = Int(row.listed - row.visible)
    for i in 0..<kept { row.list[i] = row.list[Int(row.visible) + i] }
    row.listed = UInt32(truncatingIfNeeded: kept)
    row.stable = 0
    row.visible = 0
    // A long list that is empty again is space somebody else can use.
    if kept == 0 && row.list.count > 64 {
      lanes[0].arena.give(back: row.list)
      row.list = .empty
    }
  }

  // MARK: Forms

  private func makeRoom(_ row: inout Row, _ extra: Int, _ arena: WordArena) {
    let larger = arena.take(WordArena.sizeClass(for: max(Int(row.listed) + extra, 4)))
    for i in 0..<Int(row.listed) { larger[i] = row.list[i] }
    if row.list.count > 0 { arena.give(back: row.list) }
    row.list = larger
  }

  /// How many members a table of places has at most: three quarters of its slots, two of which lie in a word.
  @inline(__always)
  private static func membersOfTable(_ wordCount: Int) -> Int {
    min(wordCount &* 3 / 2, PlaceTable.longestList)
  }

  /// Makes a table of the places of a row's members, larger than the one that it has.
  private func hashRow(_ row: inout Row, _ arena: WordArena) {
    row.form = .hashed
    row.set = arena.takeZeroed(WordArena.sizeClass(for: max(Int(row.listed) * 2 / 3 + 1, 16)))
    hashNewest(&row, from: 0)
  }

  private func makeBitmap(_ row: inout Row, _ arena: WordArena) {
    let set = arena.takeZeroed(bitmapClass)
    for i in 0..<Int(row.listed) {
      let y = row.list[i]
      set[Int(y >> 5)] |= 1 << (y & 31)
    }
    if row.set.count > 0 { arena.give(back: row.set) }
    row.set = set
    row.form = .bitmap
    // What is stable is in the bitmap alone from now on.
    let kept = Int(row.listed - row.stable)
    for i in 0..<kept { row.list[i] = row.list[Int(row.stable) + i] }
    row.visible -= row.stable
    row.listed = UInt32(truncatingIfNeeded: kept)
    row.stable = 0
  }
}
