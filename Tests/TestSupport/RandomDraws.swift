/// What draws random programs and graphs, step by step from one seed.
package protocol RandomDraws {
  var random: SeededGenerator { get set }
}

extension RandomDraws {
  package mutating func number(_ range: ClosedRange<Int>) -> Int {
    Int.random(in: range, using: &random)
  }

  package mutating func pick<Item>(_ items: [Item]) -> Item {
    items[number(0...items.count - 1)]
  }

  package mutating func chance(_ percent: Int) -> Bool { number(0...99) < percent }
}
