/// The registry of everything that can be wrong. A code never changes its meaning; its wording may.
///
/// `Documentation/Diagnostics.md` shows a program that provokes each, and a test walks the cases.
public enum DiagnosticCode: String, CaseIterable, Sendable {
  // Text and tokens.
  case invalidUTF8 = "E0101"
  case unexpectedCharacter = "E0102"
  case unterminatedText = "E0103"
  case invalidNumber = "E0104"
  case unterminatedComment = "E0105"
  case invalidEscape = "E0106"
  case textTooLong = "E0107"

  // Grammar.
  case expected = "E0201"
  case unknownDirective = "E0202"
  case nestingTooDeep = "E0203"
  case misplacedCitation = "E0204"
  case misplacedCommand = "E0205"
  case preprocessor = "E0206"
  case includeFailed = "E0207"
  case ambiguousPath = "E0208"

  // Names.
  case unknownRelation = "E0301"
  case unknownProperty = "E0302"
  case unknownType = "E0303"
  case unknownFunctor = "E0304"
  case unknownBranch = "E0305"
  case unknownComponent = "E0306"
  case unknownParameter = "E0307"
  case duplicateDeclaration = "E0308"
  case ambiguousAlias = "E0309"
  case unknownArgument = "E0310"

  // Shapes and types.
  case wrongArity = "E0401"
  case typeMismatch = "E0402"
  case ungroundedVariable = "E0403"
  case unsafeNegation = "E0404"
  case unstratifiable = "E0405"
  case invalidAggregate = "E0406"
  case invalidFact = "E0407"
  case invalidQuery = "E0408"
  case invalidPath = "E0409"
  case invalidRecursion = "E0410"
  case invalidQualifier = "E0411"
  case cyclicType = "E0412"
  case cyclicInlining = "E0413"
  case invalidDirective = "E0414"
  case derivedRelation = "E0415"
  case invalidComponent = "E0416"
  case invalidSubsumption = "E0417"
  case invalidPlan = "E0418"

  // Facts against the graph.
  case schemaViolation = "E0501"
  case propertyConflict = "E0502"
  case constraintViolated = "E0503"
  case invalidPropertyType = "E0504"

  // While a query runs.
  case divisionByZero = "E0601"
  case invalidConversion = "E0602"
  case limitReached = "E0603"
  case interrupted = "E0604"
  case invalidPattern = "E0605"
  case negativeTerm = "E0606"
  case endlessRecursion = "E0607"
  case untranslatable = "E0608"

  // Files and the shell.
  case unreadableFile = "E0701"
  case invalidCommand = "E0702"
  case malformedRow = "E0705"

  // Remarks that stop nothing.
  case newName = "W0001"
  case aliasResolved = "W0002"
  case unitMismatch = "W0003"
  case mergedNodes = "W0005"
  case undirectedEdges = "W0006"
  case textColumn = "W0007"
  case roundedNumbers = "W0008"
  case doubtfulHeader = "W0009"
  case variableLikeNode = "W0010"
  case hiddenBuiltin = "W0011"
  case shortRows = "W0012"
  case ignoredParameter = "W0013"
  case surplusValues = "W0014"
  case singleUse = "W0015"
  case unkeptFacts = "W0016"
  case emptyRows = "W0017"
}
