import GraphCore
import GraphQuery

/// One option of the command line: how it is written, what it means, what it sets.
struct CommandOption: Sendable {
  /// Its spellings, the short one first: `-j`, `--jobs`.
  let names: [String]
  /// What its value is called in the help, or nil for an option without a value.
  let value: String?
  /// Only the help and the completions put these together.
  private let makeSummary: @Sendable () -> String
  private let makeChoices: @Sendable () -> [String]
  var summary: String { makeSummary() }
  /// The words that its value is one of; none where it is free.
  var choices: [String] { makeChoices() }
  let apply: @Sendable (inout ArgumentDraft, String) throws(UsageError) -> Void

  init(
    _ names: [String], value: String? = nil,
    _ summary: @escaping @autoclosure @Sendable () -> String,
    choices: @escaping @autoclosure @Sendable () -> [String] = [],
    apply: @escaping @Sendable (inout ArgumentDraft, String) throws(UsageError) -> Void
  ) {
    self.names = names
    self.value = value
    makeSummary = summary
    makeChoices = choices
    self.apply = apply
  }
}

/// One command: its help, its options, and how its arguments become an invocation.
struct CommandEntry: Sendable {
  /// The word that chooses it, empty for the shell.
  let name: String
  let usage: [String]
  let summary: String
  let options: [CommandOption]
  let examples: [String]
  let make: @Sendable (ArgumentDraft) throws(UsageError) -> Invocation
}

/// Everything that options can set. Each command takes from it what it has options for.
struct ArgumentDraft: Sendable {
  var paths: [String] = []
  var actions: [SessionOptions.Action] = []
  var formName: String?
  var outputPath: String?
  var factsPath: String?
  var dialectName: String?
  var parameters: [Binding] = []
  var macros: [Binding] = []
  var magicRelations: String?
  var includePaths: [String] = []
  var showsProfile = false
  var showsWarnings = true
  var isReadOnly = false
  var createsDatabase = false
  var wait = 0.0
  var isSalvage = false
  var header: [String]?
  var maximumErrors = 0
  var rejectedPath: String?
  var continuesAfterErrors = false
  var limits = ResourceLimits()
}

/// The one table from which the command line is parsed and its help is written.
///
/// To add a command, add an entry here and a case to `Invocation`.
enum CommandTable {
  static let version = "0.1"

  /// The commands in the order of the help. One start needs one of them, and making them all takes longer than a
  /// small program runs.
  private static let makers: KeyValuePairs<String, @Sendable () -> CommandEntry> = [
    "": { session }, "run": { run }, "import": { importing }, "export": { export },
    "check": { check }, "sql": { sql }, "verify": { verify }, "compact": { compact },
    "backup": { backup },
  ]

  static let entries = makers.map { $0.value() }

  static func entry(named name: String) -> CommandEntry? {
    makers.first { $0.key == name }?.value()
  }

  /// The command a word is probably meant to be.
  static func nearestCommand(to word: String) -> String? {
    NameSuggestions.word(word, among: entries.map(\.name).filter { !$0.isEmpty })
  }

  // MARK: Commands

  static let session = CommandEntry(
    name: "",
    usage: ["graphsh [PATH...]", "graphsh PATH... -e 'QUERY'", "graphsh PATH... -f SCRIPT"],
    summary: """
      A knowledge graph, questioned in one line. PATH is a database (.graph), a program or facts (.dl), \
      or a folder of these. With a database, facts and changes are kept in it. Without -e and -f, \
      statements are read from the terminal, or from standard input as they come.
      """,
    options: [
      CommandOption(["-e"], value: "QUERY", "answer QUERY and leave; may be repeated") {
        (draft, value) throws(UsageError) in draft.actions.append(.query(value))
      },
      CommandOption(["-f"], value: "SCRIPT", "carry out the file SCRIPT and leave; may be repeated")
      {
        (draft, value) throws(UsageError) in draft.actions.append(.script(path: value))
      },
      CommandOption(
        ["--format"], value: "FORMAT",
        "write answers as " + AnswerForm.names.joined(separator: ", "), choices: AnswerForm.names
      ) { (draft, value) throws(UsageError) in draft.formName = value },
      output,
      CommandOption(["--param"], value: "NAME=VALUE", "bind the parameter $NAME of queries") {
        (draft, value) throws(UsageError) in
        draft.parameters.append(
          try ArgumentValue.binding(value, of: "--param", in: draft.parameters))
      },
      CommandOption(["--read-only"], "refuse changes of the graph; reads it beside its writer") {
        (draft, _) throws(UsageError) in draft.isReadOnly = true
      },
      CommandOption(["--create"], "make the database where it is missing") {
        (draft, _) throws(UsageError) in draft.createsDatabase = true
      },
      wait,
      CommandOption(["--continue"], "go on after an error in -e, -f and standard input") {
        (draft, _) throws(UsageError) in draft.continuesAfterErrors = true
      },
      timeout, memoryLimit, jobs, without,
    ],
    examples: [
      "graphsh seeds", "graphsh seeds -e '?- company(c).' --format csv -o companies.csv",
      "graphsh --create supply.graph",
    ],
    make: { draft throws(UsageError) in
      var options = SessionOptions()
      options.paths = draft.paths
      options.actions = draft.actions
      options.outputPath = draft.outputPath
      options.parameters = draft.parameters
      options.isReadOnly = draft.isReadOnly
      options.createsDatabase = draft.createsDatabase
      options.wait = draft.wait
      options.continuesAfterErrors = draft.continuesAfterErrors
      options.limits = draft.limits
      if let name = draft.formName {
        guard let form = AnswerForm(name: name) else {
          throw ArgumentValue.unknownFormat(name, among: AnswerForm.names)
        }
        options.form = form
      }
      return .session(options)
    })

