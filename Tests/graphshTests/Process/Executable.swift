import Foundation
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The built executable, run as a user runs it.
enum Executable {
  struct Result {
    var status: Int32
    var output: String
    var errors: String
    var outputBytes: [UInt8]
  }

  /// The folder that holds the package, found from where this file is.
  static let packageFolder: String = {
    var url = URL(fileURLWithPath: #filePath)
    for _ in 0..<4 { url.deleteLastPathComponent() }
    return url.path
  }()

  static func isFolder(_ path: String) -> Bool {
    (try? URL(fileURLWithPath: path).resourceValues(forKeys: [.isDirectoryKey]))?.isDirectory
      ?? false
  }

  /// The executable beside the test bundle.
  static let path: String? = {
    var folders = [Bundle.main.bundleURL, Bundle.main.bundleURL.deletingLastPathComponent()]
    folders += Bundle.allBundles.map { $0.bundleURL.deletingLastPathComponent() }
    if let own = CommandLine.arguments.first {
      folders.append(URL(fileURLWithPath: own).deletingLastPathComponent())
    }
    return folders.map { $0.appendingPathComponent("graphsh").path }.first {
      !isFolder($0) && FileManager.default.isExecutableFile(atPath: $0)
    }
  }()

  /// Runs graphsh to its end. What goes in and out are files, so that no pipe can fill up.
  static func run(
    _ arguments: [String], input: [UInt8] = [], in folder: String = packageFolder
  ) throws -> Result {
    try run(program: #require(path), arguments, input: input, in: folder)
  }

  /// Runs a command of the shell, in which `graphsh` is the built executable.
  static func shell(_ command: String, input: [UInt8] = [], in folder: String = packageFolder)
    throws -> Result
  {
    let path = try #require(path)
    let script = "graphsh() { '\(path)' \"$@\"; }\n\(command)"
    return try run(program: "/bin/sh", ["-c", script], input: input, in: folder)
  }

  /// Starts a process that receives signals: threads of a test may block them, and a new process
  /// inherits what is blocked.
  static func start(_ process: Process) throws {
    var (none, before) = (sigset_t(), sigset_t())
    unsafe sigemptyset(&none)
    unsafe pthread_sigmask(SIG_SETMASK, &none, &before)
    defer { unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }
    try process.run()
  }

  private static func run(
    program: String, _ arguments: [String], input: [UInt8], in folder: String
  ) throws -> Result {
    try withFolder { temporary in
      let process = Process()
      process.executableURL = URL(fileURLWithPath: program)
      process.arguments = arguments
      process.currentDirectoryURL = URL(fileURLWithPath: folder)
      let files = ["input", "output", "errors"].map { "\(temporary)/\($0)" }
      for file in files { _ = FileManager.default.createFile(atPath: file, contents: nil) }
      try Data(input).write(to: URL(fileURLWithPath: files[0]))
      process.standardInput = FileHandle(forReadingAtPath: files[0])
      process.standardOutput = FileHandle(forWritingAtPath: files[1])
      process.standardError = FileHandle(forWritingAtPath: files[2])
      try start(process)
      let deadline = Date().addingTimeInterval(60)
      while process.isRunning && Date() < deadline { Thread.sleep(forTimeInterval: 0.001) }
      if process.isRunning {
        process.terminate()
        Issue.record("still running after a minute: \(arguments)")
      }
      process.waitUntilExit()
      let output = try Data(contentsOf: URL(fileURLWithPath: files[1]))
      let errors = try Data(contentsOf: URL(fileURLWithPath: files[2]))
      return Result(
        status: process.terminationStatus, output: String(decoding: output, as: UTF8.self),
        errors: String(decoding: errors, as: UTF8.self), outputBytes: Array(output))
    }
  }

  /// Calls `body` with a new folder and removes it afterwards.
  static func withFolder<R>(_ body: (String) throws -> R) throws -> R {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("graphsh-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder.path)
  }

  /// A small graph that has of everything: labels, properties of nodes and edges, a citation, an alias.
  static let smallGraph = """
    company("伊利集团", founded: 1993).
    company("今麦郎").
    zone("祁县经开区").
    located_in("伊利集团", "祁县经开区", since: 2010) @ 3-4.
    located_in("今麦郎", "祁县经开区").
    alias("祁县", "祁县经开区").

    """

  /// Calls `body` with a new folder that holds the small graph as `g.dl`.
  static func withSmallGraph<R>(_ body: (String) throws -> R) throws -> R {
    try withFiles(["g.dl": smallGraph], body)
  }

  /// Writes files into a new folder and calls `body` with it.
  static func withFiles<R>(_ files: [String: String], _ body: (String) throws -> R) throws -> R {
    try withFolder { folder in
      for (name, text) in files {
        let file = URL(fileURLWithPath: "\(folder)/\(name)")
        try FileManager.default.createDirectory(
          at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
      }
      return try body(folder)
    }
  }
}
