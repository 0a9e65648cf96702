namespace Gateway.Routing.Difficulty.Evaluation;

/// <summary>What the model is worth on the prompts of one source.</summary>
/// <param name="Source">The source's name, or <c>all</c>.</param>
/// <param name="Rows">The count of prompts.</param>
/// <param name="WeakAccuracy">The share that the weak model answers rightly.</param>
/// <param name="StrongAccuracy">The share that the strong model answers rightly.</param>
/// <param name="Apgr">The average performance gap recovered; null when there is no gap.</param>
/// <param name="Cpt50">The share of strong calls that recovers half of the gap; null when there is no gap.</param>
/// <param name="Cpt80">The share of strong calls that recovers 80 % of the gap; null when there is no gap.</param>
/// <param name="Weak">The calibration of <see cref="DifficultyEstimate.WeakSucceeds"/>.</param>
/// <param name="Strong">The calibration of <see cref="DifficultyEstimate.StrongSucceeds"/>.</param>
public sealed record SourceReport(
    string Source,
    int Rows,
    double WeakAccuracy,
    double StrongAccuracy,
    double? Apgr,
    double? Cpt50,
    double? Cpt80,
    CalibrationQuality Weak,
    CalibrationQuality Strong)
{
    /// <summary>The name under which the prompts of all sources are reported together.</summary>
    public const string AllSources = "all";

    /// <param name="outcomes">At least one.</param>
    public static SourceReport Of(string source, IReadOnlyCollection<RoutedOutcome> outcomes)
    {
        var curve = RoutingCurve.Measure(outcomes);
        return new SourceReport(
            source,
            outcomes.Count,
            curve.WeakAccuracy,
            curve.StrongAccuracy,
            curve.AverageGapRecovered,
            curve.CallsFor(0.5),
            curve.CallsFor(0.8),
            CalibrationQuality.Measure([.. outcomes.Select(outcome => (outcome.Estimate.WeakSucceeds, outcome.Weak))]),
            CalibrationQuality.Measure([.. outcomes.Select(outcome => (outcome.Estimate.StrongSucceeds, outcome.Strong))]));
    }

    /// <summary>A report for each source, by name, then one for all prompts together.</summary>
    /// <param name="outcomes">By example, at least one.</param>
    public static IReadOnlyList<SourceReport> BySource(IReadOnlyList<RoutingExample> examples, IReadOnlyList<RoutedOutcome> outcomes) =>
    [
        .. examples.Zip(outcomes)
            .GroupBy(pair => pair.First.Source, pair => pair.Second, StringComparer.Ordinal)
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => Of(group.Key, [.. group])),
        Of(AllSources, outcomes),
    ];
}
