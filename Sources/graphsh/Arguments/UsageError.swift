/// A mistake on the command line.
struct UsageError: Error, Equatable, Sendable {
  /// What is wrong, naming the argument.
  let message: String
  /// What to write instead.
  let help: String?

  init(_ message: String, help: String? = nil) {
    self.message = message
    self.help = help
  }

  /// The lines for standard error.
  var text: String {
    "graphsh: \(message)\n" + (help.map { "help: \($0)\n" } ?? "")
  }
}

/// The word of a list that somebody probably meant.
enum NearestWord {
  /// The nearest of `words`, or nil where none is near: about one slip for three characters.
  static func to(_ word: String, among words: [String]) -> String? {
    let limit = max(1, word.count / 3)
    var best: (word: String, distance: Int)?
    for candidate in words {
      let distance =
        candidate.hasPrefix(word) && !word.isEmpty
        ? 1 : Self.distance(Array(word), Array(candidate))
      if distance <= limit, distance < best?.distance ?? .max { best = (candidate, distance) }
    }
    return best?.word
  }

  /// How many characters must be added, left out, replaced or swapped with their neighbour.
  static func distance(_ a: [Character], _ b: [Character]) -> Int {
    var rows = [Array(0...b.count)]
    for i in a.indices {
      var row = [i + 1]
      for j in b.indices {
        var cost = min(rows[i][j + 1] + 1, row[j] + 1, rows[i][j] + (a[i] == b[j] ? 0 : 1))
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
          cost = min(cost, rows[i - 1][j - 1] + 1)
        }
        row.append(cost)
      }
      rows.append(row)
    }
    return rows[a.count][b.count]
  }
}
