import GraphCore
import GraphQuery

/// `graphsh run`: a program with files for its inputs and outputs, as `souffle -F -D`.
struct ProgramRunner {
  private let options: RunOptions

  init(_ options: RunOptions) { self.options = options }

  func run() throws(FileError) -> ExitStatus {
    let shell = Shell(output: .standardOutput)
    let session = shell.session
    session.requiresDeclarations = true
    session.macros = options.macros.map { ($0.name, $0.value) }
    session.limits = options.limits.queryLimits
    session.optimizations.subtract(options.limits.without)
    guard try shell.load([options.program]) else { return .failure }
    for directive in session.fileDirectives where directive.kind == .input {
      guard try read(directive, shell) else { return .failure }
    }
    let (result, diagnostics) = session.runProgram()
    shell.report(diagnostics)
    guard let result else {
      return diagnostics.contains { $0.code == .interrupted } ? .interrupted : .failure
    }
    for directive in session.fileDirectives {
      switch directive.kind {
      case .input: break
      case .output: try write(directive, result)
      case .printsize:
        let count = result.count(of: directive.relation) ?? 0
        try OutputFile.standardOutput.write(Array("\(directive.relation)\t\(count)\n".utf8))
      }
    }
    return .success
  }

  private func read(_ directive: QuerySession.FileDirective, _ shell: Shell) throws(FileError)
    -> Bool
  {
    let path: String
    if directive.parameters["IO"] == "stdin" {
      path = "-"
    } else {
      let name = directive.parameters["filename"] ?? directive.relation + ".facts"
      path = resolved(name, in: options.factsPath ?? ".")
    }
    let diagnostics = shell.session.readFacts(
      try SourceFiles.text(path), into: directive.relation,
      delimiter: directive.parameters["delimiter"] ?? "\t")
    shell.report(diagnostics)
    return diagnostics.isEmpty
  }

  private func write(_ directive: QuerySession.FileDirective, _ result: ProgramResult)
    throws(FileError)
  {
    let delimiter = directive.parameters["delimiter"] ?? "\t"
    if directive.parameters["IO"] == "stdoutprintsize" {
      let count = result.count(of: directive.relation) ?? 0
      try OutputFile.standardOutput.write(Array("\(directive.relation)\t\(count)\n".utf8))
      return
    }
    if options.outputPath == "-" || directive.parameters["IO"] == "stdout" {
      let rule = String(repeating: "=", count: 15)
      let output = OutputFile.standardOutput
      try output.write(Array("---------------\n\(directive.relation)\n\(rule)\n".utf8))
      try result.write(directive.relation, delimiter: delimiter) { bytes throws(FileError) in
        try output.write(bytes)
      }
      try output.write(Array("\(rule)\n".utf8))
      return
    }
    let folder = options.outputPath ?? "."
    let name = directive.parameters["filename"] ?? directive.relation + ".csv"
    let file = try OutputFile(resolved(name, in: folder))
    try result.write(directive.relation, delimiter: delimiter) { bytes throws(FileError) in
      try file.write(bytes)
    }
    try file.close()
  }

  private func resolved(_ name: String, in folder: String) -> String {
    name.hasPrefix("/") ? name : "\(folder)/\(name)"
  }
}
