/// A growable flat array of words with a stable owner: the unit in which the store keeps its columns
/// and in which the engine reads them.
///
/// Compared with `Array` it is shared by reference, never copied on write, and hands out a `Words`
/// view that loops can read without reference counting or exclusivity checks. Whoever takes a view
/// keeps the column alive and does not append while using it.
@_spi(Columns)
@safe
public final class Column<Element: BitwiseCopyable> {
  // Everything is inlinable: the engine's loops live in another module, and an element that is
  // handled without knowing its type costs a hundred times as much as one that is. The compiler
  // inlines across modules what is public only, hence the interface for this package and not `package`.
  @exclusivity(unchecked) @usableFromInline var base: UnsafeMutablePointer<Element>
  @exclusivity(unchecked) @usableFromInline var storedCount: Int
  @exclusivity(unchecked) @usableFromInline var storedCapacity: Int
  /// What the elements lie in, where that is no block of their own.
  @exclusivity(unchecked) @usableFromInline var pages: PageRun?

  /// How many elements there are.
  @inlinable
  public var count: Int { unsafe storedCount }

  /// How many elements there is room for before the next append moves them.
  @inlinable
  public var capacity: Int { unsafe storedCapacity }

  /// An empty column, with room for so many elements. It takes no memory before something comes if
  /// that is none: a graph and a program have hundreds.
  @inlinable
  public init(minimumCapacity: Int = 0) {
    unsafe storedCapacity = minimumCapacity
    unsafe base =
      minimumCapacity == 0 ? Words<Element>.empty.base : Column.space(for: minimumCapacity)
    unsafe storedCount = 0
  }

  /// An empty column in pages that others lie in as well.
  init(base: UnsafeMutablePointer<Element>, capacity: Int, in pages: PageRun) {
    unsafe self.base = base
    unsafe storedCount = 0
    unsafe storedCapacity = capacity
    unsafe self.pages = pages
  }

  @inlinable
  static func space(for count: Int) -> UnsafeMutablePointer<Element> {
    unsafe Memory.allocate(count * MemoryLayout<Element>.stride)
      .bindMemory(to: Element.self, capacity: count)
  }

  /// `count` times the same element. O(count); of zeros a large column takes pages only as they are
  /// written.
  @inlinable
  public init(repeating value: Element, count: Int) {
    let size = max(count, 4)
    let byteCount = size * MemoryLayout<Element>.stride
    let isZero = unsafe withUnsafeBytes(of: value) { unsafe $0.allSatisfy { $0 == 0 } }
    let block = unsafe isZero ? Memory.allocateZeroed(byteCount) : Memory.allocate(byteCount)
    unsafe storedCapacity = size
    unsafe base = block.bindMemory(to: Element.self, capacity: size)
    if !isZero { unsafe base.initialize(repeating: value, count: count) }
    unsafe storedCount = count
  }

  /// `count` elements of zero bytes for a table whose places are read and written in no order: see `growTable`.
  public init(tableOf count: Int) {
    let size = max(count, 4)
    unsafe base = Memory.allocateZeroed(size * MemoryLayout<Element>.stride, takingPages: true)
      .bindMemory(to: Element.self, capacity: size)
    unsafe storedCapacity = size
    unsafe storedCount = count
  }

  /// Space for `count` elements, which hold anything until they are set.
  @inlinable
  public convenience init(unspecified count: Int) {
    self.init(minimumCapacity: count)
    unsafe storedCount = count
  }

  /// The elements of a collection, copied. O(count).
  @inlinable
  public convenience init(_ elements: some Collection<Element>) {
    self.init(minimumCapacity: elements.count)
    for element in elements { append(element) }
  }

  @inlinable
  deinit {
    guard unsafe storedCapacity > 0 else { return }
    let byteCount = unsafe storedCapacity * MemoryLayout<Element>.stride
    if let pages = unsafe pages {
      unsafe pages.takeBack(base, byteCount)
    } else {
      unsafe Memory.release(base, byteCount)
    }
  }

  /// Moves to a block of its own.
  @usableFromInline
  func leavePages(reserving minimum: Int) {
    guard let pages = unsafe pages else { return }
    let own = unsafe Column.space(for: minimum)
    unsafe own.update(from: base, count: storedCount)
    unsafe pages.takeBack(base, storedCapacity * MemoryLayout<Element>.stride)
    unsafe base = own
    unsafe storedCapacity = minimum
    unsafe self.pages = nil
  }

  /// The elements as a view for loops; invalid after the next append.
  @inlinable
  public var words: Words<Element> {
    @inline(__always) get { unsafe Words(base: base, count: storedCount) }
  }

  /// An element; an index outside is a trap, in release builds as well.
  @inlinable
  public subscript(index: Int) -> Element {
    @inline(__always) get {
      precondition(unsafe index >= 0 && index < storedCount, "column index out of range")
      return unsafe base[index]
    }
    @inline(__always) set {
      precondition(unsafe index >= 0 && index < storedCount, "column index out of range")
      unsafe base[index] = newValue
    }
  }

