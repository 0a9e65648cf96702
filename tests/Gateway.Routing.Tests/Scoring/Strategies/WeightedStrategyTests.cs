using System.Collections.Immutable;
using Gateway.Policies;
using Xunit;

namespace Gateway.Routing.Tests.Scoring.Strategies;

public sealed class WeightedStrategyTests
{
    private static readonly ImmutableArray<ModelCard> Models = [Scene.Model("a/1"), Scene.Model("b/2"), Scene.Model("c/3"), Scene.Model("d/4")];

    [Fact]
    public void Plan_ManyFingerprints_FallInProportionToTheWeights()
    {
        const int requests = 20_000;
        double[] weights = [1, 2, 3, 4];

        var (first, second) = (new int[4], new int[4]);
        foreach (var plan in Plans(Models, [.. weights], requests))
        {
            Assert.Equal(RoutingReason.Weight, plan.Reason);
            first[Models.IndexOf(plan.Candidates[0])]++;
            second[Models.IndexOf(plan.Candidates[1])]++;
        }

        // Without replacement: second is j after i with probability w_i / W · w_j / (W - w_i).
        var seconds = Enumerable.Range(0, 4)
            .Select(j => Enumerable.Range(0, 4).Where(i => i != j).Sum(i => weights[i] / 10 * weights[j] / (10 - weights[i])))
            .ToArray();

        // The 0.999 quantile of chi-square with three degrees of freedom is 16.27.
        Assert.InRange(ChiSquare(first, [.. weights.Select(weight => weight / 10 * requests)]), 0, 16.27);
        Assert.InRange(ChiSquare(second, [.. seconds.Select(share => share * requests)]), 0, 16.27);
    }

    [Fact]
    public void Plan_NoWeights_FallAlike()
    {
        var first = new int[4];
        foreach (var plan in Plans(Models, [], 8000))
        {
            first[Models.IndexOf(plan.Candidates[0])]++;
        }

        Assert.InRange(ChiSquare(first, [2000, 2000, 2000, 2000]), 0, 16.27);
    }

    [Fact]
    public void Plan_CandidateGone_MovesOnlyItsOwnRequests()
    {
        foreach (var (all, without) in Plans(Models, [1, 2, 3, 4], 500).Zip(Plans(Models.RemoveAt(1), [1, 3, 4], 500)))
        {
            Assert.Equal(all.Candidates.Remove(Models[1]), without.Candidates);
        }
    }

    [Fact]
    public void Plan_WeightZero_IsTriedLastOnly()
    {
        Assert.All(Plans(Models, [1, 0, 3, 4], 200), plan => Assert.Equal("b/2", plan.Candidates[3].QualifiedName));
        Assert.All(Plans(Models, [0, 0, 0, 0], 200), plan => Assert.Equal(Models, plan.Candidates));
    }

    private static IEnumerable<RoutePlan> Plans(ImmutableArray<ModelCard> models, ImmutableArray<double> weights, int requests) =>
        new Scene { Models = models, Strategy = RoutingStrategy.Weighted, Route = route => route with { CandidateWeights = weights } }.Plans(requests);

    private static double ChiSquare(int[] observed, double[] expected) =>
        observed.Zip(expected, (seen, wanted) => (seen - wanted) * (seen - wanted) / wanted).Sum();
}
