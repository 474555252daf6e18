/// What a column has of texts that are not kept, told while they are read.
enum TextReading {
  case condition(TextCondition.Question)
  /// How many scalars there are.
  case length
  /// A part, from a scalar on; a negative length is the rest.
  case part(from: Int, length: Int)
}
