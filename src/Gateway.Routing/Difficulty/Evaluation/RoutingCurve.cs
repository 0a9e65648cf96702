using System.Collections.Immutable;

namespace Gateway.Routing.Difficulty.Evaluation;

/// <summary>
/// How accuracy rises with the share of prompts sent to the strong model, by RouteLLM's measure (Ong et al. 2024, arXiv:2406.18665, and
/// its evaluation code): eleven thresholds at the deciles of the scores; at each, prompts whose score reaches it go to the strong model.
/// Prompts with equal scores go the same way.
/// </summary>
public sealed class RoutingCurve
{
    private const int Steps = 10;

    private RoutingCurve(ImmutableArray<RoutingPoint> points, double weakAccuracy, double strongAccuracy)
    {
        Points = points;
        WeakAccuracy = weakAccuracy;
        StrongAccuracy = strongAccuracy;
    }

    /// <summary>Eleven points by rising share of strong calls, from 0 to 1.</summary>
    public ImmutableArray<RoutingPoint> Points { get; }

    /// <summary>The share that the weak model answers rightly, in [0, 1].</summary>
    public double WeakAccuracy { get; }

    /// <summary>The share that the strong model answers rightly, in [0, 1].</summary>
    public double StrongAccuracy { get; }

    /// <summary>
    /// The average performance gap recovered: the trapezoid area under (accuracy - weak) / (strong - weak) over the share of strong calls.
    /// 0.5 for a random order; above 1 is possible where the weak model is right and the strong one wrong. Null when both models are
    /// equally good, for then there is no gap.
    /// </summary>
    public double? AverageGapRecovered
    {
        get
        {
            if (StrongAccuracy == WeakAccuracy)
            {
                return null;
            }

            double area = 0;
            for (int i = 1; i < Points.Length; i++)
            {
                area += (Points[i].StrongShare - Points[i - 1].StrongShare) * (Points[i].GapRecovered + Points[i - 1].GapRecovered) / 2;
            }

            return area;
        }
    }

    /// <param name="outcomes">At least one; ranked by <see cref="DifficultyEstimate.Gain"/>.</param>
    public static RoutingCurve Measure(IReadOnlyCollection<RoutedOutcome> outcomes)
    {
        if (outcomes.Count == 0)
        {
            throw new ArgumentException("A curve needs at least one outcome.", nameof(outcomes));
        }

        int weakRight = outcomes.Count(outcome => outcome.Weak);
        int strongRight = outcomes.Count(outcome => outcome.Strong);
        double[] scores = [.. outcomes.Select(outcome => outcome.Estimate.Gain).Order()];
        var points = ImmutableArray.CreateBuilder<RoutingPoint>(Steps + 1);
        for (int step = Steps; step >= 0; step--)
        {
            double threshold = Quantile(scores, step);
            int strongCalls = 0, right = 0;
            foreach (var outcome in outcomes)
            {
                // Above the last threshold itself there is nobody: the curve starts at no strong call at all.
                bool isStrong = step < Steps && outcome.Estimate.Gain >= threshold;
                strongCalls += isStrong ? 1 : 0;
                right += (isStrong ? outcome.Strong : outcome.Weak) ? 1 : 0;
            }

            // From whole counts, so that a half is exactly a half.
            double recovered = strongRight == weakRight ? 0 : (double)(right - weakRight) / (strongRight - weakRight);
            points.Add(new RoutingPoint((double)strongCalls / outcomes.Count, (double)right / outcomes.Count, recovered));
        }

        return new RoutingCurve(points.MoveToImmutable(), (double)weakRight / outcomes.Count, (double)strongRight / outcomes.Count);
    }

    /// <summary>
    /// The call-performance threshold: the smallest share of strong calls at which so much of the gap is recovered, between points by
    /// straight lines. Null when both models are equally good.
    /// </summary>
    /// <param name="gapRecovered">The share of the gap, such as 0.5 or 0.8.</param>
    public double? CallsFor(double gapRecovered)
    {
        if (StrongAccuracy == WeakAccuracy)
        {
            return null;
        }

        for (int i = 0; i < Points.Length; i++)
        {
            double reached = Points[i].GapRecovered;
            if (reached >= gapRecovered)
            {
                double before = i == 0 ? reached : Points[i - 1].GapRecovered;
                double share = i == 0 ? Points[0].StrongShare : Points[i - 1].StrongShare;
                return reached == before
                    ? Points[i].StrongShare
                    : share + ((Points[i].StrongShare - share) * (gapRecovered - before) / (reached - before));
            }
        }

        return Points[^1].StrongShare;
    }

    /// <summary>The decile of sorted values, between two of them by a straight line (as numpy and pandas do by default).</summary>
    private static double Quantile(double[] sorted, int decile)
    {
        var (index, remainder) = Math.DivRem((long)decile * (sorted.Length - 1), Steps);
        double value = sorted[index];
        return remainder == 0 ? value : value + ((sorted[index + 1] - value) * remainder / Steps);
    }
}
