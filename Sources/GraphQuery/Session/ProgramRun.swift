@_spi(Columns) public import GraphCore

/// Running a whole program in Soufflé's way: facts come from `.input` files, answers go to `.output`
/// files, nothing is asked.
extension QuerySession {
  /// Where a directive's rows come from or go to.
  public struct FileDirective: Sendable {
    public enum Kind: Sendable {
      case input, output, printsize
    }

    public var kind: Kind
    public var relation: String
    /// The directive's parameters: `filename`, `delimiter`, `IO`, ...
    public var parameters: [String: String]
    public var span: SourceSpan
  }

  /// The input and output directives of the loaded texts, in their order.
  public var fileDirectives: [FileDirective] { program.fileDirectives }

  /// Adds the rows of a fact file to a declared relation.
  ///
  /// A row is a line, its values apart by `delimiter`. Nothing is added if a row is wrong; every
  /// wrong row is reported, up to 100.
  public func readFacts(_ text: SourceText, into name: String, delimiter: String) -> [Diagnostic] {
    guard let declaration = program.declared[name]?.last else { return [] }
    let id = sources.add(text)
    let reader = FactFileReader(
      text: text, id: id, declaration: declaration, delimiter: Array(delimiter.utf8),
      dictionary: graph.dictionary)
    let (relation, diagnostics) = reader.read(adding: facts[declaration.key])
    if diagnostics.isEmpty { facts[declaration.key] = relation }
    return diagnostics
  }

  /// Computes every relation that rules define and everything the directives ask for.
  public func runProgram() -> (result: ProgramResult?, diagnostics: [Diagnostic]) {
    let terms = TermSpace(graph.dictionary)
    let (core, problems) = Lowering.lowerAll(in: environment(terms: terms))
    let (strata, cycles) = Stratification.stratify(core)
    let diagnostics = problems + cycles
    guard !diagnostics.contains(where: { $0.severity == .error }) else { return (nil, diagnostics) }
    let engine = Engine(
      program: core, graph: graph, terms: terms, facts: facts, limits: limits, token: cancelToken,
      options: optimizations)
    do {
      let relations = try engine.run(strata)
      var byName: [String: Relation] = [:]
      for (relation, result) in zip(core.relations, relations) where !relation.isAuxiliary {
        byName[relation.name] = result
      }
      for (name, declarations) in program.declared where byName[name] == nil {
        guard let declaration = declarations.last else { continue }
        byName[name] =
          facts[declaration.key]
          ?? Relation(name: name, types: declaration.attributes.map(\.type), terms: terms)
      }
      return (ProgramResult(relations: byName, terms: terms), diagnostics)
    } catch {
      return (nil, diagnostics + [error.diagnostic])
    }
  }
}

/// The relations of a program that has run.
public final class ProgramResult {
  private let relations: [String: Relation]
  private let terms: TermSpace

  init(relations: [String: Relation], terms: TermSpace) {
    self.relations = relations
    self.terms = terms
  }

  /// The number of rows of a relation; nothing where there is no such relation.
  public func count(of name: String) -> Int? { relations[name]?.liveCount }

  /// Writes a relation's rows in value order, a line each.
  public func write<Failure: Error>(
    _ name: String, delimiter: String, to sink: ([UInt8]) throws(Failure) -> Void
  ) throws(Failure) {
    guard let relation = relations[name] else { return }
    var rows: [UInt32] = []
    for row in 0..<relation.rowCount where !relation.isDead(row) { rows.append(UInt32(row)) }
    RowSorter(relation, keys: [], terms: terms).sort(&rows)
    let delimiter = Array(delimiter.utf8)
    var bytes: [UInt8] = []
    for row in rows {
      for column in 0..<relation.arity {
        if column > 0 { bytes += delimiter }
        WordText.append(
          relation.word(row: Int(row), column: column), relation.types[column], terms, to: &bytes)
      }
      if relation.arity == 0 { bytes += "()".utf8 }
      bytes.append(UInt8(ascii: "\n"))
      if bytes.count > 1 << 16 {
        try sink(bytes)
        bytes.removeAll(keepingCapacity: true)
      }
    }
    if !bytes.isEmpty { try sink(bytes) }
  }
}

