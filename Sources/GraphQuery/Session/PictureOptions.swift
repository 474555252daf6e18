/// How a picture is to look: what `by cluster zone, color label, max 80` says.
public struct PictureOptions: Sendable, Equatable {
  /// What the boxes around nodes are: `label`, a label, an edge type or a node property.
  public var cluster: String?
  /// What decides the colours: as `cluster`; by itself the label.
  public var colour: String?
  /// The properties shown under edges and nodes; by itself a number with its unit, or a text.
  public var captions: [String] = []
  /// The most nodes that are drawn; the rest is folded.
  public var maximum = 150
  /// Everything around a node is drawn too.
  public var expansion: Expansion?
  /// Whether the colours are explained.
  public var showsLegend = true
  /// `LR` or `TB`.
  public var direction = "LR"
  public var title: String?

  /// What is within some steps of a node, over edges in either direction.
  public struct Expansion: Sendable, Equatable {
    public var steps: Int
    public var name: String

    public init(steps: Int, name: String) {
      self.steps = steps
      self.name = name
    }
  }

  public init() {}
}
