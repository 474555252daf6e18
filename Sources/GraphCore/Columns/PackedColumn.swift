/// A sealed column of whole numbers: blocks of 128, each bit-packed or delta-coded in as few bits as
/// serve most of its values, with the others patched in.
///
/// ```
///  0  u32  count
///  4  u8   kind: 0 blocks, 1 arithmetic
///  5  u8   bits of a first value (kind 0)
///  6  u8   bits of the largest value; differences are modulo this power of two
///  7  u8   bit 0: the values ascend strictly, and differences are stored less 1
///  8  u64  length in bytes, with this header
///
///  kind 1:  16 u64 first   24 u64 step               value i is first + i · step
///
///  kind 0:  u64 for each 32 blocks                   where their payload begins, from the header on
///           u16 for each block                       its payload, from there on
///           first values, bit-packed                 of each block
///           payloads
///           16 zeros                                 so that words can be read up to the end
///
///  payload: u8 width   u8 mode · 128 + exceptions    mode 0: value − first, mode 1: differences
///           numbers of `width` bits                  128, fewer at the end
///           if there are exceptions:
///             u8 width of the high parts   their places   high parts, bit-packed
/// ```
///
/// The first value of a block is its least in mode 0 and its first in mode 1, where the first number
/// is 0. The numbers of a block of 128 lie in lanes (`LanePacking`), those beyond 32 bits as their low
/// halves and then the rest; the numbers of a shorter block lie one after the other. Places are a `u8` each
/// or, where that would take more, a bit for each number of the block (`Exceptions`). A block decodes at
/// some 0.3 ns a value; a single value of mode 0 takes no other with it.
package final class PackedColumn {
  /// How many values a block has, but the last.
  package static let blockSize = LanePacking.count
  static let headerSize = 16

  /// How many values there are.
  package let count: Int
  private let view: ByteView
  let bytes: UnownedBytes
  let isArithmetic: Bool
  private let firstWidth: Int
  /// All bits of the largest value.
  let mask: UInt64
  /// What differences are stored less of.
  let bias: UInt64
  /// The first value and the step of an arithmetic column.
  let first: UInt64
  let step: UInt64
  private let relatives: Int
  private let firsts: Int
  /// Checks payloads before they are read, where that has not been done.
  private let guarded: GuardedBytes?
  private let soundness: GuardedBytes.Soundness?
  /// Where the column begins in the guarded bytes.
  private let origin: Int
  /// Where the blocks lie, if somebody has asked for many single rows.
  var heads: Column<BlockHead>?

  /// The column that begins a view. Only its header is looked at.
  package convenience init(_ source: ByteView) throws(FormatError) {
    try self.init(source, nil, at: 0)
  }

  /// The column at an offset of bytes that are compared with their checksums as they are touched.
  convenience init(_ guarded: GuardedBytes, at offset: Int) throws(FormatError) {
    let rest = try guarded.bytes.slice(offset, max(0, guarded.bytes.count - offset))
    try guarded.check(offset, offset + min(32, rest.count))
    try self.init(rest, guarded, at: offset)
  }

  private init(
    _ source: ByteView, _ guarded: GuardedBytes?, at origin: Int
  ) throws(FormatError) {
    self.guarded = guarded
    soundness = guarded?.soundness
    self.origin = origin
    let kind: UInt8 = try source.load(4)
    let valueWidth: UInt8 = try source.load(6)
    let flags: UInt8 = try source.load(7)
    let length: UInt64 = try source.load(8)
    count = Int(try source.load(0, as: UInt32.self))
    firstWidth = Int(try source.load(5, as: UInt8.self))
    guard kind < 2, firstWidth <= 64, valueWidth <= 64, flags < 2,
      length >= 16, length <= UInt64(source.count)
    else { throw FormatError("a packed column has a wrong header") }
    view = try source.slice(0, Int(length))
    bytes = view.unowned
    isArithmetic = kind == 1
    mask = valueWidth == 64 ? .max : (1 << UInt64(valueWidth)) - 1
    bias = UInt64(flags & 1)
    if kind == 1 {
      first = try bytes.load(16)
      step = try bytes.load(24)
      relatives = 0
      firsts = 0
      // A constant column could claim any length in 32 bytes.
      guard step > 0 || count <= 1 << 20 else { throw FormatError("a constant is too long") }
      let (reach, isTooFar) = step.multipliedReportingOverflow(by: UInt64(max(count, 1) - 1))
      guard !isTooFar, !first.addingReportingOverflow(reach).overflow else {
        throw FormatError("a packed column overflows")
      }
    } else {
      first = 0
      step = 0
      let blocks = (count + PackedColumn.blockSize - 1) / PackedColumn.blockSize
      relatives = PackedColumn.headerSize + (blocks + 31) / 32 * 8
      firsts = relatives + blocks * 2
      let payloads = firsts + (blocks * firstWidth + 7) / 8
      guard payloads + 2 * blocks + LanePacking.slack <= bytes.count else {
        throw FormatError("a packed column is too short")
      }
      try guarded?.check(origin, origin + payloads)
    }
  }

  /// The length in bytes of the column.
  package var byteCount: Int { bytes.count }

  @inline(__always)
  func length(ofBlock index: Int) -> Int {
    min(PackedColumn.blockSize, count &- index &* PackedColumn.blockSize)
  }

  var blockCount: Int { (count &+ PackedColumn.blockSize &- 1) >> 7 }

  /// The value that the numbers of a block, which is there, begin from.
  @inline(__always)
  func firstValue(ofBlock block: Int) -> UInt64 {
    if isArithmetic { return first &+ step &* UInt64(block &* PackedColumn.blockSize) }
    // Opening has made sure that payloads follow, or at least `LanePacking.slack` bytes.
    return BitPacking.read(bytes, from: firsts, place: block, width: firstWidth)
  }

  /// Makes sure that bytes are those that were written.
  @inline(__always)
  private func touch(_ start: Int, _ end: Int) throws(FormatError) {
    guard let soundness, !soundness.covers(origin &+ start, origin &+ end) else { return }
    try guarded?.check(origin &+ start, origin &+ end)
  }

  // MARK: - Blocks

  /// How a block is packed. Its bytes, and `LanePacking.slack` behind them, may be read. Small enough to be
  /// passed in registers.
  struct Block: BitwiseCopyable {
    /// Where its numbers begin.
    var start: Int
    var base: UInt64
    fileprivate var counts: UInt8
    fileprivate var shortfall: UInt8
    fileprivate var lowWidth: UInt8
    fileprivate var highWidth: UInt8

    /// How many values it has.
    var length: Int { PackedColumn.blockSize &- Int(shortfall) }
    var isFull: Bool { shortfall == 0 }
    var isDelta: Bool { counts >= 128 }
    /// The bits of a number without its high part.
    var width: Int { Int(lowWidth) }
    /// How many bits the widest number may have.
    var bits: Int { Int(lowWidth) &+ Int(highWidth) }
    var exceptionCount: Int { Int(counts & 127) }

    var exceptions: Exceptions {
      // Numbers in lanes take as many bytes as others.
      Exceptions(
        count: exceptionCount, width: Int(highWidth),
        at: start &+ (length &* width &+ 7) >> 3, length: length)
    }
  }

  /// Looks up a block of a column that is not arithmetic. O(1).
  @inline(__always)
  func block(_ index: Int) throws(FormatError) -> Block {
    guard index >= 0, index < blockCount else { throw FormatError("a block lies outside") }
    // Opening has made sure that what is said of blocks lies inside.
    let group = bytes.word(PackedColumn.headerSize &+ (index >> 5) &* 8)
    guard group < UInt64(bytes.count) else { throw FormatError("a block lies outside") }
    let relative = try bytes.load(relatives &+ index &* 2, as: UInt16.self)
    let start = Int(group) &+ Int(relative)
    let shape = try bytes.load(start, as: UInt16.self)
    let length = length(ofBlock: index)
    var block = Block(
      start: start &+ 2, base: firstValue(ofBlock: index), counts: UInt8(shape >> 8),
      shortfall: UInt8(truncatingIfNeeded: PackedColumn.blockSize &- length),
      lowWidth: UInt8(shape & 255), highWidth: 0)
    if block.exceptionCount > 0 {
      block.highWidth = try bytes.load(start &+ 2 &+ (length &* block.width &+ 7) >> 3)
    }
    let end = block.exceptions.end
    guard block.bits <= 64, end &+ LanePacking.slack <= bytes.count else {
      throw FormatError("a block lies outside")
    }
    // This includes what has just been looked at.
    try touch(start, end)
    return block
  }
}
