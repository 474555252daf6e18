@_spi(Columns) import GraphCore

/// The registers of executions that run one after another on one thread.
///
/// None keeps anything in its registers from one run to the next, and a recursion has an execution for each condition of each
/// rule that reads it: in columns of their own, those of a few dozen rules would be more than a processor's cache.
final class RegisterRoom {
  private var words = Column<UInt64>()
  private var places = Column<UInt32>()

  /// At least so many words with arbitrary content.
  func registers(_ count: Int) -> Column<UInt64> {
    // Whoever has the smaller column keeps it.
    if words.count < count { words = Column(unspecified: count) }
    return words
  }

  /// At least so many numbers of rows with arbitrary content.
  func pairs(_ count: Int) -> Column<UInt32> {
    if places.count < count { places = Column(unspecified: count) }
    return places
  }
}
