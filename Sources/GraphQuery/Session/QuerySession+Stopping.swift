import GraphCore

/// A query that was stopped before its end, with everything it had derived by then.
struct StoppedRun {
  let engine: Engine
  let strata: Strata
  let answer: RelationID
  let names: [String]
  let query: Query
  let range: Range<Int>?
  let terms: TermSpace
  let progress: QueryProgress
}

/// Watching a query that runs, and keeping what a stopped one has derived.
extension QuerySession {
  /// Makes what notes a run's progress, and tells it to `progressReport` where there is one. `places` says
  /// where the places of a question are that was lowered from another text.
  /// Where nobody is told, one that has served its run may serve again.
  func monitor(places: SpanTranslation? = nil, like former: ProgressMonitor? = nil)
    -> ProgressMonitor
  {
    guard let progressReport else {
      guard let former, !former.reports else { return ProgressMonitor(report: nil) }
      former.restart()
      return former
    }
    return ProgressMonitor { [sources] progress in
      let progress = places.map { $0(progress) } ?? progress
      progressReport(progress, progress.slowestRule.map { sources.place($0) })
    }
  }

  /// How far the last query had come when it was stopped, if it was, by Ctrl-C or by a limit.
  public var stoppedProgress: QueryProgress? { stoppedRun?.progress }

  /// The part of a stopped query's answer that follows from what it had derived.
  ///
  /// All rows hold, but for values that a recursion was still improving: these are bounds. Rules that
  /// ask what is not there, or aggregate, over something incomplete contribute nothing.
  ///
  /// - Parameter seconds: how long to go on deriving from what is there.
  /// - Returns: nothing where the last query was not stopped.
  public func partialAnswer(seconds: Double = 2) -> Answer? {
    guard let run = stoppedRun else { return nil }
    cancelToken.reset()
    let relations = run.engine.finishPartially(
      run.strata, limits: QueryLimits(timeout: seconds), token: cancelToken)
    let answer = try? Answer(
      relations[run.answer.index], names: run.names, query: run.query, range: run.range,
      terms: run.terms, limits: QueryLimits(), token: cancelToken)
    answer?.duration = UInt64(run.progress.seconds * 1e9)
    return answer
  }
}
