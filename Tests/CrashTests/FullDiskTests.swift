import GraphCore
import Testing

/// A disk that is really full, and one that cannot be written: where `FULL_DISK` names a folder on a
/// small file system of its own (`Scripts/campaign-crash` makes one).
@Suite struct FullDiskTests {
  @Test(.enabled(if: Campaign.text("FULL_DISK") != nil)) func nothingIsLostOnAFullDisk() throws {
    let path = (Campaign.text("FULL_DISK") ?? "") + "/full.graph"
    var acknowledged = 0
    var refused = 0
    let store = try GraphStore.open(path)
    for round in 0..<200 where refused < 20 {
      let before = store.graph.edgeCount
      do {
        try store.write { writer in
          for number in 0..<2000 {
            writer.addEdge("t", from: "n\(round)", to: "a long name of some node \(number * round)")
          }
        }
        acknowledged = store.graph.edgeCount
      } catch GraphWriteError.store(let error) {
        #expect(error.code == .diskFull, "\(error)")
        #expect(store.graph.edgeCount == before)
        refused += 1
      }
    }
    #expect(refused > 0, "the disk is too large to be filled")
    #expect(try GraphStore.open(path, readOnly: true).graph.edgeCount == acknowledged)
    // What is removed makes room for a log again, if not for a rewrite.
    try? store.close()
    #expect(try GraphStore.verify(path) == [])
    let again = try GraphStore.open(path)
    #expect(again.graph.edgeCount == acknowledged)
    print("full disk: \(acknowledged) edges kept, \(refused) commits refused")
  }

  @Test(.enabled(if: Campaign.text("READ_ONLY") != nil)) func readOnlyMediaCanBeRead() throws {
    let path = (Campaign.text("READ_ONLY") ?? "") + "/full.graph"
    let store = try GraphStore.open(path, readOnly: true)
    #expect(store.graph.edgeCount > 0)
    #expect(try GraphStore.verify(path) == [])
    do throws(StoreError) {
      _ = try GraphStore.open(path)
      Issue.record("a file on a read-only disk was opened for writing")
    } catch {
      #expect(error.code == .readOnly, "\(error)")
    }
  }
}