  static let run = CommandEntry(
    name: "run",
    usage: ["graphsh run PROGRAM.dl [-F FACTS] [-D OUT]"],
    summary: """
      Run a Soufflé program: each input relation R is read from FACTS/R.facts, each output relation \
      written to OUT/R.csv.
      """,
    options: [
      CommandOption(["-F", "--fact-dir"], value: "FOLDER", "read facts from FOLDER") {
        (draft, value) throws(UsageError) in draft.factsPath = value
      },
      CommandOption(
        ["-D", "--output-dir"], value: "FOLDER", "write answers to FOLDER; - prints them"
      ) { (draft, value) throws(UsageError) in draft.outputPath = value },
      macro, includeFolder,
      CommandOption(["-w", "--no-warn"], "report mistakes only, no warnings") {
        (draft, _) throws(UsageError) in draft.showsWarnings = false
      },
      CommandOption(
        ["-m", "--magic-transform"], value: "RELATIONS",
        "derive only what these relations are asked"
      ) { (draft, value) throws(UsageError) in draft.magicRelations = value },
      CommandOption(["--profile"], "tell rows and time of each condition, with advice") {
        (draft, _) throws(UsageError) in draft.showsProfile = true
      },
      timeout, memoryLimit, jobs, without,
    ],
    examples: ["graphsh run reach.dl -F facts -D out -j 2"],
    make: { draft throws(UsageError) in
      guard let program = draft.paths.first else {
        throw UsageError("\"run\" needs a program", help: "graphsh run PROGRAM.dl")
      }
      guard draft.paths.count == 1 else {
        throw UsageError(
          "unexpected argument \"\(draft.paths[1])\"", help: "\"run\" takes one program")
      }
      return .run(
        RunOptions(
          program: program, factsPath: draft.factsPath, outputPath: draft.outputPath,
          macros: draft.macros, magicRelations: draft.magicRelations,
          includePaths: draft.includePaths, showsProfile: draft.showsProfile,
          showsWarnings: draft.showsWarnings, limits: draft.limits))
    })

  /// What `import` reads: files of data, and programs.
  static let importFormats = ImportFormat.allCases.map(\.rawValue) + ["dl"]

  static let importing = CommandEntry(
    name: "import",
    usage: ["graphsh import DATABASE FILE..."],
    summary: """
      Read files into a database, which is made if it is missing: comma- and tab-separated values, \
      JSON lines, N-Triples, GraphML, fact files or folders of them, and programs with facts (.dl); \
      what is packed with gzip (.gz) is unpacked. With --format, FILE may be - for standard input. All of it or nothing is there afterwards.
      """,
    options: [
      CommandOption(
        ["--format"], value: "FORMAT",
        importFormats.joined(separator: ", ") + "; otherwise the ending of each FILE decides",
        choices: importFormats
      ) { (draft, value) throws(UsageError) in draft.formName = value },
      CommandOption(
        ["--header"], value: "NAMES",
        "the columns of files without a header line: from,to,amount or :START_ID,:TYPE,:END_ID"
      ) { (draft, value) throws(UsageError) in
        draft.header = value.split(separator: ",", omittingEmptySubsequences: false).map(
          String.init)
      },
      CommandOption(
        ["--max-errors"], value: "N",
        "let N rows be wrong, and keep these in a file with the reason"
      ) { (draft, value) throws(UsageError) in
        draft.maximumErrors = try ArgumentValue.count(value, of: "--max-errors")
      },
      CommandOption(
        ["--rejected"], value: "FILE", "that file; otherwise DATABASE-rejected.tsv"
      ) { (draft, value) throws(UsageError) in draft.rejectedPath = value },
      wait,
    ],
    examples: [
      "graphsh import supply.graph companies.csv supplies.csv --max-errors 100",
      "graphsh import world.graph triple.facts --header :START_ID,:TYPE,:END_ID",
    ],
    make: { draft throws(UsageError) in
      guard let database = draft.paths.first, draft.paths.count > 1 else {
        throw UsageError(
          "\"import\" needs a database and a file", help: "graphsh import DATABASE FILE...")
      }
      guard SourceFiles.isDatabase(database) else {
        throw UsageError(
          "\"\(database)\" is no name of a database", help: "a database ends in .graph")
      }
      var options = ImportCommandOptions(
        database: database, paths: Array(draft.paths.dropFirst()), header: draft.header,
        maximumErrors: draft.maximumErrors, rejectedPath: draft.rejectedPath, wait: draft.wait)
      if let name = draft.formName {
        guard importFormats.contains(name) else {
          throw ArgumentValue.unknownFormat(name, among: importFormats)
        }
        options.format = ImportFormat(rawValue: name)
        options.readsPrograms = options.format == nil
      }
      return .importing(options)
    })

