using Gateway.Policies;
using Xunit;

namespace Gateway.Providers.Tests.Failover;

/// <summary>When a second attempt starts, where it is hardest to tell: about as many answers are slow as the quantile leaves out.</summary>
public sealed class HedgeDelayTests
{
    private const int Requests = 2000;
    private const int Tokens = 5;
    private const double Slow = 2;

    private static readonly HedgePolicy Hedge = new() { Quantile = 0.95, MinDelay = TimeSpan.FromSeconds(0.3), MaxShare = 0.08 };

    [Theory]
    [InlineData(0.03)]
    [InlineData(0.04)]
    [InlineData(0.05)]
    [InlineData(0.06)]
    [InlineData(0.07)]
    public async Task Hedge_AsManySlowAnswersAsTheQuantileLeavesOut_TailFallsAtFewMoreCalls(double slowShare)
    {
        for (var seed = 1; seed <= 3; seed++)
        {
            var (p99, calls) = await RunAsync(seed, random => random.NextDouble() < slowShare ? Slow : 0.1 + (0.1 * random.NextDouble()));

            Assert.True(p99 <= 0.4 * Slow, $"Slow {slowShare}, seed {seed}: the 99th percentile is {p99} s.");
            Assert.True(calls <= 1.08, $"Slow {slowShare}, seed {seed}: {calls} calls per request.");
        }
    }

    [Fact]
    public async Task Hedge_LatenciesRiseEvenly_WhatTheQuantileLeavesOutIsHedged()
    {
        var (_, calls) = await RunAsync(seed: 1, random => 0.5 + random.NextDouble());

        Assert.InRange(calls, 1.04, 1.06);
    }

    private static async Task<(double P99, double Calls)> RunAsync(int seed, Func<Random, double> firstToken)
    {
        var random = new Random(seed);
        var scene = new Scene(FailoverPolicy.Default with { Requests = RouteFailover.Default with { Hedge = Hedge } });
        var seen = new List<double>();
        await scene.Time.RunAsync(async () =>
        {
            for (var i = 0; i < Requests; i++)
            {
                scene.Answering("alpha", firstToken(random), tokens: Tokens).Answering("beta", firstToken(random), tokens: Tokens);
                seen.Add((await scene.AskAsync().ConfigureAwait(false)).AssertWhole(Tokens).FirstText!.Value.TotalSeconds);
            }
        });

        seen.Sort();
        return (seen[(int)Math.Ceiling(0.99 * Requests) - 1], scene.Calls.Count / (double)Requests);
    }
}
