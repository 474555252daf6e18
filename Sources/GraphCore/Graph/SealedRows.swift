/// Rows of a table that lie packed in a file until somebody asks for them.
///
/// How many there are is known at once, so that tables can be counted, listed and added to a
/// transaction without a byte of them being read.
struct SealedRows<Content> {
  let count: Int
  /// Unpacks the rows. Where they are damaged, whoever watches over the file is told, and there
  /// are `count` rows of zeros: nothing that has counted the rows reaches beyond them.
  let unpack: () -> Content
}

/// The ends of the edges of a type, sorted by source and then target.
struct SealedEnds {
  var sources: Column<UInt32>
  var targets: Column<UInt32>
}

/// The words of a property, and which rows have it.
struct SealedValues {
  var narrow: Column<UInt32>
  var wide: Column<UInt64>
  var presence: Column<UInt64>?
}

/// Citations of a table, sorted by row.
struct SealedCitations {
  var rows: Column<UInt32>
  var sources: Column<UInt32>
  var lines: Column<UInt32>
}
