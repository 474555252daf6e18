/// The forms an answer can be written in as a table. Pictures are drawn elsewhere.
enum OutputFormat: String, CaseIterable, Sendable {
  case box
  case csv
  case tsv
  case json
  case jsonl
  case markdown
  case line
}

/// How an answer is to be shown. The defaults are those of a pipe: everything, undecorated.
struct RenderSettings: Sendable {
  var style = Style.plain
  /// The width that tables are fitted to, or nil where no cell may be cut.
  var columns: Int?
  /// The most rows that a box shows, or nil for all.
  var rowLimit: Int?
  /// The widest that one column of a box may be, where the user has set it.
  var columnWidthLimit: Int?
  /// Whether a box or a `yes` is followed by its counts.
  var showsSummary = false
  /// How long the answer took, for the summary.
  var elapsed: Duration?
}

extension OutputFormat {
  /// Writes an answer to a sink, in chunks, and returns the sink.
  ///
  /// Rows are asked for in order, each once (by `box` twice for those it measures), so a table may
  /// make its text when it is asked.
  func render<Table: AnswerTable, Sink: ByteSink>(
    _ table: Table, to sink: Sink, settings: RenderSettings = RenderSettings()
  ) throws(Sink.Failure) -> Sink {
    var output = ChunkedOutput(sink)
    switch self {
    case .box: try BoxRenderer.write(table, to: &output, settings: settings)
    case .csv: try DelimitedRenderer.writeCSV(table, to: &output)
    case .tsv: try DelimitedRenderer.writeTSV(table, to: &output)
    case .json: try JSONRenderer.writeArray(table, to: &output)
    case .jsonl: try JSONRenderer.writeLines(table, to: &output)
    case .markdown: try MarkdownRenderer.write(table, to: &output)
    case .line: try LineRenderer.write(table, to: &output, settings: settings)
    }
    try output.flush()
    return output.sink
  }

  /// The answer as text.
  func text(of table: some AnswerTable, settings: RenderSettings = RenderSettings()) -> String {
    render(table, to: MemorySink(), settings: settings).text
  }
}
