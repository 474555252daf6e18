/// A section of a file that is looked at when somebody first asks for it.
///
/// What is found damaged is told to whoever watches over the file; the reader gets what stands in its
/// place and need not handle errors at every value.
final class PackedSection {
  private let open: () throws(FormatError) -> GuardedBytes
  private let report: (FormatError) -> Void
  private var content: GuardedBytes?
  /// Where what is unpacked lies.
  let pages: ColumnPages

  init(
    _ open: @escaping () throws(FormatError) -> GuardedBytes, pages: ColumnPages = ColumnPages(),
    report: @escaping (FormatError) -> Void
  ) {
    self.open = open
    self.pages = pages
    self.report = report
  }

  /// The bytes, whose blocks are checked as they are touched.
  func bytes() throws(FormatError) -> GuardedBytes {
    if let content { return content }
    let opened = try open()
    content = opened
    return opened
  }

  /// What the closure reads, or `otherwise` where the section is damaged.
  @inline(__always)
  func read<R>(
    _ otherwise: @autoclosure () -> R, _ body: () throws(FormatError) -> R
  ) -> R {
    do throws(FormatError) { return try body() } catch {
      report(error)
      return otherwise()
    }
  }

  /// Tells of damage.
  func note(_ error: FormatError) { report(error) }
}

/// Numbers in ascending order, each once, as they lie in a file: terms of nodes, or rows.
final class PackedSet {
  let count: Int
  private let section: PackedSection
  private let limit: UInt64
  private var known: PackedColumn?

  /// The set at the beginning of a section, with all numbers below `limit`.
  init(_ section: PackedSection, count: Int, below limit: Int) {
    self.section = section
    self.count = count
    self.limit = UInt64(limit)
  }

  /// The packed column.
  func column() throws(FormatError) -> PackedColumn {
    if let known { return known }
    let column = try PackedColumn(section.bytes(), at: 0)
    guard column.count == count else { throw FormatError("a set has another length") }
    known = column
    return column
  }

  /// The place of a number, if it is in the set. O(log count).
  func place(of number: UInt32) -> Int? {
    section.read(nil) { () throws(FormatError) in try column().place(of: UInt64(number)) }
  }

  /// The number at a place. O(1).
  func number(at place: Int) -> UInt32 {
    section.read(0) { () throws(FormatError) in
      let value = try column().value(at: place)
      guard value < limit else { throw FormatError("a packed value is out of range") }
      return UInt32(truncatingIfNeeded: value)
    }
  }

  /// All numbers; zeros where they are damaged. O(count).
  func unpack() -> Column<UInt32> {
    section.read(Column(repeating: 0, count: count)) { () throws(FormatError) in
      try column().decodeAscending(below: limit, in: section.pages)
    }
  }
}
