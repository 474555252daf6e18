@_spi(Columns) import GraphCore

/// The record types that the columns of a file need, laid out flat: what `RecordReader` goes by for each value.
final class RecordShapes {
  enum Kind: UInt8 {
    case signed, unsigned, float, truth, text, record, variants, enumeration
  }

  /// What a value may be: of a record the `count` fields from `first` on, of variants the branches.
  struct Shape: BitwiseCopyable {
    var kind: Kind
    var first = 0
    var count = 0
  }

  struct Branch: BitwiseCopyable {
    let firstName: Int
    let nameCount: Int
    let firstField: Int
    let fieldCount: Int
  }

  private let shapeColumn = Column<Shape>()
  /// The numbers of the shapes of all fields.
  private let fieldColumn = Column<Int>()
  private let branchColumn = Column<Branch>()
  private let nameColumn = Column<UInt8>()
  private var numbers: [ColumnType: Int] = [:]
  private let types: RecordTypes

  init(_ types: RecordTypes) { self.types = types }

  var shapes: Words<Shape> { shapeColumn.words }
  var fields: Words<Int> { fieldColumn.words }
  var branches: Words<Branch> { branchColumn.words }
  var names: Words<UInt8> { nameColumn.words }

  /// The number of a type's shape; it is laid out, with all that it needs, when it is first asked for.
  func number(of type: ColumnType) -> Int {
    if let known = numbers[type] { return known }
    let number = shapeColumn.count
    numbers[type] = number
    let kind: Kind
    switch type {
    case .symbol: kind = .text
    case .number: kind = .signed
    case .unsigned: kind = .unsigned
    case .float: kind = .float
    case .boolean: kind = .truth
    case .record(let record):
      // Types are recursive: the number is known before what it stands for.
      shapeColumn.append(Shape(kind: .record))
      let shape = shape(of: record)
      shapeColumn.words[number] = shape
      return number
    }
    shapeColumn.append(Shape(kind: kind))
    return number
  }

  private func shape(of record: UInt32) -> Shape {
    switch types.shape(record) {
    case .record(let fields):
      return Shape(kind: .record, first: lay(fields), count: fields.count)
    case .variants(let branches):
      let laid = branches.map { branch in
        let name = nameColumn.count
        for byte in branch.name.utf8 { nameColumn.append(byte) }
        return Branch(
          firstName: name, nameCount: nameColumn.count - name, firstField: lay(branch.fields),
          fieldCount: branch.fields.count)
      }
      let first = branchColumn.count
      for branch in laid { branchColumn.append(branch) }
      return Shape(
        kind: types.isEnumeration(record) ? .enumeration : .variants, first: first,
        count: branches.count)
    }
  }

  /// Lays fields out side by side; returns where the first is.
  private func lay(_ fields: [RecordTypes.Field]) -> Int {
    let shapes = fields.map { number(of: $0.type) }
    let first = fieldColumn.count
    for shape in shapes { fieldColumn.append(shape) }
    return first
  }
}
