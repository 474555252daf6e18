/// Ways of evaluation that change the time an answer takes and never the answer. Each can be switched
/// off, which tests use to compare them.
public enum Optimization: String, CaseIterable, Sendable {
  /// Recursions that compose binary relations are evaluated row by row.
  case rows
  /// What is derived already is not derived again in another way.
  case heads
  /// Conditions that bind the same variable from known ends of complete binary relations are
  /// intersected.
  case intersections
  /// A recursion that extends a relation by a graph is computed by the graph's components, and so is what it leads back to.
  case closure
  /// A recursion over nodes, or over the best value of each, is evaluated over arrays by node.
  case nodes
  /// Pairs that a rule derives in groups are told apart group by group.
  case groups
  /// What a body only needs to have is looked for once.
  case existence
  /// Of a relation only what is asked for is computed.
  case demand
  /// Aggregates over the same rows are computed in one pass.
  case aggregates
  /// Columns that no rule looks at are neither read nor computed.
  case columns
  /// Rows with given constants are read out of wide relations once.
  case selections
  /// What is computed from a row of a complete relation is a column to find the row by.
  case computations
  /// Rows whose number lies between known ones are found in order.
  case ranges
  /// Conditions on numbers are asked of the candidates of a join before anything of them is copied.
  case filters
  /// A subsumption that keeps the best value of each key is evaluated as a value for each key.
  case lattices
  /// Texts that hold a part are looked for at once, in the index of texts where there is one.
  case texts
  /// Rounds of a recursion that have a few rows are evaluated row by row.
  case scalars
}
