import GraphCore
import Testing

@testable import GraphQuery

/// Programs as SQL. That engines find the same rows is checked by `Scripts/check-sql`, where they are installed.
@Suite struct SQLTranslationTests {
  private func translate(_ program: String, _ dialect: SQLDialect = .duckdb)
    -> (script: String?, diagnostics: [Diagnostic])
  {
    let session = QuerySession()
    session.requiresDeclarations = true
    let loaded = session.load([SourceText(name: "p.dl", text: program)])
    #expect(loaded.isLoaded)
    return session.sql(dialect)
  }

  private func statements(_ program: String, _ dialect: SQLDialect = .duckdb) throws -> [String] {
    let (script, diagnostics) = translate(program, dialect)
    #expect(diagnostics.isEmpty)
    return try #require(script).split(separator: "\n\n").map {
      $0.split(separator: "\n").map { $0.drop { $0 == " " } }.joined(separator: " ")
    }
  }

  private func refusals(_ program: String, _ dialect: SQLDialect = .duckdb) -> [String] {
    let (script, diagnostics) = translate(program, dialect)
    #expect(script == nil)
    #expect(diagnostics.allSatisfy { $0.code == .untranslatable && $0.span != nil })
    return diagnostics.map(\.message)
  }

  static let reach = """
    .decl edge(from: symbol, to: symbol)
    .input edge
    .decl reach(from: symbol, to: symbol)
    reach(x, y) :- edge(x, y).
    reach(x, z) :- reach(x, y), edge(y, z).
    .output reach
    .printsize edge
    """

  @Test func inputsRecursionsAndOutputs() throws {
    #expect(
      try statements(Self.reach) == [
        #"CREATE TEMPORARY TABLE "edge" ("from" VARCHAR, "to" VARCHAR);"#,
        #"COPY "edge" FROM 'edge.facts' (FORMAT csv, DELIMITER '\t', HEADER false, QUOTE '', ESCAPE '', NULLSTR E'\x01', AUTO_DETECT false);"#,
        #"CREATE TEMPORARY TABLE "reach" AS WITH RECURSIVE rec("from", "to") AS ( (SELECT DISTINCT t1."from" AS "from", t1."to" AS "to" FROM "edge" AS t1) UNION SELECT s.* FROM rec AS d CROSS JOIN LATERAL ( SELECT d."from" AS "from", t1."to" AS "to" FROM "edge" AS t1 WHERE t1."from" = d."to" ) AS s ) SELECT * FROM rec;"#,
        #"COPY (SELECT DISTINCT * FROM "reach" ORDER BY 1, 2) TO 'reach.csv' (FORMAT csv, DELIMITER '\t', HEADER false, QUOTE '', ESCAPE '');"#,
        #"SELECT 'edge' AS relation, count(*) AS size FROM (SELECT DISTINCT * FROM "edge") AS r;"#,
      ])
  }

  @Test func factsWithoutRulesAndOutputsAreTables() throws {
    #expect(
      try statements(".decl p(x: number)\np(1).\n.decl q(x: number)\n") == [
        #"CREATE TEMPORARY TABLE "p" ("x" BIGINT);"#, #"INSERT INTO "p" VALUES (1);"#,
        #"CREATE TEMPORARY TABLE "q" AS SELECT CAST(NULL AS BIGINT) AS "x" WHERE FALSE;"#,
      ])
  }

  @Test func eachEngineHasItsWords() throws {
    let postgres = try statements(Self.reach, .postgres)
    #expect(
      postgres[0]
        == #"CREATE TEMPORARY TABLE "edge" ("from" TEXT COLLATE "C", "to" TEXT COLLATE "C");"#)
    #expect(postgres[1].hasPrefix(#"\copy "edge" FROM 'edge.facts' WITH (FORMAT csv"#))
    let program = """
      .decl e(a: number, t: symbol)
      .input e
      .decl q(a: number, t: symbol)
      q(a / 2, t) :- e(a, t), contains("晋'", t), a % x != 1, e(x, _).
      .output q
      """
    let spark = try statements(program, .spark)
    #expect(
      spark[0].hasPrefix(
        #"CREATE OR REPLACE TEMPORARY VIEW `e (file 1)` (`a` BIGINT, `t` STRING) USING csv OPTIONS (path 'e.facts'"#
      ))
    #expect(spark[1].hasSuffix("AS SELECT `a`, coalesce(`t`, '') AS `t` FROM `e (file 1)`;"))
    #expect(spark[2].contains(#"(t1.`a` div CAST(2 AS BIGINT))"#))
    #expect(spark[2].contains(#"contains(t1.`t`, '晋\'')"#))
    #expect(spark[2].contains("raise_error('division by zero')"))
    #expect(spark[3] == "SELECT DISTINCT * FROM `q` ORDER BY 1, 2;")
    let duckdb = try statements(program)
    #expect(duckdb[2].contains(#"contains(t1."t", '晋''')"#))
    #expect(
      duckdb[2].contains(
        #"CASE WHEN t2."a" = 0 THEN error('division by zero') ELSE (t1."a" % t2."a") END <> 1"#))
  }

  @Test func negationsAggregatesAndTotals() throws {
    let program = """
      .decl n(x: number)
      .decl e(x: number, y: number)
      n(1). n(-2). e(1, 2).
      .decl lone(x: number)
      lone(x) :- n(x), !e(x, _).
      .decl degree(x: number, d: number)
      degree(x, d) :- n(x), d = count : { e(x, _) }.
      .decl best(x: number, y: number)
      best(x, max y) :- e(x, y).
      .output lone, degree, best
      """
    let made = try statements(program)
    #expect(made.contains(#"INSERT INTO "n" VALUES (1), (CAST('-2' AS BIGINT));"#))
    #expect(
      made.contains(
        #"CREATE TEMPORARY TABLE "lone" AS SELECT DISTINCT t1."x" AS "x" FROM "n" AS t1 WHERE NOT EXISTS (SELECT 1 FROM "e" AS t2 WHERE t2."x" = t1."x");"#
      ))
    let degree = try #require(made.first { $0.hasPrefix(#"CREATE TEMPORARY TABLE "degree""#) })
    #expect(degree.contains("coalesce((SELECT t2."))
    #expect(degree.contains("), 0) AS BIGINT) AS \"d\""))
    let best = try #require(made.first { $0.hasPrefix(#"CREATE TEMPORARY TABLE "best""#) })
    #expect(best.contains(#"SELECT "x", max("y") AS "y" FROM ("#))
    #expect(best.hasSuffix(#"AS all_rows GROUP BY "x";"#))
  }

  /// Relations that depend on each other are one table of both.
  @Test func mutualRecursion() throws {
    let program = """
      .decl e(x: number, y: number)
      .input e
      .decl even(x: number)
      .decl odd(x: number)
      even(0).
      odd(y) :- even(x), e(x, y).
      even(y) :- odd(x), e(x, y).
      .output odd
      """
    let made = try statements(program)
    let both = try #require(made.first { $0.contains("WITH RECURSIVE") })
    #expect(both.contains("rec(tag, r1_1, r2_1)"))
    #expect(both.contains("UNION ALL"))
    #expect(
      made.contains(
        #"CREATE TEMPORARY TABLE "odd" AS SELECT r2_1 AS "x" FROM "even (recursion)" WHERE tag = 2;"#
      ))
  }

  @Test func onlyWhatOutputsNeedIsThere() throws {
    let program = """
      .decl a(x: number)
      .decl b(x: number)
      .decl c(x: number)
      a(1).
      b(x) :- a(x).
      c(x) :- a(x).
      .printsize b
      """
    #expect(try statements(program).contains { $0.contains("\"c\"") } == false)
  }

  /// An output that is all facts is no relation of any rule.
  @Test func factsAlone() throws {
    let made = try statements(
      ".decl p(x: number, t: symbol, f: float)\np(1, \"it's\", 0.5).\n.output p")
    #expect(
      made[1] == #"INSERT INTO "p" VALUES (1, 'it''s', CAST('0.5' AS DOUBLE));"#)
  }

  @Test func namesThatDifferInCapitalsAlone() throws {
    let made = try statements(
      ".decl P(x: number, X: number)\n.decl p(x: number)\nP(1, 2).\np(x) :- P(x, _).\n.output p, P")
    #expect(made[0] == #"CREATE TEMPORARY TABLE "P_2" ("x" BIGINT, "X_2" BIGINT);"#)
    #expect(made.contains { $0.hasPrefix(#"CREATE TEMPORARY TABLE "p" AS"#) })
  }

  struct Refusal: Sendable, CustomTestStringConvertible {
    var program: String
    var message: String
    var dialect = SQLDialect.duckdb

    var testDescription: String { message }
  }

  @Test(arguments: [
    Refusal(
      program: "t(x, y) :- e(x, y). t(x, z) :- t(x, y), t(y, z).",
      message: "a rule that reads its own recursion twice has no form in SQL"),
    Refusal(
      program: "t(x, min y) :- e(x, y). t(y, min d + 1) :- t(x, d), e(x, y).",
      message: "a minimum or maximum inside a recursion has no form in SQL"),
    Refusal(
      program: "t(x, y) :- e(x, y). t(a, b) <= t(a, c) :- b < c.",
      message: "a subsumption has no form in SQL"),
    Refusal(
      program: "t(x, y) :- e(x, y), y = ord(\"a\").", message: "`ord` has no form in SQL"),
    Refusal(
      program: "t(x, c) :- component[e](x, c).", message: "`component[…]` has no form in SQL"),
    Refusal(
      program: "t(x, x) :- e(x, _). t(x, z) :- t(x, y), e(y, z).",
      message: "spark has no recursion that ends where nothing new comes", dialect: .spark),
  ])
  func whatSQLCannotSayIsTold(_ refusal: Refusal) {
    let program = """
      .decl e(x: number, y: number)
      .decl t(x: number, y: number)
      e(1, 2).
      \(refusal.program)
      .output t
      """
    #expect(refusals(program, refusal.dialect) == [refusal.message])
  }

  /// A quote with a combining mark behind it ends a text for an engine all the same.
  @Test(arguments: [
    (SQLDialect.duckdb, "'a''\u{301}\\b'", "\"a\"\"\u{301}\""),
    (SQLDialect.postgres, "'a''\u{301}\\b'", "\"a\"\"\u{301}\""),
    (SQLDialect.spark, "'a\\'\u{301}\\\\b'", "`a\"\u{301}`"),
  ])
  func quotesAreEscapedWhateverFollows(_ dialect: SQLDialect, _ text: String, _ name: String) {
    #expect(Array(dialect.text("a'\u{301}\\b").utf8) == Array(text.utf8))
    #expect(Array(dialect.name("a\"\u{301}").utf8) == Array(name.utf8))
    #expect(Array(SQLDialect.spark.name("`\u{301}").utf8) == Array("```\u{301}`".utf8))
  }

  /// Every reason is told, not only the first.
  @Test func allReasonsAreTold() {
    let program = """
      .type pair = [a: number, b: number]
      .decl p(x: pair)
      .decl q(x: number, y: number) choice-domain x
      .decl r(x: number, y: number) eqrel
      p([1, 2]). q(1, 2). r(1, 2).
      .output p, q, r
      """
    #expect(
      refusals(program) == [
        "duckdb has no type for `x` of `p`, which is a record",
        "`choice-domain` has no form in SQL", "an `eqrel` relation has no form in SQL",
      ])
  }
}