/// Reads a Soufflé fact file.
struct FactFileReader {
  let text: SourceText
  let id: SourceID
  let declaration: DeclaredRelation
  let delimiter: [UInt8]
  let dictionary: TermDictionary

  private static let reportLimit = 100

  func read(adding before: Relation?) -> (Relation, [Diagnostic]) {
    let types = declaration.attributes.map(\.type)
    let terms = TermSpace(dictionary)
    let relation = Relation(name: declaration.name, types: types, terms: terms)
    if let before { relation.insert(contentsOf: before) }
    var diagnostics: [Diagnostic] = []
    let bytes = text.bytes
    var start = 0
    let buffers = types.map { _ in Column<UInt64>(repeating: 0, count: Batch.capacity) }
    defer { keepAlive(buffers) }
    var filled = 0
    while start < bytes.count {
      var end = start
      while end < bytes.count, bytes[end] != UInt8(ascii: "\n") { end += 1 }
      var lineEnd = end
      if lineEnd > start, bytes[lineEnd - 1] == UInt8(ascii: "\r") { lineEnd -= 1 }
      if let problem = readLine(start..<lineEnd, types, buffers, filled) {
        diagnostics.append(problem)
        if diagnostics.count >= Self.reportLimit { break }
      } else {
        filled += 1
        if filled == Batch.capacity {
          relation.insert(buffers.map(\.words), count: filled)
          filled = 0
        }
      }
      start = end + 1
    }
    relation.insert(buffers.map(\.words), count: filled)
    return (relation, diagnostics)
  }

  private func readLine(
    _ line: Range<Int>, _ types: [ColumnType], _ buffers: [Column<UInt64>], _ row: Int
  ) -> Diagnostic? {
    if types.isEmpty { return nil }
    var start = line.lowerBound
    for column in 0..<types.count {
      var end = start
      while end < line.upperBound, !isDelimiter(at: end, line.upperBound) { end += 1 }
      let isLast = column == types.count - 1
      if isLast != (end == line.upperBound) {
        let found = count(in: line)
        return Diagnostic(
          .malformedRow,
          "the row has \(found) \(found == 1 ? "value" : "values"), but `\(declaration.name)` has "
            + "\(types.count) arguments", at: span(line))
      }
      guard let word = word(start..<end, types[column]) else {
        return Diagnostic(
          .malformedRow,
          "\"\(text.text(start..<end))\" is no \(types[column].name), as "
            + "`\(declaration.attributes[column].name)` of `\(declaration.name)` is",
          at: span(start..<end))
      }
      buffers[column].words[row] = word
      start = end + delimiter.count
    }
    return nil
  }

  private func isDelimiter(at offset: Int, _ end: Int) -> Bool {
    guard offset + delimiter.count <= end else { return false }
    for (index, byte) in delimiter.enumerated() where text.bytes[offset + index] != byte {
      return false
    }
    return true
  }

  private func count(in line: Range<Int>) -> Int {
    var count = 1
    var offset = line.lowerBound
    while offset < line.upperBound {
      if isDelimiter(at: offset, line.upperBound) {
        count += 1
        offset += delimiter.count
      } else {
        offset += 1
      }
    }
    return count
  }

  private func span(_ range: Range<Int>) -> SourceSpan {
    SourceSpan(source: id, lower: UInt32(range.lowerBound), upper: UInt32(range.upperBound))
  }

  private func word(_ range: Range<Int>, _ type: ColumnType) -> UInt64? {
    let file = text.bytes
    let bytes = file.span.extracting(range)
    switch type {
    case .symbol: return UInt64(dictionary.intern(bytes))
    case .number: return NumberText.signed(bytes).map { UInt64(bitPattern: $0) }
    case .unsigned: return NumberText.unsigned(bytes)
    case .float: return Double(text.text(range)).map { canonicalWord($0) }
    case .boolean:
      switch text.text(range) {
      case "true": return 1
      case "false": return 0
      default: return nil
      }
    }
  }
}
