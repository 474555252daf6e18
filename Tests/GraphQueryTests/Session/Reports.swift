import GraphCore
import GraphQuery

/// What is reported under a code when a statement is carried out after a program.
func reports(_ code: DiagnosticCode, on statement: String, after program: String) -> [Diagnostic] {
  let session = QuerySession()
  session.load([SourceText(name: "t.dl", text: program)])
  var found: [Diagnostic] = []
  _ = session.perform(statement: SourceText(name: "q", text: statement)) {
    found += $0.filter { $0.code == code }
  }
  return found
}
