/// What the columns of a file of separated values hold, as its header says.
///
/// - Neo4j's marks: `name:ID`, `:LABEL`, `:START_ID`, `:END_ID`, `:TYPE`, `key:long`, `:IGNORE`;
///   what stands in brackets behind them names a space of ids, and all are one here. `key:unsigned` is one of our own.
/// - Plain names: both ends of one of `edgeNames`, in any case of letters, make rows edges; otherwise the first
///   column but `label`, which holds the labels, is the name of a node.
/// - `source` and `lines` are citations, unless `source` is an end.
/// - A column without a name is left out: nothing could ask for a property of it.
struct CSVHeader {
  enum Role: Equatable {
    case id, label, start, end, type, direction, source, lines, ignored
    /// `isGuess`: the type was not given.
    case property(key: String, type: ValueType?, isGuess: Bool)

    var isProperty: Bool { if case .property = self { true } else { false } }
  }

  /// How plain headers name the ends of an edge and its type. The first that both ends fit counts.
  static let edgeNames: [(start: String, end: String, types: [String])] = [
    ("from", "to", ["type"]),
    ("source", "target", ["type"]),
    ("src", "dst", ["type"]),
    ("subject", "object", ["predicate"]),
    ("head", "tail", ["relation"]),
    ("起点", "终点", ["类型", "关系"]),
    ("源", "目标", ["类型", "关系"]),
    ("源节点", "目标节点", ["类型", "关系"]),
    ("主语", "宾语", ["谓语"]),
    ("头实体", "尾实体", ["关系"]),
  ]

  var roles: [Role] = []
  let names: [String]
  /// The columns that are left out because nothing names them.
  private(set) var unnamed: [Int] = []
  /// Keys whose values are lists, as `tags:string[]` says; a property holds one value, so each is one text.
  private(set) var lists: [String] = []
  /// Whether the ends have plain names, so that a type may be Gephi's.
  let hasPlainEnds: Bool
  let hasNodes: Bool
  let hasEdges: Bool
  let hasLabels: Bool
  /// Whether no column is marked as the name of nodes, and the first one is it for want of anything else.
  private let isOfPlainNodes: Bool

  init(_ names: [String]) {
    self.names = names
    func bare(_ text: String) -> String {
      text.firstIndex(of: "(").map { String(text[..<$0]) } ?? text
    }
    let marks = names.map { name in
      name.lastIndex(of: ":").map { bare(String(name[name.index(after: $0)...])).uppercased() }
    }
    let ends =
      marks.contains { ["ID", "START_ID", "END_ID"].contains($0) } ? nil : CSVHeader.ends(of: names)
    let firstStart = marks.firstIndex(of: "START_ID")
    let hasIDs = marks.contains("ID")
    for (place, name) in names.enumerated() {
      let isOfEdge = ends != nil || (firstStart.map { !hasIDs || place > $0 } ?? false)
      switch (marks[place], name) {
      case ("ID", _): roles.append(.id)
      case ("LABEL", _): roles.append(.label)
      case ("START_ID", _): roles.append(.start)
      case ("END_ID", _): roles.append(.end)
      case _ where place == ends?.start: roles.append(.start)
      case _ where place == ends?.end: roles.append(.end)
      case ("TYPE", _): roles.append(.type)
      case _ where place == ends?.type: roles.append(.type)
      case ("IGNORE", _): roles.append(.ignored)
      case (_, "source"): roles.append(.source)
      case (_, "lines"): roles.append(.lines)
      case (_, "label") where !isOfEdge && firstStart == nil: roles.append(.label)
      case (let mark?, _):
        let isList = mark.hasSuffix("[]") && CSVHeader.type(String(mark.dropLast(2))) != nil
        let type = isList ? .symbol : CSVHeader.type(mark)
        let key = name.lastIndex(of: ":").map { String(name[..<$0]) } ?? name
        roles.append(
          .property(key: type == nil ? name : key, type: type, isGuess: type == nil))
        if isList { lists.append(key) }
      case (nil, _): roles.append(.property(key: name, type: nil, isGuess: true))
      }
    }
    for (place, role) in roles.enumerated() {
      guard case .property(let key, _, _) = role, key.isEmpty else { continue }
      unnamed.append(place)
      roles[place] = .ignored
    }
    hasPlainEnds = ends != nil
    hasEdges = roles.contains(.start) && roles.contains(.end)
    isOfPlainNodes = !hasEdges && !roles.contains(.id) && !roles.isEmpty
    if isOfPlainNodes { roles[roles.firstIndex(where: \.isProperty) ?? 0] = .id }
    hasNodes = roles.contains(.id)
    hasLabels = roles.contains(.label)
  }

