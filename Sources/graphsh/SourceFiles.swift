import GraphCore

/// The files that a run has read so far, which no output takes the place of for as long as the object lives.
final class InputFiles {
  private var held: [HeldFiles] = []

  /// Holds files; `-` is standard input.
  func hold(_ paths: [String]) { held.append(HeldFiles(paths)) }

  /// The text of a file, which is held from now on.
  func text(_ path: String) throws(FileError) -> SourceText {
    let text = try SourceFiles.text(path)
    hold([path])
    return text
  }
}

/// Finds and reads the files that a command line names.
enum SourceFiles {
  /// Whether a path is that of a database, which its name says, or its first bytes where there is one.
  static func isDatabase(_ path: String) -> Bool {
    path.hasSuffix(".graph") || Files.isDatabase(path)
  }

  /// Parts the database from the programs and facts among some paths.
  static func parted(
    _ paths: [String]
  ) throws(FileError) -> (database: String?, sources: [String]) {
    var databases: [String] = []
    var sources: [String] = []
    for path in paths {
      if Files.isFolder(path) {
        let folder = path.hasSuffix("/") ? String(path.dropLast()) : path
        if folder.hasSuffix(".graph") {
          throw FileError(path: path, reason: "it is a folder, and a database is a file")
        }
        let names = try Files.list(path)
        databases += names.filter { $0.hasSuffix(".graph") }.map { "\(folder)/\($0)" }
        let isDatabaseAlone =
          names.contains { $0.hasSuffix(".graph") } && !names.contains { $0.hasSuffix(".dl") }
        if !isDatabaseAlone { sources.append(path) }
      } else if isDatabase(path) {
        databases.append(path)
      } else {
        sources.append(path)
      }
    }
    guard databases.count < 2 else {
      throw FileError(
        path: databases[1], reason: "a session has one database, and \(databases[0]) is the first")
    }
    return (databases.first, sources)
  }

  /// The texts of programs and facts: files as they are given, folders with all their `.dl` files in
  /// the order of their names.
  static func read(_ paths: [String]) throws(FileError) -> [SourceText] {
    var texts: [SourceText] = []
    for path in paths {
      if Files.isFolder(path) {
        let names = try Files.list(path).filter { $0.hasSuffix(".dl") }
        if names.isEmpty {
          throw FileError(path: path, reason: "the folder holds no .dl file")
        }
        let folder = path.hasSuffix("/") ? String(path.dropLast()) : path
        for name in names { texts.append(try text("\(folder)/\(name)")) }
      } else {
        if isDatabase(path) {
          throw FileError(
            path: path, reason: "it is a database, no program; `graphsh verify \(path)` checks it")
        }
        // Facts in the language may have the ending of fact files.
        if path != "-", let format = ImportFormat(path: path), format != .facts {
          throw FileError(
            path: path, reason: "it is no program; `graphsh import NAME.graph \(path)` reads it")
        }
        texts.append(try text(path))
      }
    }
    return texts
  }

  static func text(_ path: String) throws(FileError) -> SourceText {
    let bytes = try Files.read(path)
    return SourceText(name: path == "-" ? "<stdin>" : path, bytes: bytes)
  }

  /// A path as seen from the file that names it.
  static func path(_ path: String, from including: String) -> String {
    if path.hasPrefix("/") { return path }
    guard let slash = including.lastIndex(of: "/") else { return path }
    return including[...slash] + path
  }
}
