using Gateway.Policies;
using Gateway.Providers.Failover;
using Xunit;

namespace Gateway.Providers.Tests.Failover;

public sealed class CircuitBreakerTests
{
    private static readonly FailoverPolicy NoRetries = FailoverPolicy.Default with
    {
        Attempts = AttemptRules.Default with { Retry = new RetryPolicy { Times = 0 } },
    };

    [Fact]
    public async Task Circuit_ProviderDownForAMinute_OpensProbesAndCloses()
    {
        var scene = new Scene(NoRetries).With("alpha", FaultCatalogueTests.Status(503) with { For = TimeSpan.FromSeconds(60) });
        var answers = await OneASecondAsync(scene, 90);

        Assert.All(answers, answer => answer.AssertWhole());
        Assert.Equal(CircuitState.Closed, scene.Circuits[^1].State);
        Assert.InRange(scene.Circuits[^1].At.TotalSeconds, 60, 80);

        // Five calls open it; then one probe every fifteen seconds, until one of them finds the provider well.
        Assert.InRange(answers.Take(60).Sum(answer => answer.Attempts.Count(attempt => attempt.StartsWith("alpha", StringComparison.Ordinal))), 5, 9);
        answers[^1].AssertAttempts("alpha First Answered");
    }

    [Fact]
    public async Task Circuit_OpenEverywhere_IsAnErrorThatSaysWhenToComeBack()
    {
        var scene = new Scene(NoRetries).With("alpha", FaultCatalogueTests.Status(500)).With("beta", FaultCatalogueTests.Status(500));
        var answers = await OneASecondAsync(scene, 10);

        answers[^1].AssertFailed(FailureKind.Overloaded).AssertAttempts();
        Assert.NotNull(answers[^1].Result.Failure!.Error.RetryAfter);
        Assert.Equal(["alpha", "beta"], scene.Circuits.Where(circuit => circuit.State == CircuitState.Open).Select(circuit => circuit.Model));
    }

    [Fact]
    public async Task Circuit_MistakesOfCallers_DoNotOpenIt()
    {
        var scene = new Scene(NoRetries).With("alpha", FaultCatalogueTests.Status(400));
        await OneASecondAsync(scene, 20);

        Assert.Empty(scene.Circuits);
    }

    [Fact]
    public async Task Circuit_StreamsThatBreakInTheMiddle_OpenIt()
    {
        var scene = new Scene(NoRetries).With("alpha", new Fault { Kind = FaultKind.CutAfter, Tokens = 40 });
        var answers = await OneASecondAsync(scene, 20);

        Assert.All(answers, answer => answer.AssertWhole());
        Assert.Contains(scene.Circuits, circuit => circuit is { Model: "alpha", State: CircuitState.Open });
    }

    [Fact]
    public async Task Circuit_Changes_HappenOnTheThreadOfTheRequest()
    {
        var scene = new Scene(NoRetries).With("alpha", FaultCatalogueTests.Status(503) with { For = TimeSpan.FromSeconds(20) });
        var thread = 0;
        List<int> threads = [];
        scene.OnCircuit = () => threads.Add(Environment.CurrentManagedThreadId);
        await scene.Time.RunAsync(async () =>
        {
            thread = Environment.CurrentManagedThreadId;
            for (var second = 0; second < 60; second++)
            {
                await scene.AskAsync();
                await Task.Delay(TimeSpan.FromSeconds(1), scene.Time);
            }
        });

        Assert.NotEmpty(threads);
        Assert.All(threads, seen => Assert.Equal(thread, seen));
    }

    private static async Task<IReadOnlyList<Answer>> OneASecondAsync(Scene scene, int requests)
    {
        Answer[] answers = [];
        await scene.Time.RunAsync(async () => answers = await Task.WhenAll(Enumerable.Range(0, requests).Select(async second =>
        {
            await Task.Delay(TimeSpan.FromSeconds(second), scene.Time).ConfigureAwait(false);
            return await scene.AskAsync().ConfigureAwait(false);
        })));
        return answers;
    }
}
