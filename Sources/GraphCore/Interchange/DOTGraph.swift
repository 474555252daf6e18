/// A picture to be drawn: nodes and edges with what is to be seen of them, free of any store.
public struct DOTGraph: Sendable {
  /// A node of the picture.
  public struct Node: Sendable {
    /// What edges refer to; unique.
    public var name: String
    /// What is shown.
    public var text: String
    /// The labels; the first decides the colour.
    public var labels: [String]
    /// What a browser shows under the pointer.
    public var tooltip: String?
    /// What is shown smaller under the text.
    public var detail: String?
    /// What decides the colour in place of the first label.
    public var colour: String?
    /// The title of the box that the node is drawn in, if it is drawn in one.
    public var cluster: String?
    /// Whether it stands for nodes that are not drawn.
    public var isStub = false

    public init(
      name: String, text: String? = nil, labels: [String] = [], tooltip: String? = nil
    ) {
      self.name = name
      self.text = text ?? name
      self.labels = labels
      self.tooltip = tooltip
    }

    var colourKey: String? { colour ?? labels.first }
  }

  /// An edge of the picture. Ends that are no node of it are drawn without a label.
  public struct Edge: Sendable {
    /// The name of the node that it leaves, and below of that which it reaches.
    public var from: String
    public var to: String
    /// What is shown beside it.
    public var type: String
    /// What is shown under the type.
    public var caption: String?
    public var tooltip: String?
    /// Whether it leads to a node that stands for others.
    public var isStub = false

    public init(
      from: String, to: String, type: String, caption: String? = nil, tooltip: String? = nil
    ) {
      self.from = from
      self.to = to
      self.type = type
      self.caption = caption
      self.tooltip = tooltip
    }
  }

  public var title: String?
  public var nodes: [Node]
  public var edges: [Edge]
  /// Which label takes which colour: the first the first of the palette, drawn here or not. Others
  /// come behind them in code point order.
  public var labelOrder: [String] = []

  public init(title: String? = nil, nodes: [Node] = [], edges: [Edge] = []) {
    self.title = title
    self.nodes = nodes
    self.edges = edges
  }
}
