/// Adds what several batches of fields hold that a dictionary does not, with several workers.
///
/// The texts get the ids that they would get one after the other, batch by batch, however many workers there
/// are. Neither of the steps has a lock, because in each of them a worker writes where no other does:
///
/// 1. Each worker looks after a part of the buckets of the index. It puts those of its texts there that come
///    first in the wave, under their numbers in the wave, and finds out which texts repeat them.
/// 2. The numbers of first texts and bytes of each batch are added up, which gives it its ids and its place in
///    the heap. The batches are copied there side by side, and what is in the index gets its id.
///
/// A text that finds its part full up to the end is put into the index when all are done.
package final class TextWave {
  /// The texts of one batch that were not found, in their order, most of them once.
  package final class Batch {
    fileprivate let texts = Column<TextField>()
    /// The slots of those that come first in the wave.
    fileprivate let slots = Column<UInt32>()
    /// What was looked for, column by column.
    fileprivate var columns: [(fields: Int, end: Int, firsts: Int)] = []
    /// By hash, one more than the number of the text that came last: what repeats itself does so soon.
    private let recent = Column<UInt32>(repeating: 0, count: 1 << 12)
    fileprivate var bytes = Words<UInt8>.empty
    /// The number of the first text among those of the wave.
    fileprivate var first = 0
    /// Of the texts that come first, how many there are and what they take in the heap.
    fileprivate var size = Size()

    package init() {}

    /// Forgets all texts; the next ones lie in other bytes.
    package func begin(in bytes: Words<UInt8>) {
      self.bytes = bytes
      columns.removeAll(keepingCapacity: true)
      texts.truncate(to: 0)
      let recent = recent.words
      for place in 0..<recent.count { recent[place] = 0 }
    }

    /// Takes those fields whose terms are not known; they lead to the texts then.
    fileprivate func collect(_ fields: Words<TextField>) {
      let recent = recent.words
      for i in 0..<fields.count where fields[i].term == TextField.unknown {
        let place = Int(fields[i].hash) & (recent.count &- 1)
        var number = Int(recent[place]) &- 1
        if number < 0 || !isEqual(texts.words[number], fields[i]) {
          number = texts.count
          texts.append(fields[i])
          recent[place] = UInt32(truncatingIfNeeded: number &+ 1)
        }
        fields[i].term = TextWave.claim | UInt32(truncatingIfNeeded: number)
      }
    }

    fileprivate func endColumn(of fields: Int) {
      columns.append((fields, end: texts.count, firsts: 0))
    }

    @inline(__always)
    private func isEqual(_ text: TextField, _ other: TextField) -> Bool {
      guard text.hash == other.hash, text.count == other.count else { return false }
      return unsafe ByteHash.equal(
        bytes.base + Int(text.start), bytes.base + Int(other.start), Int(text.count))
    }

    @inline(__always)
    fileprivate func key(_ text: TextField) -> TextKey {
      unsafe TextKey(
        readable: UnsafePointer(bytes.base + Int(text.start)), count: Int(text.count))
    }

    @inline(__always)
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

    static func += (sum: inout Size, other: Size) {
      sum.texts += other.texts
      sum.bytes += other.bytes
      sum.units += other.units
    }
  }

  /// What one worker looks after.
  private final class Part {
    /// What comes first, for each batch.
    var sizes: [Size] = []
    /// The numbers of first texts that found no slot in this part of the index.
    var spilled: [Int] = []
  }

  private let dictionary: TermDictionary
  private let workers: Workers
  private let parts: [Part]
  private var batches: [Batch] = []
  /// For each column whether most of its fields in the last wave were new: then it is in vain to look them up
  /// beforehand.
  private(set) var areMostlyNew: [Bool] = []

  /// So few texts are added sooner than workers are called together.
  package static let fewest = 1 << 11
  /// In the term of a text, and in a slot: the other bits are a number: of a text in its batch in the terms of
  /// fields, of a first text in the wave in the terms of texts and in slots.
  fileprivate static let claim: UInt32 = 1 << 31
  /// In place of the slot of a first text: it has none.
  private static let noSlot = UInt32.max

  package init(_ dictionary: TermDictionary, _ workers: Workers) {
    self.dictionary = dictionary
    self.workers = workers
    parts = (0..<workers.count).map { _ in Part() }
  }

  /// Looks the fields of the next column of a batch up, if that is likely to help, and has the batch take those that are
  /// not known. Several workers may do this at a time. O(fields), and O(bytes) of those that are taken.
  package func look(for fields: Words<TextField>, in bytes: Words<UInt8>, _ batch: Batch) {
    let column = batch.columns.count
    if column < areMostlyNew.count, areMostlyNew[column] {
      dictionary.hash(fields, in: bytes) { batch.collect($0) }
    } else {
      dictionary.find(fields, in: bytes) { batch.collect($0) }
    }
    batch.endColumn(of: fields.count)
  }

  /// Adds the texts of some batches; `term` tells which they are until the batches begin anew.
  /// O(texts taken), divided among the workers where there are enough.
  package func add(_ batches: [Batch]) {
    self.batches = batches
    var total = 0
    for batch in batches {
      batch.first = total
      total += batch.texts.count
      batch.slots.truncate(to: 0)
      batch.slots.grow(by: batch.texts.count)
    }
    if total < Self.fewest || workers.count == 1 || dictionary.isPacked {
      areMostlyNew.removeAll()
      for batch in batches { dictionary.internUnknown(batch.texts.words, in: batch.bytes) }
      return
    }
    precondition(total < Int(Self.claim) - 1, "a wave has less than 2^31 texts")
    dictionary.reserveIndex(more: total)
    precondition(dictionary.buckets.slotCount < Int(Self.noSlot), "the dictionary is full")
    workers.forEachChunk(of: parts.count, size: 1) { _, numbers in
      for part in numbers { claimFirsts(part) }
    }
    copyFirsts()
  }

  /// The term of a field, found or collected by a batch.
  @inline(__always)
  package func term(of field: TextField, in batch: Batch) -> UInt32 {
    if field.term & Self.claim == 0 { return field.term }
    let term = batch.texts.words[Int(field.term & ~Self.claim)].term
    return term & Self.claim == 0 ? term : first(of: term)
  }

  /// The terms of fields, found or collected by a batch, as words. O(fields).
  package func take(_ fields: Words<TextField>, of batch: Batch, into words: Words<UInt64>) {
    for i in 0..<fields.count { words[i] = UInt64(term(of: fields[i], in: batch)) }
  }

  @inline(never)
  private func first(of term: UInt32) -> UInt32 {
    let (batch, place) = owner(Int(term & ~Self.claim))
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

  /// Puts the texts into a part of the buckets that belong there and come first. Their terms name themselves
  /// then, those of others the first; those of texts that were there before are what they are.
  private func claimFirsts(_ number: Int) {
    let part = parts[number]
    part.sizes.removeAll(keepingCapacity: true)
    part.spilled.removeAll(keepingCapacity: true)
    let buckets = dictionary.buckets
    let count = buckets.mask &+ 1
    let range = count * number / parts.count..<count * (number + 1) / parts.count
    var group = InlineArray<512, UInt32>(repeating: 0)
    for batch in batches {
      var size = Size()
      let texts = batch.texts.words
      for first in stride(from: 0, to: texts.count, by: group.count) {
        var own = 0
        for place in first..<min(first + group.count, texts.count) {
          let home = buckets.home(of: texts[place].hash)
          guard range.contains(home) else { continue }
          buckets.prefetch(home)
          group[own] = UInt32(truncatingIfNeeded: place)
          own &+= 1
        }
        for i in 0..<own {
          buckets.prefetchOverflow(of: buckets.home(of: texts[Int(group[i])].hash))
        }
        for i in 0..<own {
          let place = Int(group[i])
          if claim(place, of: batch, buckets, before: range.upperBound, part) {
            size.add(texts[place])
          }
        }
      }
      part.sizes.append(size)
    }
  }

  /// Finds what a text is, or puts it into the index.
  ///
  /// - Returns: whether the text is the first of its kind.
  @inline(__always)
  private func claim(
    _ place: Int, of batch: Batch, _ buckets: TermBuckets, before end: Int, _ part: Part
  ) -> Bool {
    let texts = batch.texts.words
    let text = texts[place]
    let key = batch.key(text)
    let number = batch.first &+ place
    var bucket = buckets.home(of: text.hash)
    while bucket < end {
      var matches = buckets.matches(of: key, in: bucket)
      while matches != 0 {
        let found = buckets[buckets.slot(matches, of: bucket)]
        let first = found.number &- Int(Self.claim)
        if first < 0 {
          if unsafe key.isShort || dictionary.isText(at: found.place, batch.buffer(text)) {
            texts[place].term = dictionary.id(ofNumber: found.number)
            return false
          }
        } else if key.isShort || isText(first, text, batch) {
          texts[place].term = Self.claim | UInt32(truncatingIfNeeded: first)
          return false
        }
        matches &= matches &- 1
      }
      if !buckets.isFull(bucket) {
        let entry = TermIndex.Slot(key, number: Int(Self.claim) &+ number, place: 0)
        let slot = buckets.put(entry, from: bucket)
        batch.slots.words[place] = UInt32(truncatingIfNeeded: slot)
        texts[place].term = Self.claim | UInt32(truncatingIfNeeded: number)
        return true
      }
      bucket &+= 1
    }
    return spill(place, of: batch, key, from: end & buckets.mask, part)
  }

  /// The same for a text whose part of the index is full from its bucket up to the end.
  ///
  /// If it was there before, it is in another part, behind buckets that are full and stay as they are.
  @inline(never)
  private func spill(
    _ place: Int, of batch: Batch, _ key: TextKey, from bucket: Int, _ part: Part
  ) -> Bool {
    let text = batch.texts.words[place]
    if let known = unsafe dictionary.find(batch.buffer(text), key, from: bucket).id {
      batch.texts.words[place].term = known
      return false
    }
    let number = batch.first + place
    let first = part.spilled.first { isText($0, text, batch) }
    batch.texts.words[place].term = Self.claim | UInt32(first ?? number)
    if first != nil { return false }
    part.spilled.append(number)
    batch.slots.words[place] = Self.noSlot
    return true
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

  /// Copies the texts that come first to the heap; their terms and those of their slots are their ids then.
  private func copyFirsts() {
    var total = Size()
    for (index, batch) in batches.enumerated() {
      batch.size = parts.reduce(into: Size()) { $0 += $1.sizes[index] }
      total += batch.size
    }
    var (id, start) = dictionary.makeRoom(
      texts: total.texts, bytes: total.bytes, units: total.units)
    var places: [(id: Int, start: Int)] = []
    for batch in batches {
      places.append((id, start))
      id += batch.size.texts
      start += batch.size.units
    }
    workers.forEachChunk(of: batches.count, size: 1) { _, numbers in
      for number in numbers { copyFirsts(of: batches[number], places[number]) }
    }
    noteNewColumns()
    let buckets = dictionary.buckets
    for number in parts.lazy.flatMap(\.spilled) {
      let (batch, place) = owner(number)
      let text = batch.texts.words[place]
      let key = batch.key(text)
      buckets.put(dictionary.slot(of: Int(text.term), key), from: buckets.home(of: key.hash))
    }
    dictionary.noteIndexed(total.texts)
  }

  private func noteNewColumns() {
    let width = batches.map(\.columns.count).max() ?? 0
    areMostlyNew = (0..<width).map { number in
      let columns = batches.filter { $0.columns.count > number }.map { $0.columns[number] }
      return columns.reduce(0) { $0 + $1.firsts } * 4 > columns.reduce(0) { $0 + $1.fields } * 3
    }
  }

  private func copyFirsts(of batch: Batch, _ place: (id: Int, start: Int)) {
    var place = place
    var begin = 0
    for (number, column) in batch.columns.enumerated() {
      let before = place.id
      copyFirsts(of: batch, begin..<column.end, &place)
      batch.columns[number].firsts = place.id - before
      begin = column.end
    }
  }

  /// Copies those of some texts that come first to the next places.
  private func copyFirsts(
    of batch: Batch, _ range: Range<Int>, _ next: inout (id: Int, start: Int)
  ) {
    let (texts, buckets) = (batch.texts.words, dictionary.buckets)
    var (id, start) = next
    for first in stride(from: range.lowerBound, to: range.upperBound, by: 256) {
      let group = texts.slice(first, min(256, range.upperBound - first))
      let number = Self.claim | UInt32(truncatingIfNeeded: batch.first &+ first)
      for i in 0..<group.count where group[i].term == number &+ UInt32(truncatingIfNeeded: i) {
        buckets.prefetch(slot: Int(batch.slots.words[first &+ i]))
      }
      for i in 0..<group.count where group[i].term == number &+ UInt32(truncatingIfNeeded: i) {
        let slot = batch.slots.words[first &+ i]
        unsafe dictionary.put(batch.buffer(group[i]), id: id, at: start)
        if slot != Self.noSlot {
          buckets[Int(slot)] = dictionary.slot(of: id, TextKey(buckets[Int(slot)]))
        }
        group[i].term = UInt32(truncatingIfNeeded: id)
        start &+= TermDictionary.units(of: Int(group[i].count))
        id &+= 1
      }
    }
    next = (id, start)
  }
}
