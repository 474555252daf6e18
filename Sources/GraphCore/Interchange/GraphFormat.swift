/// A form in which a whole graph is written out.
///
/// ```swift
/// let bytes = try JSONLinesFormat().bytes(of: graph)
/// try CSVFormat().write(graph) { chunk in try file.write(chunk) }    // file: OutputFile
/// ```
///
/// Formats see the graph through its public interface alone, and write it in the order of arrival,
/// so that the same graph gives the same bytes. Writing takes O(facts) and, into a sink, memory for
/// one chunk.
public protocol GraphFormat {
  /// Writes the graph, and ends a record of the output after each line. Throws what the sink
  /// throws.
  func write(_ graph: Graph, to output: inout ByteOutput) throws
}

extension GraphFormat {
  /// Writes the graph in chunks of about 64 KiB, each of whole lines. Throws what `chunk` throws.
  public func write(_ graph: Graph, chunk: @escaping ([UInt8]) throws -> Void) throws {
    var output = ByteOutput(sink: chunk)
    try write(graph, to: &output)
    try output.finish()
  }

  /// The whole text in memory. No format throws here; the sink alone does.
  public func bytes(of graph: Graph) throws -> [UInt8] {
    var output = ByteOutput()
    try write(graph, to: &output)
    return output.bytes
  }
}

/// Bytes on their way out: gathered, and handed to a sink in chunks if there is one.
public struct ByteOutput {
  /// What has not been handed over yet.
  public internal(set) var bytes: [UInt8] = []
  private let sink: (([UInt8]) throws -> Void)?

  /// Output that keeps everything in `bytes`.
  public init() { sink = nil }

  /// Output that hands chunks to a sink; `finish` hands over the rest.
  public init(sink: @escaping ([UInt8]) throws -> Void) { self.sink = sink }

  public mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }
  public mutating func append(byte: UInt8) { bytes.append(byte) }

  /// Marks the end of a line or record, where a chunk may be handed over. Throws what the sink
  /// throws.
  public mutating func endRecord() throws {
    if let sink, bytes.count >= 65_536 {
      try sink(bytes)
      bytes.removeAll(keepingCapacity: true)
    }
  }

  /// Hands over what is left; without a sink it stays in `bytes`.
  public mutating func finish() throws {
    guard let sink, !bytes.isEmpty else { return }
    try sink(bytes)
    bytes.removeAll()
  }
}

extension ByteOutput {
  /// Appends bytes with those that `escape` names replaced.
  mutating func append(_ text: String, escape: (UInt8) -> String?) {
    for byte in text.utf8 {
      if let replacement = escape(byte) { append(replacement) } else { bytes.append(byte) }
    }
  }

  /// Appends two hexadecimal digits.
  static func hexadecimal(_ byte: UInt8) -> String {
    let digits = Array("0123456789ABCDEF")
    return String([digits[Int(byte >> 4)], digits[Int(byte & 15)]])
  }
}

extension GraphNode {
  /// The distinct citations of all labels, in the order of the labels.
  var labelCitations: [Citation] {
    var result: [Citation] = []
    for label in labels {
      for citation in citations(ofLabel: label) where !result.contains(citation) {
        result.append(citation)
      }
    }
    return result
  }
}