  /// Appends one element. Amortised O(1).
  @inlinable
  @inline(__always)
  public func append(_ element: Element) {
    let count = unsafe storedCount
    if unsafe count == storedCapacity { reserve(max(4, count &* 2)) }
    unsafe base[count] = element
    unsafe storedCount = count &+ 1
  }

  /// Appends `extra` elements whose values the caller sets next through `words`. Amortised O(extra).
  @inlinable
  public func grow(by extra: Int) {
    let total = unsafe storedCount + extra
    if unsafe total > storedCapacity { unsafe reserve(max(total, storedCapacity &* 2)) }
    unsafe storedCount = total
  }

  /// Appends `extra` elements of zero bytes. O(count + extra), but a large column does not touch
  /// the new ones before they are used.
  public func growZeroed(by extra: Int) { growZeroed(by: extra, takingPages: false) }

  /// Appends `extra` elements of zero bytes for a table whose places are read and written in no order.
  /// O(count + extra).
  ///
  /// The pages of a large one are taken at once. One after the other, most would be read before they are written
  /// to: the system then gives a page that all share first and one of its own later, and has all other threads forget
  /// the first, which took two to three times as long (decision 0047).
  public func growTable(by extra: Int) { growZeroed(by: extra, takingPages: true) }

  private func growZeroed(by extra: Int, takingPages: Bool) {
    let stride = MemoryLayout<Element>.stride
    let total = unsafe storedCount + extra
    if unsafe pages != nil { leavePages(reserving: total) }
    let (used, size) = unsafe (storedCount * stride, storedCapacity * stride)
    let block = unsafe size == 0 ? nil : UnsafeMutableRawPointer(base)
    unsafe base = Memory.resizeZeroed(
      block, from: size, used: used, to: max(size, total * stride),
      takingPages: takingPages
    ).bindMemory(to: Element.self, capacity: max(storedCapacity, total))
    unsafe storedCapacity = max(storedCapacity, total)
    unsafe storedCount = total
  }

  /// Makes room for `minimum` elements in all. O(count) where they move; views are invalid then.
  @inlinable
  @inline(never)
  public func reserve(_ minimum: Int) {
    guard unsafe minimum > storedCapacity else { return }
    if unsafe storedCapacity == 0 {
      unsafe base = Column.space(for: minimum)
    } else if unsafe pages != nil {
      return leavePages(reserving: minimum)
    } else {
      let stride = MemoryLayout<Element>.stride
      unsafe base = Memory.resize(
        base, from: storedCapacity * stride, used: storedCount * stride, to: minimum * stride
      ).bindMemory(to: Element.self, capacity: minimum)
    }
    unsafe storedCapacity = minimum
  }

  /// Forgets all elements from `newCount` on.
  @inlinable
  public func truncate(to newCount: Int) {
    precondition(unsafe newCount >= 0 && newCount <= storedCount)
    unsafe storedCount = newCount
  }

  /// The bytes that the column holds in memory. What a large one has in reserve takes none.
  @inlinable
  public var byteCount: Int {
    let reserved = unsafe storedCapacity * MemoryLayout<Element>.stride
    if reserved < Memory.largeBlock { return reserved }
    return max(Memory.largeBlock, unsafe storedCount * MemoryLayout<Element>.stride)
  }
}

/// An unowned view of words for inner loops. Indices are checked in debug builds only: a view never
/// leaves the folders that make it, and its indices come from the engine, never from input.
@_spi(Columns)
@safe
public struct Words<Element: BitwiseCopyable> {
  public let base: UnsafeMutablePointer<Element>
  /// How many words there are.
  public let count: Int

  @inlinable
  public init(base: UnsafeMutablePointer<Element>, count: Int) {
    unsafe self.base = base
    self.count = count
  }

  /// A word; an index outside is a trap in debug builds and undefined in release builds.
  @inlinable
  public subscript(index: Int) -> Element {
    @inline(__always) get {
      assert(index >= 0 && index < count)
      return unsafe base[index]
    }
    @inline(__always) nonmutating set {
      assert(index >= 0 && index < count)
      unsafe base[index] = newValue
    }
  }
}

@_spi(Columns) extension Words {
  /// A view of nothing.
  @inlinable
  public static var empty: Words<Element> {
    unsafe Words(
      base: UnsafeMutablePointer<Element>(bitPattern: 16).unsafelyUnwrapped, count: 0)
  }

  /// The words from `start` on, `count` of them.
  @inlinable
  public func slice(_ start: Int, _ count: Int) -> Words<Element> {
    assert(start >= 0 && start + count <= self.count)
    return unsafe Words(base: base + start, count: count)
  }
}

@_spi(Columns) extension Words: BitwiseCopyable {}

/// Keeps owners of views alive up to here: `defer { keepAlive(column) }`.
///
/// A view does not retain its column, and a local object may be released after its last use rather
/// than at the end of its scope. Whoever takes a view of a column that only a local name holds says
/// this right behind its declaration.
@inlinable
@inline(__always)
@_spi(Columns) public func keepAlive<each Owner>(_ owners: repeat each Owner) {
  repeat withExtendedLifetime(each owners) {}
}
