/// The first bytes of the files of a database, by which they are known whatever their names are.
enum FileMagic {
  static let database: [UInt8] = Array("graphsh\u{1A}".utf8)
  static let log: [UInt8] = Array("graphlog".utf8)
}