  /// Where plain names say that the ends and the type of edges are.
  private static func ends(of names: [String]) -> (start: Int, end: Int, type: Int?)? {
    let known = names.map(plain)
    for form in edgeNames {
      guard let start = known.firstIndex(of: form.start), let end = known.firstIndex(of: form.end)
      else { continue }
      let type = known.indices.first { place in
        form.types.contains(known[place]) && place != start && place != end
      }
      return (start, end, type)
    }
    return nil
  }

  /// A name without spaces around it and with small ASCII letters.
  private static func plain(_ name: String) -> String {
    let space = UInt8(ascii: " ")
    var bytes = name.utf8.drop { $0 == space }[...]
    while bytes.last == space { bytes.removeLast() }
    return String(
      decoding: bytes.map { (65...90).contains($0) ? $0 + 32 : $0 }, as: UTF8.self)
  }

  private static func type(_ mark: String) -> ValueType? {
    switch mark {
    case "INT", "LONG", "SHORT", "BYTE", "INTEGER": .number
    case "UNSIGNED": .unsigned
    case "FLOAT", "DOUBLE": .float
    case "BOOLEAN": .boolean
    case "STRING", "CHAR", "DATE", "DATETIME", "LOCALDATETIME", "TIME", "LOCALTIME", "DURATION",
      "POINT":
      .symbol
    default: nil
    }
  }

  /// Whether the first column has no name, and names the nodes if it is more than the numbers of rows.
  var mayLackName: Bool { isOfPlainNodes && unnamed.first == 0 }

  /// Why the header cannot be used.
  var refusal: String? {
    if !names.isEmpty, unnamed.count == names.count { return "no column has a name" }
    for (role, mark) in [
      (Role.id, "ID"), (.start, "START_ID"), (.end, "END_ID"), (.type, "TYPE"),
    ] where roles.count(where: { $0 == role }) > 1 {
      return "more than one column is marked :\(mark); mark the others :IGNORE"
    }
    if hasEdges && !hasNodes,
      roles.contains(where: { if case .property("id", _, _) = $0 { true } else { false } })
    {
      return "an edge has no property id of its own; name the column otherwise, or id:IGNORE"
    }
    return nil
  }

  /// The layout of rows that are edges without properties and citations.
  func edgeLayout(_ separator: UInt8, _ hasQuotes: Bool) -> EdgeLayout? {
    guard hasEdges, !hasNodes else { return nil }
    var layout = EdgeLayout(
      separator: separator, hasQuotes: hasQuotes, columnCount: roles.count, source: -1, target: -1)
    for (place, role) in roles.enumerated() {
      switch role {
      case .start where layout.source < 0: layout.source = place
      case .end where layout.target < 0: layout.target = place
      case .type where layout.type == nil: layout.type = place
      case .ignored: break
      case .start, .end, .type, .id, .label, .direction, .source, .lines, .property: return nil
      }
    }
    return layout
  }

  // MARK: Other readings

