import GraphCore
import GraphQuery

extension ShellCommand {
  static let proofCommands = [why, whyNot]

  static let why = ShellCommand(
    ".why", "[--format FORMAT] FACT", .understanding,
    "prove a fact: the rules, and the documents and lines they rest on",
    details: """
      FACT may have variables, and conditions after it; the first row that fits is proved.
      FORMAT is text, json or dot; by itself the form of answers decides.
      """,
    example: ".why partner(\"中信建投\")", completes: .language
  ) { (call) throws(FileError) in
    try ProofCommand(call, name: ".why") { session, text throws(ProofFailure) in
      try session.why(text)
    }.run()
  }

  static let whyNot = ShellCommand(
    ".whynot", "[--format FORMAT] FACT", .understanding,
    "say which rule came nearest to a fact that does not hold, and what it lacks",
    example: ".whynot partner(\"伊利集团\")", completes: .language
  ) { (call) throws(FileError) in
    try ProofCommand(call, name: ".whynot") { session, text throws(ProofFailure) in
      try session.whyNot(text)
    }.run()
  }
}

/// What `.why` and `.whynot` have in common: their argument and the forms of a proof.
private struct ProofCommand {
  private let call: CommandCall
  private let name: String
  private let prove: (QuerySession, SourceText) throws(ProofFailure) -> Proof

  init(
    _ call: CommandCall, name: String,
    prove: @escaping (QuerySession, SourceText) throws(ProofFailure) -> Proof
  ) {
    self.call = call
    self.name = name
    self.prove = prove
  }

  func run() throws(FileError) -> ExitStatus {
    let shell = call.shell
    var text = call.argument
    var form = shell.currentForm.name
    let (option, rest) = WordSplitter.first(text)
    if option == "--format" || option.hasPrefix("--format=") {
      let (value, fact) =
        option == "--format" ? WordSplitter.first(rest) : (String(option.dropFirst(9)), rest)
      guard ["text", "box", "json", "jsonl", "dot"].contains(value) else {
        return call.refuse("\(name) has no format \(value)", help: "text, json or dot")
      }
      (form, text) = (value, fact)
    }
    guard !text.isEmpty else {
      return call.refuse("\(name) needs a fact", help: "for example \(name) partner(\"中信建投\")")
    }
    let proof: Proof
    do throws(ProofFailure) {
      proof = try prove(call.session, call.language(text))
    } catch {
      switch error {
      case .diagnostics(let diagnostics):
        shell.report(diagnostics)
        return diagnostics.contains { $0.code == .interrupted } ? .interrupted : .failure
      case .doesNotHold:
        return call.refuse("it does not hold", help: ".whynot \(text) says what is lacking")
      case .tooLarge:
        return call.refuse("no proof was found within the limits of time and size")
      }
    }
    switch form {
    case "json", "jsonl":
      var output: [UInt8] = []
      ProofText.appendJSON(proof, to: &output)
      try shell.print(String(decoding: output, as: UTF8.self) + "\n")
    case "dot":
      var bytes = ByteOutput()
      do {
        try DOTExporter(direction: "TB", showsLegend: false).write(proof.picture, to: &bytes)
      } catch {
        return call.refuse("\(error)")
      }
      try shell.print(String(decoding: bytes.bytes, as: UTF8.self))
    default:
      try shell.page(
        ProofText.tree(proof).rendered(columns: shell.columns, style: shell.style))
    }
    return .success
  }
}

/// Proofs as text.
enum ProofText {
  static func tree(_ proof: Proof) -> TextTree {
    let places = CitationText.text(proof.citations)
    let remark = [proof.remark, places].filter { !$0.isEmpty }.joined(separator: ", ")
    return TextTree(mark(proof) + proof.statement, remark: remark, proof.children.map(tree))
  }

  /// Only what does not hold is marked; the rest of a proof speaks for itself.
  private static func mark(_ proof: Proof) -> String { proof.kind == .failure ? "✗ " : "" }

  static func appendJSON(_ proof: Proof, to output: inout [UInt8]) {
    func add(_ key: String, _ text: String) {
      output += ",\"\(key)\":".utf8
      JSONText.append(text, to: &output)
    }
    output += "{\"kind\":\"\(proof.kind.rawValue)\"".utf8
    add("statement", proof.statement)
    if !proof.remark.isEmpty { add("remark", proof.remark) }
    if !proof.citations.isEmpty {
      output += ",\"citations\":[".utf8
      for (index, citation) in proof.citations.enumerated() {
        output += (index > 0 ? ",{" : "{").utf8
        output += "\"source\":".utf8
        JSONText.append(citation.source ?? "", to: &output)
        add("lines", citation.lines ?? "")
        output += "}".utf8
      }
      output += "]".utf8
    }
    if !proof.children.isEmpty {
      output += ",\"children\":[".utf8
      for (index, child) in proof.children.enumerated() {
        if index > 0 { output += ",".utf8 }
        appendJSON(child, to: &output)
      }
      output += "]".utf8
    }
    output += "}".utf8
  }
}
