/// A growable flat array of words with a stable owner: the unit in which the store keeps its columns
/// and in which the engine reads them.
///
/// Compared with `Array` it is shared by reference, never copied on write, and hands out a `Words`
/// view that loops can read without reference counting or exclusivity checks. Whoever takes a view
/// keeps the column alive and does not append while using it.
@safe
package final class Column<Element: BitwiseCopyable> {
  private var base: UnsafeMutablePointer<Element>
  package private(set) var count: Int
  package private(set) var capacity: Int

  package init(minimumCapacity: Int = 0) {
    capacity = max(minimumCapacity, 4)
    unsafe base = UnsafeMutablePointer<Element>.allocate(capacity: capacity)
    count = 0
  }

  package convenience init(repeating value: Element, count: Int) {
    self.init(minimumCapacity: count)
    unsafe base.initialize(repeating: value, count: count)
    self.count = count
  }

  package convenience init(_ elements: some Collection<Element>) {
    self.init(minimumCapacity: elements.count)
    for element in elements { append(element) }
  }

  deinit { unsafe base.deallocate() }

  /// The elements as a view for loops; invalid after the next append.
  package var words: Words<Element> { unsafe Words(base: base, count: count) }

  package subscript(index: Int) -> Element {
    get {
      precondition(index >= 0 && index < count, "column index out of range")
      return unsafe base[index]
    }
    set {
      precondition(index >= 0 && index < count, "column index out of range")
      unsafe base[index] = newValue
    }
  }

  /// Appends one element. Amortised O(1).
  package func append(_ element: Element) {
    if count == capacity { reserve(capacity &* 2) }
    unsafe base[count] = element
    count &+= 1
  }

  /// Appends `extra` elements whose values the caller sets next through `words`. Amortised O(extra).
  package func grow(by extra: Int) {
    if count + extra > capacity { reserve(max(count + extra, capacity &* 2)) }
    count += extra
  }

  package func reserve(_ minimum: Int) {
    guard minimum > capacity else { return }
    let larger = UnsafeMutablePointer<Element>.allocate(capacity: minimum)
    unsafe larger.moveInitialize(from: base, count: count)
    unsafe base.deallocate()
    unsafe base = larger
    capacity = minimum
  }

  /// Forgets all elements from `newCount` on.
  package func truncate(to newCount: Int) {
    precondition(newCount >= 0 && newCount <= count)
    count = newCount
  }

  /// The bytes that the column holds in memory.
  package var byteCount: Int { capacity * MemoryLayout<Element>.stride }
}

/// An unowned view of words for inner loops. Indices are checked in debug builds only: a view never
/// leaves the folders that make it, and its indices come from the engine, never from input.
@safe
package struct Words<Element: BitwiseCopyable> {
  @usableFromInline let base: UnsafeMutablePointer<Element>
  package let count: Int

  @inlinable
  package init(base: UnsafeMutablePointer<Element>, count: Int) {
    unsafe self.base = base
    self.count = count
  }

  @inlinable
  package subscript(index: Int) -> Element {
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

extension Words {
  /// A view of nothing.
  @inlinable
  package static var empty: Words<Element> {
    unsafe Words(
      base: UnsafeMutablePointer<Element>(bitPattern: 16).unsafelyUnwrapped, count: 0)
  }

  /// The words from `start` on, `count` of them.
  @inlinable
  package func slice(_ start: Int, _ count: Int) -> Words<Element> {
    assert(start >= 0 && start + count <= self.count)
    return unsafe Words(base: base + start, count: count)
  }
}

extension Words: BitwiseCopyable {}

/// Keeps owners of views alive up to here: `defer { keepAlive(column) }`.
///
/// A view does not retain its column, and a local object may be released after its last use rather
/// than at the end of its scope. Whoever takes a view of a column that only a local name holds says
/// this right behind its declaration.
@inline(__always)
package func keepAlive<each Owner>(_ owners: repeat each Owner) {
  repeat withExtendedLifetime(each owners) {}
}