  static let exportFormats = ExportOptions.Format.allCases.map(\.rawValue)

  static let export = CommandEntry(
    name: "export",
    usage: ["graphsh export PATH... --format FORMAT [-o FILE]"],
    summary: "Write the whole graph in a form that other programs read.",
    options: [
      CommandOption(
        ["--format"], value: "FORMAT",
        exportFormats.joined(separator: ", ") + "; otherwise the ending of FILE decides",
        choices: exportFormats
      ) { (draft, value) throws(UsageError) in draft.formName = value },
      output,
      CommandOption(["--salvage"], "write what is whole of a damaged database, and name the rest") {
        (draft, _) throws(UsageError) in draft.isSalvage = true
      },
    ],
    examples: [
      "graphsh export seeds --format jsonl -o seeds.jsonl",
      "graphsh export supply.graph --salvage --format dl -o saved.dl",
    ],
    make: { draft throws(UsageError) in
      guard !draft.paths.isEmpty else {
        throw UsageError("\"export\" needs a path", help: "graphsh export PATH... --format FORMAT")
      }
      var options = ExportOptions(paths: draft.paths, outputPath: draft.outputPath)
      options.isSalvage = draft.isSalvage
      if draft.isSalvage {
        options.paths = [try database(of: draft, "export --salvage")]
      }
      if let name = draft.formName {
        guard let format = ExportOptions.Format(rawValue: name) else {
          throw ArgumentValue.unknownFormat(name, among: exportFormats)
        }
        options.format = format
      } else if let format = draft.outputPath.flatMap(ExportOptions.Format.init(fileName:)) {
        options.format = format
      } else {
        throw UsageError(
          "\"export\" needs a format", help: "--format " + exportFormats.joined(separator: "|"))
      }
      return .export(options)
    })

  static let check = CommandEntry(
    name: "check",
    usage: ["graphsh check FILE..."],
    summary: "Report everything that is wrong in programs and facts, and run nothing.",
    options: [],
    examples: ["graphsh check rules.dl seeds/*.dl"],
    make: { draft throws(UsageError) in
      guard !draft.paths.isEmpty else {
        throw UsageError("\"check\" needs a file", help: "graphsh check FILE...")
      }
      return .check(CheckOptions(paths: draft.paths))
    })

  static let dialects = SQLDialect.allCases.map(\.rawValue)

  static let sql = CommandEntry(
    name: "sql",
    usage: ["graphsh sql PROGRAM.dl --dialect DIALECT [-o FILE]"],
    summary: """
      Write the program as SQL, for an engine that spans machines: it reads the inputs, computes the relations and \
      writes the outputs as \"run\" does. Nothing is run here.
      """,
    options: [
      CommandOption(
        ["--dialect"], value: "DIALECT", dialects.joined(separator: ", "), choices: dialects
      ) { (draft, value) throws(UsageError) in draft.dialectName = value },
      output, macro, includeFolder,
    ],
    examples: ["graphsh sql reach.dl --dialect duckdb -o reach.sql"],
    make: { draft throws(UsageError) in
      guard let program = draft.paths.first, draft.paths.count == 1 else {
        throw UsageError(
          "\"sql\" takes one program", help: "graphsh sql PROGRAM.dl --dialect DIALECT")
      }
      guard let name = draft.dialectName else {
        throw UsageError(
          "\"sql\" needs a dialect", help: "--dialect " + dialects.joined(separator: "|"))
      }
      guard let dialect = SQLDialect(rawValue: name) else {
        throw UsageError(
          "\"sql\" knows no dialect \"\(name)\"",
          help: NameSuggestions.word(name, among: dialects).map { "did you mean \"\($0)\"?" }
            ?? "one of " + dialects.joined(separator: ", "))
      }
      return .sql(
        SQLOptions(
          program: program, dialect: dialect, outputPath: draft.outputPath, macros: draft.macros,
          includePaths: draft.includePaths))
    })

