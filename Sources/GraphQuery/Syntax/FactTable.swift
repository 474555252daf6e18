public import GraphCore

/// Facts whose arguments are all constants, in flat arrays: no tree is made for any of them.
///
/// Texts stay where they are in the source; only those with escapes are kept aside. Read a fact by
/// its index:
///
///     for index in 0..<table.count {
///       let fact = table.facts[index]
///       let relation = table.names[Int(fact.name)]
///       for argument in table.arguments(of: fact) { … table.value(argument, of: fact) … }
///     }
public struct FactTable: Sendable {
  /// How a constant is held in `payload`.
  public enum Kind: UInt8, Sendable {
    /// A text without escapes: `payload` is `lower << 32 | upper`, its bytes in the fact's source.
    case text
    /// A text with escapes: `payload` is an index into `decodedTexts`.
    case decodedText
    /// `payload` is the number's 64 bits.
    case integer
    /// An integer written with `u`, or above 2^63 - 1.
    case unsigned
    /// `payload` is the bit pattern of a `Double`.
    case float
    /// `payload` is 0 or 1.
    case boolean
    case null

    var isText: Bool { self == .text || self == .decodedText }

    /// The type as messages call it.
    var typeName: String {
      switch self {
      case .text, .decodedText: "symbol"
      case .integer: "number"
      case .unsigned: "unsigned"
      case .float: "float"
      case .boolean: "boolean"
      case .null: "nil"
      }
    }
  }

  /// An argument of a fact: a constant.
  public struct Argument: Sendable {
    /// The constant, as `kind` says.
    public var payload: UInt64
    /// The argument's own bytes in the fact's source, quotes and sign included.
    public var lower: UInt32
    public var upper: UInt32
    /// The property's index in `names`, or `positional`.
    public var key: UInt32
    public var kind: Kind
  }

  /// 40 bytes a fact.
  public struct Fact: Sendable {
    /// The relation's index in `names`.
    public var name: UInt32
    /// How many statements stand before the fact.
    public var ordinal: UInt32
    public var firstArgument: UInt32
    public var argumentCount: UInt32
    public var firstCitation: UInt32
    public var citationCount: UInt32
    /// The index in `documents` of the `.source` that holds for the fact, or `noDocument`.
    public var document: UInt32
    /// The index in `sources` of the text that holds the fact.
    public var source: UInt32
    /// The fact's bytes, from its name to its full stop.
    public var lower: UInt32
    public var upper: UInt32

    /// The places of its arguments in the table's `arguments`.
    var arguments: Range<Int> { Int(firstArgument)..<Int(firstArgument + argumentCount) }
  }

  /// The `key` of an argument without a name.
  public static let positional = UInt32.max
  /// The `document` of a fact before any `.source`.
  public static let noDocument = UInt32.max

  /// A text that facts stand in.
  public struct Source: Sendable {
    public let id: SourceID
    public let text: SourceText
  }

  /// All facts, in the order of the text; the other lists are what they refer to by place.
  public internal(set) var facts: [Fact] = []
  public internal(set) var arguments: [Argument] = []
  /// The names of relations and properties, each once.
  public internal(set) var names: [String] = []
  public internal(set) var decodedTexts: [String] = []
  public internal(set) var citations: [LineRange] = []
  /// The files that `.source` named, in their order.
  public internal(set) var documents: [String] = []
  public internal(set) var sources: [Source] = []

  /// The facts that only the parser could read, because something in them is not spelled plainly.
  var spelledFacts: [Int] = []

  public init() {}

  /// Makes room for the facts of a text of facts, which are mostly that long.
  mutating func expect(byteCount: Int) {
    facts.reserveCapacity(byteCount / 64)
    arguments.reserveCapacity(byteCount / 32)
  }

  public var count: Int { facts.count }
  public var isEmpty: Bool { facts.isEmpty }

  /// The arguments of a fact, named ones among the others as written.
  public func arguments(of fact: Fact) -> ArraySlice<Argument> {
    arguments[fact.arguments]
  }

