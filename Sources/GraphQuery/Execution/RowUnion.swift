@_spi(Columns) import GraphCore

/// The union of rows over a domain, collected as a list with marks or as a bitmap.
final class RowUnion {
  private let domain: Int
  private let arena: WordArena
  private let bitmapLimit: Int
  private let marks: Column<UInt32>
  private var epoch: UInt32 = 0
  private let list = Column<UInt32>()
  private let bitmap: Column<UInt32>
  private var isBitmap = false

  init(domain: Int, arena: WordArena) {
    self.domain = domain
    self.arena = arena
    bitmapLimit = max(domain / 32, 32)
    marks = Column(repeating: 0, count: domain)
    bitmap = Column(repeating: 0, count: (domain + 31) / 32)
  }

  /// Starts an empty union that is expected to hold at most `estimate` members.
  func begin(estimate: Int) {
    isBitmap = estimate > bitmapLimit
    if isBitmap {
      let words = bitmap.words
      for i in 0..<words.count { words[i] = 0 }
    } else {
      epoch += 1
      list.truncate(to: 0)
    }
  }

  func hasReached(_ y: UInt32) -> Bool {
    isBitmap ? bitmap.words[Int(y >> 5)] & (1 << (y & 31)) != 0 : marks.words[Int(y)] == epoch
  }

  func add(_ y: UInt32) {
    if isBitmap {
      bitmap.words[Int(y >> 5)] |= 1 << (y & 31)
    } else if marks.words[Int(y)] != epoch {
      marks.words[Int(y)] = epoch
      list.append(y)
    }
  }

  func add(_ row: BinaryRows.Row) {
    let values = row.words
    let count = Int(row.count)
    if isBitmap {
      let words = bitmap.words
      if row.isBitmap {
        for i in 0..<words.count { words[i] |= values[i] }
      } else {
        for i in 0..<count { words[Int(values[i] >> 5)] |= 1 << (values[i] & 31) }
      }
      return
    }
    // The estimate counted the row's members, so a bitmap row cannot be among a list's.
    let start = list.count
    list.grow(by: count)
    let (output, marks, epoch) = (list.words, marks.words, epoch)
    var place = start
    for i in 0..<count {
      let y = values[i]
      output[place] = y
      place &+= marks[Int(y)] == epoch ? 0 : 1
      marks[Int(y)] = epoch
    }
    list.truncate(to: place)
  }

  /// The union as a row, in the form that is smaller.
  func finish() -> BinaryRows.Row {
    if !isBitmap {
      return list.count > bitmapLimit ? bitmapRow(list.words) : listRow(list.words)
    }
    let words = bitmap.words
    var count = 0
    for i in 0..<words.count { count &+= words[i].nonzeroBitCount }
    if count > bitmapLimit {
      let block = arena.takeExactly(words.count)
      for i in 0..<words.count { block[i] = words[i] }
      return BinaryRows.Row(
        words: block, count: UInt32(truncatingIfNeeded: count), isBitmap: true)
    }
    let block = arena.takeExactly(count)
    var place = 0
    for i in 0..<words.count {
      var word = words[i]
      while word != 0 {
        block[place] = UInt32(truncatingIfNeeded: i &* 32 &+ word.trailingZeroBitCount)
        place &+= 1
        word &= word &- 1
      }
    }
    return BinaryRows.Row(words: block, count: UInt32(truncatingIfNeeded: count), isBitmap: false)
  }

  /// Members that turned out to be more than was expected.
  private func bitmapRow(_ values: Words<UInt32>) -> BinaryRows.Row {
    let block = arena.takeExactly((domain + 31) / 32)
    for i in 0..<block.count { block[i] = 0 }
    for i in 0..<values.count { block[Int(values[i] >> 5)] |= 1 << (values[i] & 31) }
    return BinaryRows.Row(
      words: block, count: UInt32(truncatingIfNeeded: values.count), isBitmap: true)
  }

  private func listRow(_ values: Words<UInt32>) -> BinaryRows.Row {
    let block = arena.takeExactly(values.count)
    for i in 0..<values.count { block[i] = values[i] }
    return BinaryRows.Row(
      words: block, count: UInt32(truncatingIfNeeded: values.count), isBitmap: false)
  }
}