  static let verify = CommandEntry(
    name: "verify",
    usage: ["graphsh verify DATABASE"],
    summary: "Look at every checksum and every invariant of a database, and name what is wrong.",
    options: [],
    examples: ["graphsh verify supply.graph"],
    make: { draft throws(UsageError) in .verify(database: try database(of: draft, "verify")) })

  static let compact = CommandEntry(
    name: "compact",
    usage: ["graphsh compact DATABASE"],
    summary: "Write a database anew, so that what was deleted takes no more space.",
    options: [wait],
    examples: ["graphsh compact supply.graph"],
    make: { draft throws(UsageError) in
      .compact(DatabaseOptions(path: try database(of: draft, "compact"), wait: draft.wait))
    })

  static let backup = CommandEntry(
    name: "backup",
    usage: ["graphsh backup DATABASE NEW"],
    summary: "Copy a database, with all that has been committed, while others read and write it.",
    options: [],
    examples: ["graphsh backup supply.graph supply-2025-06.graph"],
    make: { draft throws(UsageError) in
      guard draft.paths.count == 2 else {
        throw UsageError(
          "\"backup\" needs a database and a new file", help: "graphsh backup DATABASE NEW")
      }
      return .backup(DatabaseOptions(path: draft.paths[0]), target: draft.paths[1])
    })

  /// The one path of a command that works on a database.
  private static func database(
    of draft: ArgumentDraft, _ command: String
  ) throws(UsageError) -> String {
    guard let path = draft.paths.first, draft.paths.count == 1 else {
      throw UsageError("\"\(command)\" takes one database", help: "graphsh \(command) DATABASE")
    }
    return path
  }

  /// Options that say something about graphsh itself and do nothing else.
  static let informationOptions:
    [(name: String, value: String?, summary: String, choices: [String])] = [
      ("--version", nil, "show the version", []),
      ("--manual", nil, "write the manual page, for man", []),
      (
        "--completions", "SHELL", "write the completion of these words for bash, zsh or fish",
        CommandInterpreter.allCases.map(\.rawValue)
      ),
    ]

  // MARK: Options of several commands

  static let output = CommandOption(
    ["-o", "--output"], value: "FILE", "write to FILE instead of standard output"
  ) { (draft, value) throws(UsageError) in draft.outputPath = value }

  static let macro = CommandOption(
    ["-M", "--macro"], value: "NAME=VALUE", "replace NAME in the program by VALUE"
  ) {
    (draft, value) throws(UsageError) in
    draft.macros.append(try ArgumentValue.binding(value, of: "-M", in: draft.macros))
  }

  static let includeFolder = CommandOption(
    ["-I", "--include-dir"], value: "FOLDER", "look for included files in FOLDER"
  ) {
    (draft, value) throws(UsageError) in draft.includePaths.append(value)
  }

  static let wait = CommandOption(
    ["--wait"], value: "SECONDS", "wait so long for another process that writes the database"
  ) { (draft, value) throws(UsageError) in
    draft.wait = try ArgumentValue.seconds(value, of: "--wait").inSeconds
  }

  static let timeout = CommandOption(
    ["--timeout"], value: "SECONDS", "stop a query that takes longer"
  ) { (draft, value) throws(UsageError) in
    draft.limits.timeout = try ArgumentValue.seconds(value, of: "--timeout")
  }

  static let memoryLimit = CommandOption(
    ["--memory-limit"], value: "SIZE", "stop a query that needs more memory: 500M, 2G"
  ) { (draft, value) throws(UsageError) in
    draft.limits.memoryBytes = try ArgumentValue.size(value, of: "--memory-limit")
  }

  static let without = CommandOption(
    ["--without"], value: "NAME",
    "do without a way of evaluation: "
      + Optimization.allCases.map(\.rawValue).joined(separator: ", "),
    choices: Optimization.allCases.map(\.rawValue)
  ) { (draft, value) throws(UsageError) in
    guard let optimization = Optimization(rawValue: value) else {
      throw UsageError(
        "--without knows no \"\(value)\"",
        help: "one of " + Optimization.allCases.map(\.rawValue).joined(separator: ", "))
    }
    draft.limits.without.insert(optimization)
  }

  static let jobs = CommandOption(
    ["-j", "--jobs"], value: "THREADS",
    "use at most so many threads, auto for all cores"
  ) { (draft, value) throws(UsageError) in
    draft.limits.threadCount = try ArgumentValue.threadCount(value, of: "-j")
  }
}
