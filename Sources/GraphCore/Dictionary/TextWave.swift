/// Adds what several batches of fields hold that a dictionary does not, with several workers.
///
/// The texts get the ids that they would get one after the other, batch by batch, however many workers there
/// are. None of the steps has a lock, because in each of them a worker writes where no other does:
///
/// 1. Each worker looks after a part of the hashes, and finds out which of its texts comes first in the
///    wave and which repeat that one. It does so in a small table: all are known to be absent from the
///    dictionary, which is far memory.
/// 2. The numbers of first texts and bytes of each batch are added up, which gives it its ids and its place in
///    the heap. The batches are copied there side by side.
/// 3. A worker looks after a part of the slots of the index, and puts the new texts into it that belong there.
///    What finds its part full up to the end is put in place afterwards. The ids are known before that, so
///    that workers may do it beside what they do with them.
package final class TextWave {
  /// The texts of one batch that were not found, in their order.
  package final class Batch {
    fileprivate let texts = Column<TextField>()
    fileprivate var bytes = Words<UInt8>.empty
    /// The number of the first text among those of the wave.
    fileprivate var first = 0
    /// Of the texts that come first, how many there are and what they take in the heap.
    fileprivate var size = Size()

    package init() {}

    /// Forgets all texts; the next ones lie in other bytes.
    package func begin(in bytes: Words<UInt8>) {
      self.bytes = bytes
      texts.truncate(to: 0)
    }

    /// Takes those fields that were looked up and not found.
    package func collect(_ fields: Words<TextField>) {
      for i in 0..<fields.count where fields[i].term == TextField.unknown {
        texts.append(fields[i])
      }
    }

    fileprivate func buffer(_ text: TextField) -> UnsafeBufferPointer<UInt8> {
      unsafe UnsafeBufferPointer(start: bytes.base + Int(text.start), count: Int(text.count))
    }
  }

  /// What some new texts come to.
  fileprivate struct Size {
    var texts = 0
    var bytes = 0
    /// The units of the heap that they take.
    var units = 0

    @inline(__always)
    mutating func add(_ text: TextField) {
      texts &+= 1
      bytes &+= Int(text.count)
      units &+= TermDictionary.units(of: Int(text.count))
    }
  }

  private let dictionary: TermDictionary
  private let workers: Workers
  private let parts: [Part]
  private var batches: [Batch] = []
  /// The parts of the index that nobody has begun with, and how many texts are to be put there.
  private var rest: (parts: ChunkDispenser, texts: Int)?

  /// So few texts are added sooner than workers are called together.
  package static let fewest = 1 << 11
  /// In the term of a text: it repeats the one with the number in the other bits.
  private static let repetition: UInt32 = 1 << 31

  package init(_ dictionary: TermDictionary, _ workers: Workers) {
    self.dictionary = dictionary
    self.workers = workers
    parts = (0..<workers.count).map { _ in Part() }
  }

  /// Adds the texts of some batches; `term` tells which they are until the batches begin anew.
  ///
  /// They are found in the dictionary after `finish` only. Until then `indexPart` may be called by workers
  /// on whatever job they are.
  package func add(_ batches: [Batch]) {
    self.batches = batches
    var total = 0
    for batch in batches {
      batch.first = total
      total += batch.texts.count
    }
    if total < Self.fewest || workers.count == 1 || dictionary.isPacked {
      for batch in batches { dictionary.internUnknown(batch.texts.words, in: batch.bytes) }
      return
    }
    precondition(total < Int(Self.repetition), "a wave has less than 2^31 texts")
    workers.forEachChunk(of: parts.count, size: 1) { _, numbers in
      for part in numbers { findFirsts(part) }
    }
    rest = (ChunkDispenser(total: parts.count, size: 1), copyFirsts())
  }

  /// Puts the new texts of one part into the index, if there is one that nobody has begun with.
  package func indexPart() {
    guard let number = rest?.parts.next()?.first else { return }
    index(number)
  }

  /// Ends the adding.
  package func finish() {
    guard let rest else { return }
    while !rest.parts.isEmpty { indexPart() }
    dictionary.finishIndex(rest.texts, parts.map(\.spilled))
    self.rest = nil
  }

  /// The term of a batch's text, by its number in the batch.
  @inline(__always)
  package func term(of batch: Batch, _ number: Int) -> UInt32 {
    let term = batch.texts.words[number].term
    return term & Self.repetition == 0 ? term : first(of: term)
  }

  @inline(never)
  private func first(of term: UInt32) -> UInt32 {
    let (batch, place) = owner(Int(term & ~Self.repetition))
    return batch.texts.words[place].term
  }

  /// The batch of a text of the wave, and its place there.
  private func owner(_ number: Int) -> (Batch, place: Int) {
    var (lower, upper) = (0, batches.count)
    while upper - lower > 1 {
      let middle = (lower + upper) / 2
      if batches[middle].first <= number { lower = middle } else { upper = middle }
    }
    return (batches[lower], number - batches[lower].first)
  }

  // MARK: Firsts

  /// What one worker looks after.
  private final class Part {
    /// The texts of this part: hash and, in the lower half, one more than the number.
    let slots = Column<UInt64>()
    /// What comes first, for each batch.
    var sizes: [Size] = []
    /// Entries that found no slot in this part of the index.
    let spilled = Column<UInt64>()
  }

  /// Finds the texts of a part of the hashes that come first: their terms become 0, those of others name the first.
  private func findFirsts(_ number: Int) {
    let part = parts[number]
    part.sizes.removeAll(keepingCapacity: true)
    // A free slot ends every search.
    let count = batches.reduce(0) { $0 + texts(of: number, in: $1.texts.words) }
    var size = 1024
    while size * 3 < count * 4 { size *= 2 }
    part.slots.truncate(to: 0)
    part.slots.growZeroed(by: size)
    let slots = part.slots.words
    for batch in batches {
      var size = Size()
      let texts = batch.texts.words
      for place in 0..<texts.count where self.part(of: texts[place]) == number {
        if let first = findFirst(texts[place], batch, batch.first &+ place, slots) {
          texts[place].term = Self.repetition | UInt32(truncatingIfNeeded: first)
        } else {
          size.add(texts[place])
          texts[place].term = 0
        }
      }
      part.sizes.append(size)
    }
  }

  /// The part that a text belongs to: the upper bits of the hash, since the lower ones choose a slot.
  @inline(__always)
  private func part(of text: TextField) -> Int { (Int(text.hash) &* parts.count) >> 32 }

  private func texts(of part: Int, in texts: Words<TextField>) -> Int {
    var count = 0
    for place in 0..<texts.count { count &+= self.part(of: texts[place]) == part ? 1 : 0 }
    return count
  }

  /// The number of the text in the table that is equal to this one; nothing where this is the first.
  @inline(__always)
  private func findFirst(
    _ text: TextField, _ batch: Batch, _ number: Int, _ slots: Words<UInt64>
  ) -> Int? {
    let mask = slots.count &- 1
    var slot = Int(text.hash) & mask
    while slots[slot] != 0 {
      let found = slots[slot]
      if RowIndex.hash(of: found) == text.hash, isText(RowIndex.row(of: found), text, batch) {
        return RowIndex.row(of: found)
      }
      slot = (slot &+ 1) & mask
    }
    slots[slot] = RowIndex.entry(row: number, hash: text.hash)
    return nil
  }

  private func isText(_ number: Int, _ text: TextField, _ batch: Batch) -> Bool {
    let (other, place) = owner(number)
    let first = unsafe other.buffer(other.texts.words[place])
    let bytes = unsafe batch.buffer(text)
    guard first.count == bytes.count else { return false }
    guard let left = first.baseAddress, let right = bytes.baseAddress else { return true }
    return unsafe ByteHash.equal(left, right, bytes.count)
  }

  // MARK: Copies

  /// Copies the texts that come first to the heap; their terms are their ids then. Returns how many they are.
  private func copyFirsts() -> Int {
    var total = Size()
    for (index, batch) in batches.enumerated() {
      batch.size = Size()
      for part in parts {
        batch.size.texts += part.sizes[index].texts
        batch.size.bytes += part.sizes[index].bytes
        batch.size.units += part.sizes[index].units
      }
      total.texts += batch.size.texts
      total.bytes += batch.size.bytes
      total.units += batch.size.units
    }
    var (id, start) = dictionary.makeRoom(
      texts: total.texts, bytes: total.bytes, units: total.units)
    dictionary.reserveIndex()
    var places: [(id: Int, start: Int)] = []
    for batch in batches {
      places.append((id, start))
      id += batch.size.texts
      start += batch.size.units
    }
    workers.forEachChunk(of: batches.count, size: 1) { _, numbers in
      for number in numbers { copyFirsts(of: batches[number], places[number]) }
    }
    return total.texts
  }

  private func copyFirsts(of batch: Batch, _ place: (id: Int, start: Int)) {
    let texts = batch.texts.words
    var (id, start) = place
    for index in 0..<texts.count where texts[index].term & Self.repetition == 0 {
      unsafe dictionary.put(batch.buffer(texts[index]), id: id, at: start)
      texts[index].term = UInt32(truncatingIfNeeded: id)
      start &+= TermDictionary.units(of: Int(texts[index].count))
      id &+= 1
    }
  }

  // MARK: Index

  /// Puts the new texts into the index that belong to a part of its slots.
  private func index(_ number: Int) {
    let part = parts[number]
    part.spilled.truncate(to: 0)
    let size = dictionary.indexSlots.count
    let slots = size * number / parts.count..<size * (number + 1) / parts.count
    let mask = size &- 1
    var group = InlineArray<256, UInt64>(repeating: 0)
    var count = 0
    for batch in batches {
      let texts = batch.texts.words
      for place in 0..<texts.count {
        let text = texts[place]
        guard text.term & Self.repetition == 0, slots.contains(Int(text.hash) & mask) else {
          continue
        }
        group[count] = dictionary.prepareEntry(id: text.term, hash: text.hash)
        count &+= 1
        if count == group.count {
          dictionary.index(group.span, before: slots.upperBound, part.spilled)
          count = 0
        }
      }
    }
    dictionary.index(group.span.extracting(0..<count), before: slots.upperBound, part.spilled)
  }
}
