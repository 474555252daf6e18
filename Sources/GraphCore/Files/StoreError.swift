/// Why a stored graph could not be opened, read or written.
///
/// ```swift
/// do {
///   let store = try GraphStore.open("supply.graph")
/// } catch {
///   print(error)        // supply.graph: another process is writing to it
///   if error.code == .locked { … }
/// }
/// ```
public struct StoreError: Error, Sendable, Equatable {
  /// What went wrong, for programs; each code is one kind of failure.
  public enum Code: String, Sendable, CaseIterable {
    /// The file is not there, or the system refuses to open it.
    case cannotOpen
    /// The system failed to read bytes that should be there.
    case cannotRead
    /// The system failed to write bytes.
    case cannotWrite
    /// There is no room left on the device.
    case diskFull
    /// The system failed to make bytes durable; the handle takes no more writes.
    case cannotSync
    /// The file is no graph.
    case notAGraph
    /// The file needs a feature that this version lacks.
    case unsupported
    /// The file uses a feature that this version can read, but not write.
    case onlyReadable
    /// Bytes of the file are not what was written.
    case damaged
    /// The file says that a log belongs to it, and the log is not there.
    case logMissing
    /// The log beside the file belongs to another file or another state of it.
    case logForeign
    /// Another process is writing.
    case locked
    /// The store was opened for reading.
    case readOnly
    /// An earlier failure left open what is on the device; nothing is written until it is reopened.
    case poisoned
    /// The name leads to another file than the one that was opened, or to none.
    case moved
    /// The store has been closed.
    case closed
    /// The file holds constraints, and the commit came without somebody who checks them.
    case unchecked
  }

  public let code: Code
  /// What happened, in words; lower case, without a full stop.
  public let message: String
  /// The file that it is about, which may be the log or one beside the graph.
  public let path: String
  /// The system's words, such as "No space left on device".
  public let underlying: String?

  public init(_ code: Code, _ message: String, path: String, underlying: String? = nil) {
    self.code = code
    self.message = message
    self.path = path
    self.underlying = underlying
  }
}

extension StoreError: CustomStringConvertible {
  /// `path: message (underlying)`, on one line.
  public var description: String {
    "\(path): \(message)" + (underlying.map { " (\($0))" } ?? "")
  }
}