  /// Two columns that are read as properties of nodes and that somebody may mean as ends of edges: their
  /// names differ in the words for start and end alone, as `source_id` and `target_id`.
  var likelyEnds: (start: String, end: String)? {
    guard isOfPlainNodes else { return nil }
    let known = names.map(CSVHeader.plain)
    let places = Dictionary(zip(known, known.indices)) { first, _ in first }
    let pairs =
      CSVHeader.edgeNames.map { ($0.start, $0.end) } + [
        ("src", "dest"), ("start", "end"), ("origin", "destination"), ("sender", "receiver"),
        ("出发", "到达"), ("起始", "终止"),
      ]
    for (start, end) in pairs {
      for (place, name) in known.enumerated() {
        // `start` and `end` alone are times as a rule.
        guard name != "start", !wordsOfTime.contains(where: { name.replacing($0, by: "") != nil }),
          let changed = name.replacing(start, by: end), let other = places[changed]
        else { continue }
        return (names[place], names[other])
      }
    }
    return nil
  }

  /// The spaces that columns of ids are said to be of: `Person` of `:ID(Person)`.
  var idSpaces: [String] {
    zip(names, roles).compactMap { name, role in
      guard role == .id, let open = name.firstIndex(of: "("), let close = name.lastIndex(of: ")"),
        open < close
      else { return nil }
      return String(name[name.index(after: open)..<close])
    }
  }

  /// Columns whose names end in what is nearly a type, and that type: `age:imt` and `int`.
  var likelyTypes: [(column: String, type: String)] {
    zip(names, roles).compactMap { name, role in
      guard case .property(_, nil, true) = role, let colon = name.lastIndex(of: ":") else {
        return nil
      }
      let mark = String(name[name.index(after: colon)...])
      let known = ["int", "long", "float", "double", "boolean", "string", "unsigned"]
      return NameSuggestions.nearest(to: mark, among: known, limit: 1).first.map { (name, $0) }
    }
  }

  private var wordsOfTime: [String] { ["date", "time", "year", "month", "day", "日", "时", "年"] }
}

extension String {
  /// The text with something else in the place where a part stands first; `nil` where it does not.
  fileprivate func replacing(_ part: String, by other: String) -> String? {
    guard let start = TextSearch.firstPlace(of: part, in: self) else { return nil }
    var bytes = Array(utf8)
    bytes.replaceSubrange(start..<(start + part.utf8.count), with: other.utf8)
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// What stands between the fields of a file.
enum FieldSeparator {
  /// Those that are looked for where a header does not hold the usual one.
  static let known = [",", "\t", ";", "|"].map { $0.utf8.first ?? 0 }

  /// What the first line of a file is separated by: the usual byte where it stands there outside
  /// quotes, otherwise whichever of the known ones stands there most often.
  ///
  /// ```
  /// name;founded;city       // ;
  /// "a;b",founded           // ,
  /// ```
  ///
  /// Where the columns are known, another byte than the usual one must part so many.
  static func find(
    in line: ArraySlice<UInt8>, usual: UInt8, columnCount: Int? = nil
  ) -> UInt8 {
    var counts: [UInt8: Int] = [:]
    var isQuoted = false
    var mayOpen = true
    for byte in line {
      let isKnown = known.contains(byte)
      if byte == UInt8(ascii: "\""), isQuoted || mayOpen {
        isQuoted.toggle()
      } else if isKnown && !isQuoted {
        counts[byte, default: 0] += 1
      }
      mayOpen = isKnown
    }
    if counts[usual, default: 0] > 0 { return usual }
    var best = usual
    for byte in known where counts[byte, default: 0] > counts[best, default: 0] {
      if let columnCount, counts[byte] != columnCount - 1 { continue }
      best = byte
    }
    return best
  }

  /// A character that parts the only column of a header and of the rows below it alike, though no file
  /// is separated by it.
  static func likely(in header: String, _ rows: [String]) -> Character? {
    guard !rows.isEmpty else { return nil }
    for candidate in [" ", "，", "；", "、", ":"] as [Character] {
      let count = header.count { $0 == candidate }
      if count > 0, rows.allSatisfy({ row in row.count { $0 == candidate } == count }) {
        return candidate
      }
    }
    return nil
  }
}