  /// The lines behind `@`.
  public func citations(of fact: Fact) -> ArraySlice<LineRange> {
    citations[Int(fact.firstCitation)..<Int(fact.firstCitation + fact.citationCount)]
  }

  /// The document of the `.source` before the fact, if there is one.
  public func document(of fact: Fact) -> String? {
    fact.document == Self.noDocument ? nil : documents[Int(fact.document)]
  }

  public func span(of fact: Fact) -> SourceSpan {
    SourceSpan(source: sources[Int(fact.source)].id, lower: fact.lower, upper: fact.upper)
  }

  public func span(of argument: Argument, in fact: Fact) -> SourceSpan {
    SourceSpan(source: sources[Int(fact.source)].id, lower: argument.lower, upper: argument.upper)
  }

  /// The name of the relation, where it stands in the fact.
  public func nameSpan(of fact: Fact) -> SourceSpan {
    let source = sources[Int(fact.source)]
    let isQuoted = source.text.bytes[Int(fact.lower)] == UInt8(ascii: "`")
    let length = names[Int(fact.name)].utf8.count + (isQuoted ? 2 : 0)
    return SourceSpan(
      source: source.id, lower: fact.lower,
      upper: Swift.min(fact.lower + UInt32(length), fact.upper))
  }

  /// The name of an argument, where it stands before the value; the value's place where that cannot be told.
  public func nameSpan(of argument: Argument, in fact: Fact) -> SourceSpan {
    let source = sources[Int(fact.source)]
    let bytes = source.text.bytes
    func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
    var end = Int(argument.lower)
    while end > Int(fact.lower), isSpace(bytes[end - 1]) { end -= 1 }
    for colon in [":", "：", "="].map({ Array($0.utf8) })
    where bytes[..<end].suffix(colon.count).elementsEqual(colon) {
      end -= colon.count
      break
    }
    while end > Int(fact.lower), isSpace(bytes[end - 1]) { end -= 1 }
    guard argument.key != Self.positional else { return span(of: argument, in: fact) }
    let name = names[Int(argument.key)]
    for written in [name, "`\(name)`"] {
      let start = end - written.utf8.count
      if start > Int(fact.lower), bytes[start..<end].elementsEqual(written.utf8) {
        return SourceSpan(source: source.id, lower: UInt32(start), upper: UInt32(end))
      }
    }
    return span(of: argument, in: fact)
  }

  /// The bytes of a `text` argument in its source.
  public func range(_ argument: Argument) -> Range<Int> {
    Int(argument.payload >> 32)..<Int(argument.payload & 0xFFFF_FFFF)
  }

  /// The argument as an expression, for those who are in no hurry.
  public func value(_ argument: Argument, of fact: Fact) -> Expression {
    let span = span(of: argument, in: fact)
    switch argument.kind {
    case .text: return .text(sources[Int(fact.source)].text.text(range(argument)), span)
    case .decodedText: return .text(decodedTexts[Int(argument.payload)], span)
    case .integer: return .integer(argument.payload, isUnsigned: false, span)
    case .unsigned: return .integer(argument.payload, isUnsigned: true, span)
    case .float: return .float(Double(bitPattern: argument.payload), span)
    case .boolean: return .boolean(argument.payload != 0, span)
    case .null: return .null(span)
    }
  }

  /// The fact as a clause, as the parser makes of every other one.
  public func clause(_ fact: Fact) -> Clause {
    let span = span(of: fact)
    var positional: [Expression] = []
    var named: [Atom.NamedArgument] = []
    for argument in arguments(of: fact) {
      let value = value(argument, of: fact)
      if argument.key == Self.positional {
        positional.append(value)
      } else {
        let name = Identifier(names[Int(argument.key)], nameSpan(of: argument, in: fact))
        named.append(Atom.NamedArgument(name: name, value: value))
      }
    }
    let name = Identifier(names[Int(fact.name)], nameSpan(of: fact))
    let lines = Array(citations(of: fact))
    return Clause(
      heads: [Head(atom: Atom(name: name, arguments: positional, named: named, span: span))],
      body: nil, citation: lines.isEmpty ? nil : Citation(lines: lines, span: span), span: span)
  }
}
