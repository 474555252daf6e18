/// Remembers what was found damaged in a file.
final class DamageMonitor {
  let path: String
  /// Whether to go on where sections that everything rests on are damaged.
  let isTolerant: Bool
  private(set) var findings: [Finding] = []
  /// Names sections in messages.
  weak var dictionary: TermDictionary?
  private var isNaming = false

  init(path: String, isTolerant: Bool = false) {
    self.path = path
    self.isTolerant = isTolerant
  }

  /// Throws what was found first, if anything was.
  func check() throws(StoreError) {
    if let finding = findings.first { throw StoreError(.damaged, "\(finding)", path: path) }
  }

  func note(_ entry: SectionEntry, _ error: FormatError) {
    let section = entry.name { term in
      // Naming a section can itself come upon damage.
      guard !isNaming, let dictionary, Int(term) < dictionary.count else { return "#\(term)" }
      isNaming = true
      defer { isNaming = false }
      return dictionary.text(of: term)
    }
    let finding = Finding(section: section, message: error.reason)
    if !findings.contains(finding) && findings.count < 1000 { findings.append(finding) }
  }
}

/// Something in a file that is not as it should be.
public struct Finding: Sendable, Hashable, CustomStringConvertible {
  /// The part of the file, such as `the edges supplies`.
  public let section: String
  /// What is wrong with it.
  public let message: String

  public init(section: String, message: String) {
    self.section = section
    self.message = message
  }

  public var description: String { "\(section): \(message)" }
}
