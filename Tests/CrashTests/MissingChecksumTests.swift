import TestSupport
import Testing

@testable import GraphCore

/// Each checksum is there for a reason: where one is made to agree with damaged bytes, as if nobody
/// compared it, some damage changes the facts unnoticed.
@Suite struct MissingChecksumTests {
  /// The places where the store compares a checksum that no other one stands in for.
  enum Site: String, CaseIterable, Sendable {
    case title, header, sectionTable, section, block, logSector, logRecord
  }

  private static let path = "x.graph"

  /// A closed file with a large section, and a log with two small commits.
  private static let made = Result { try makeFiles() }

  private static func makeFiles() throws -> [String: [UInt8]] {
    let system = SimulatedFileSystem()
    system.isTracing = false
    let store = try GraphStore.open(path, on: system)
    try store.write { writer in
      for number in 0..<3000 {
        writer.addEdge(
          "t", from: "n\(number % 97)", to: "n\(number)",
          properties: [("k", .float(Double(number * number) * 1.000001))])
      }
      for number in 0..<14_000 {
        writer.setProperty("p", of: "node \(number)", to: .float(Double(number).squareRoot()))
      }
    }
    try store.close()
    let again = try GraphStore.open(path, on: system)
    for number in 0..<2 {
      try again.write { $0.addEdge("t", from: "first", to: "last \(number)") }
    }
    system.releaseLocks()
    return system.files
  }

  /// What a store finds, or `nil` where it notices damage.
  private static func found(_ files: [String: [UInt8]]) -> String? {
    let system = SimulatedFileSystem(files: files)
    system.isTracing = false
    guard let store = try? GraphStore.open(path, on: system, readOnly: true) else { return nil }
    return try? store.read { "\(store.file.fileID)\n\($0.digest)" }
  }

  @Test(arguments: Site.allCases) func noChecksumCanBeLeftOut(_ site: Site) throws {
    let files = try MissingChecksumTests.made.get()
    let whole = try #require(MissingChecksumTests.found(files))
    var random = SeededGenerator(seed: 3)
    var isMissed = false
    for _ in 0..<60 where !isMissed {
      var file = DamagedFile(files, MissingChecksumTests.path)
      file.damage(site, &random)
      #expect(MissingChecksumTests.found(file.files).map { $0 == whole } ?? true, "\(site)")
      file.remake(site)
      if let found = MissingChecksumTests.found(file.files), found != whole { isMissed = true }
    }
    #expect(isMissed, "nothing is missed without the checksum of the \(site)")
  }
}

/// A file and its log, damaged at one place, and the checksums above that place made right again.
private struct DamagedFile {
  var files: [String: [UInt8]]
  private let path: String
  private let slot: Int
  private let root: Int
  private let rootLength: Int
  /// The entry of the section that is damaged, and the block in it.
  private var entry = 0
  private var block = 0

  init(_ files: [String: [UInt8]], _ path: String) {
    self.files = files
    self.path = path
    let bytes = files[path] ?? []
    slot = DamagedFile.word(bytes, 4096) > DamagedFile.word(bytes, 8192) ? 4096 : 8192
    root = Int(DamagedFile.word(bytes, slot + 8))
    rootLength = Int(DamagedFile.word(bytes, slot + 16))
  }

  private var log: String { path + "-log" }
  /// Where the last record of the log begins; it is a sector long.
  private var record: Int { (files[log]?.count ?? 512) - 512 }

  /// Changes a byte or a field that the checksum of a site covers.
  mutating func damage(_ site: MissingChecksumTests.Site, _ random: inout SeededGenerator) {
    func number(_ limit: Int) -> Int { Int(random.next() % UInt64(limit)) }
    func flip(_ name: String, _ offset: Int) { files[name]?[offset] ^= 1 << UInt8(number(8)) }
    let bytes = files[path] ?? []
    let entries = stride(from: root + 8, to: root + rootLength, by: 48)
    let large = entries.filter { DamagedFile.word(bytes, $0 + 24) > 65_536 }
    let small = entries.filter {
      DamagedFile.word(bytes, $0 + 24) <= 65_536 && [6, 7].contains(bytes[$0])
    }
    switch site {
    case .title: flip(path, 16 + number(8))
    case .header:
      // The field that asks for the log is lost.
      for copy in [slot, slot + 2048] { put(0, path, copy + 40) }
    case .sectionTable: flip(path, Array(entries)[number(entries.underestimatedCount)] + 4)
    case .section:
      entry = small[number(small.count)]
      flip(path, Int(DamagedFile.word(bytes, entry + 16)) + 64 + number(400))
    case .block:
      entry = large[number(large.count)]
      let length = Int(DamagedFile.word(bytes, entry + 24))
      let place = 40_000 + number(min(20_000, length - 40_000))
      block = place / 65_536
      flip(path, Int(DamagedFile.word(bytes, entry + 16)) + place)
    case .logSector: flip(log, record + 30)
    case .logRecord:
      // A letter of a name becomes another.
      let text = record + 28 + 4
      files[log]?[text] ^= 1
    }
  }

  /// Makes the checksum of a site right, and those above it.
  mutating func remake(_ site: MissingChecksumTests.Site) {
    let bytes = files[path] ?? []
    switch site {
    case .title: put(Checksum.of(bytes, in: 0..<24), path, 24)
    case .header: remakeHeader()
    case .sectionTable: remakeTable()
    case .section:
      let start = Int(DamagedFile.word(bytes, entry + 16))
      let length = Int(DamagedFile.word(bytes, entry + 24))
      put(Checksum.of(bytes, in: start..<(start + length)), path, entry + 40)
      remakeTable()
    case .block:
      let start = Int(DamagedFile.word(bytes, entry + 16))
      let length = Int(DamagedFile.word(bytes, entry + 24))
      let list = start + (length + 7) & ~7
      let end = min(start + length, start + (block + 1) * 65_536)
      put(Checksum.of(bytes, in: (start + block * 65_536)..<end), path, list + 8 * block)
      let count = (length + 65_535) / 65_536
      put(Checksum.of(files[path] ?? [], in: list..<(list + 8 * count)), path, entry + 40)
      remakeTable()
    case .logSector: remakeSector()
    case .logRecord:
      let content = files[log] ?? []
      let length = Int(DamagedFile.word(content, record + 16) & 0xFFFF_FFFF)
      let payload = (record + 28)..<(record + 28 + length)
      put(Checksum.of(content, in: payload, seed: salt), log, record + 20)
      remakeSector()
    }
  }

  private var salt: UInt64 { DamagedFile.word(files[log] ?? [], 8) }

  private mutating func remakeSector() {
    let sector = record..<(record + 504)
    put(Checksum.of(files[log] ?? [], in: sector, seed: salt), log, record + 504)
  }

  private mutating func remakeTable() {
    let checksum = Checksum.of(files[path] ?? [], in: root..<(root + rootLength))
    for copy in [slot, slot + 2048] { put(checksum, path, copy + 24) }
    remakeHeader()
  }

  private mutating func remakeHeader() {
    for copy in [slot, slot + 2048] {
      put(Checksum.of(files[path] ?? [], in: copy..<(copy + 120)), path, copy + 120)
    }
  }

  private static func word(_ bytes: [UInt8], _ offset: Int) -> UInt64 {
    (0..<8).reduce(0) { $0 | UInt64(bytes[offset + $1]) << UInt64(8 * $1) }
  }

  private mutating func put(_ value: UInt64, _ name: String, _ offset: Int) {
    for place in 0..<8 {
      files[name]?[offset + place] = UInt8(truncatingIfNeeded: value >> UInt64(8 * place))
    }
  }
}
