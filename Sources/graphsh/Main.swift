import GraphCore
import GraphQuery

@main
struct Main {
  static func main() {
  }
}
