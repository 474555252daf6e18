import GraphCore

/// The texts of a question that others may stand for without its being lowered again.
///
/// Only a text that is nothing but an argument of an atom can be replaced: wherever else it stands, as a pattern or
/// in a comparison, what it says may decide what the program is. Values of parameters that are texts are like texts
/// of the question; they have the numbers behind these.
struct GivenTexts {
  private let source: SourceID
  /// The number of the text that begins at an offset; equal texts have one number.
  private let numbers: [UInt32: Int]
  /// Parameters that are arguments, by the order in which they were met.
  private(set) var givenParameters: [String] = []
  /// Parameters whose values stand elsewhere too.
  private(set) var keptParameters: Set<String> = []
  private let textCount: Int
  /// Offsets of texts that are arguments.
  private var given: Set<UInt32> = []
  /// Offsets of texts that stand elsewhere too.
  private var kept: Set<UInt32> = []

  /// The texts of a question.
  init(_ shape: QuestionShape, in source: SourceID) {
    var numbers: [UInt32: Int] = [:]
    for (text, number) in zip(shape.texts, shape.numbers) { numbers[text.offset] = number }
    self.numbers = numbers
    self.source = source
    textCount = shape.texts.count
  }

  /// The number of an argument's text, if it is one of the question's own.
  mutating func give(at span: SourceSpan) -> Int? {
    guard span.source == source, let number = numbers[span.lower] else { return nil }
    given.insert(span.lower)
    return number
  }

  /// The number of a parameter that is an argument.
  mutating func give(parameter name: String) -> Int {
    if let known = givenParameters.firstIndex(of: name) { return textCount + known }
    givenParameters.append(name)
    return textCount + givenParameters.count - 1
  }

  /// Notes that the value of a parameter must stay as it is.
  mutating func keep(parameter name: String) { keptParameters.insert(name) }

  /// Notes that a text must stay as it is.
  mutating func keep(at span: SourceSpan) {
    if span.source == source { kept.insert(span.lower) }
  }

  /// Notes that all texts between two offsets must stay as they are.
  mutating func keepAll(in span: SourceSpan) {
    for offset in numbers.keys where span.lower <= offset && offset < span.upper {
      kept.insert(offset)
    }
  }

  /// The numbers of the texts that are arguments.
  var givenNumbers: Set<Int> { Set(numbers.filter { given.contains($0.key) }.values) }

  /// The numbers of the texts that must stay as they are, since they also stand elsewhere.
  var fixedNumbers: Set<Int> {
    Set(numbers.filter { !given.contains($0.key) || kept.contains($0.key) }.values)
  }
}
