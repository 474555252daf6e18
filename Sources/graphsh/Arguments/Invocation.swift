import GraphCore
import GraphQuery

/// What one start of graphsh is asked to do: the command line, understood.
enum Invocation: Equatable, Sendable {
  /// The shell, or the queries and scripts that stand in its place.
  case session(SessionOptions)
  case run(RunOptions)
  case export(ExportOptions)
  case check(CheckOptions)
  case sql(SQLOptions)
  case importing(ImportCommandOptions)
  case verify(database: String)
  case compact(DatabaseOptions)
  case backup(DatabaseOptions, target: String)
  /// The help of a command, or of graphsh itself where the name is empty.
  case help(command: String)
  case version
  /// The manual page, for `man`.
  case manual
  /// The completion of graphsh's words for a command interpreter.
  case completions(CommandInterpreter)
}

/// The programs that people start graphsh from.
enum CommandInterpreter: String, CaseIterable, Sendable {
  case bash, zsh, fish
}

/// How answers are written.
enum AnswerForm: Equatable, Sendable {
  case table(OutputFormat)
  /// A picture in Graphviz' language.
  case dot

  static let names = OutputFormat.allCases.map(\.rawValue) + ["dot"]

  init?(name: String) {
    if name == "dot" {
      self = .dot
    } else if let format = OutputFormat(rawValue: name) {
      self = .table(format)
    } else {
      return nil
    }
  }

  /// The form that a file's ending asks for.
  init?(fileName: String) {
    guard let dot = fileName.lastIndex(of: ".") else { return nil }
    let ending = fileName[fileName.index(after: dot)...].lowercased()
    switch ending {
    case "md": self = .table(.markdown)
    case "gv": self = .dot
    case "box", "line": return nil
    default: self.init(name: ending)
    }
  }

  var name: String {
    switch self {
    case .table(let format): format.rawValue
    case .dot: "dot"
    }
  }
}

/// A name with a text, given as `NAME=VALUE`.
struct Binding: Equatable, Sendable {
  let name: String
  let value: String
}

/// What a query may use up, nil being no limit, and how it is evaluated.
struct ResourceLimits: Equatable, Sendable {
  var timeout: Duration?
  var memoryBytes: Int?
  /// The most threads to use; nil is as many as there are cores.
  var threadCount: Int?
  var without: Set<Optimization> = []
}

struct SessionOptions: Equatable, Sendable {
  /// One thing to do in place of asking at the prompt.
  enum Action: Equatable, Sendable {
    case query(String)
    case script(path: String)
  }

  var paths: [String] = []
  /// In the order they were given; empty for the shell.
  var actions: [Action] = []
  var form: AnswerForm?
  var outputPath: String?
  var parameters: [Binding] = []
  var isReadOnly = false
  /// Whether a database that is missing is made.
  var createsDatabase = false
  /// How many seconds to wait for another process that writes.
  var wait = 0.0
  /// Whether scripts go on after an error.
  var continuesAfterErrors = false
  var limits = ResourceLimits()
}

struct RunOptions: Equatable, Sendable {
  var program = ""
  var factsPath: String?
  /// The folder of the answers; `-` is standard output.
  var outputPath: String?
  var macros: [Binding] = []
  /// The relations for which demand is followed, as Soufflé takes them.
  var magicRelations: String?
  /// Where included files are looked for, after the folder of the file that names them.
  var includePaths: [String] = []
  /// Whether rows and times of rules are told on standard error.
  var showsProfile = false
  var showsWarnings = true
  var limits = ResourceLimits()
}

struct ExportOptions: Equatable, Sendable {
  enum Format: String, CaseIterable, Sendable {
    case jsonl
    case csv
    case tsv
    case dot
    case graphml
    case ntriples
    case cypher
    case facts
    case dl

    /// The format that a file's name asks for.
    init?(fileName: String) {
      guard let dot = fileName.lastIndex(of: ".") else { return nil }
      let ending = fileName[fileName.index(after: dot)...].lowercased()
      self.init(rawValue: ending == "nt" ? "ntriples" : ending == "gv" ? "dot" : ending)
    }
  }

  var paths: [String] = []
  var format = Format.jsonl
  var outputPath: String?
  /// Whether what is whole of a damaged database is to be saved.
  var isSalvage = false
}

/// What `graphsh import` reads, and where to.
struct ImportCommandOptions: Equatable, Sendable {
  var database = ""
  var paths: [String] = []
  var format: ImportFormat?
  /// Whether all files are programs, whatever their names.
  var readsPrograms = false
  var header: [String]?
  /// How many rows may be wrong.
  var maximumErrors = 0
  /// Where rows that were left out are kept, if not beside the database.
  var rejectedPath: String?
  var wait = 0.0
}

/// A database that a command works on.
struct DatabaseOptions: Equatable, Sendable {
  var path = ""
  /// How many seconds to wait for another process that writes.
  var wait = 0.0
}

/// `graphsh sql`.
struct SQLOptions: Equatable, Sendable {
  var program: String
  var dialect: SQLDialect
  var outputPath: String?
  var macros: [Binding] = []
  var includePaths: [String] = []
}

struct CheckOptions: Equatable, Sendable {
  var paths: [String] = []
}
