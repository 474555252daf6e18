extension GraphSchema {
  /// Writes what is declared.
  ///
  /// ```
  ///  varint labels   for each: text label, properties
  ///  varint types    for each: text type, texts of source labels, texts of target labels, properties
  ///
  ///  texts:      varint count   for each: varint bytes, UTF-8
  ///  properties: varint count   for each: text key, u8 type of its values
  /// ```
  func write(to writer: inout ByteWriter) {
    writer.varint(UInt64(nodes.count))
    for schema in nodes {
      writer.text(schema.label)
      write(schema.properties, to: &writer)
    }
    writer.varint(UInt64(edges.count))
    for schema in edges { write(schema, to: &writer) }
  }

  func write(_ schema: EdgeSchema, to writer: inout ByteWriter) {
    writer.text(schema.type)
    for labels in [schema.sourceLabels, schema.targetLabels] {
      writer.varint(UInt64(labels.count))
      for label in labels { writer.text(label) }
    }
    write(schema.properties, to: &writer)
  }

  func write(_ properties: [NodeSchema.Property], to writer: inout ByteWriter) {
    writer.varint(UInt64(properties.count))
    for property in properties {
      writer.text(property.key)
      writer.u8(property.type.rawValue)
    }
  }

  /// Reads a label's declaration.
  static func node(_ reader: inout ByteReader) throws(FormatError) -> NodeSchema {
    var result = NodeSchema(label: try reader.text())
    result.properties = try properties(&reader)
    return result
  }

  /// Reads an edge type's declaration.
  static func edge(_ reader: inout ByteReader) throws(FormatError) -> EdgeSchema {
    var result = EdgeSchema(type: try reader.text())
    for _ in 0..<(try reader.count()) { result.sourceLabels.append(try reader.text()) }
    for _ in 0..<(try reader.count()) { result.targetLabels.append(try reader.text()) }
    result.properties = try properties(&reader)
    return result
  }

  private static func properties(
    _ reader: inout ByteReader
  ) throws(FormatError) -> [NodeSchema.Property] {
    var result: [NodeSchema.Property] = []
    for _ in 0..<(try reader.count()) {
      let key = try reader.text()
      guard let type = ValueType(rawValue: try reader.u8()) else {
        throw FormatError("a type of values is unknown")
      }
      result.append(NodeSchema.Property(key: key, type: type))
    }
    return result
  }

  /// Reads a whole schema.
  init(_ reader: inout ByteReader, _ dictionary: TermDictionary) throws(FormatError) {
    self.init()
    for _ in 0..<(try reader.count()) {
      _ = declare(try GraphSchema.node(&reader), dictionary)
    }
    for _ in 0..<(try reader.count()) {
      declare(try GraphSchema.edge(&reader), dictionary)
    }
  }
}
