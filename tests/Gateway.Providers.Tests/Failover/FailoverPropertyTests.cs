using FsCheck;
using FsCheck.Fluent;
using Gateway.Policies;
using Gateway.Providers.Simulation;
using Xunit;

namespace Gateway.Providers.Tests.Failover;

/// <summary>Whatever goes wrong, and however often.</summary>
public sealed class FailoverPropertyTests
{
    private static readonly Gen<Fault> Faults =
        from kind in Gen.Elements(Enum.GetValues<FaultKind>())
        from status in Gen.Elements(400, 401, 404, 408, 429, 500, 502, 503, 529)
        from seconds in Gen.Choose(1, 30)
        from tokens in Gen.Choose(0, 70)
        from times in Gen.Elements(1, 2, 3, 100)
        from isForEver in Gen.Elements(true, false)
        select new Fault
        {
            Kind = kind,
            Status = kind == FaultKind.Status ? status : 0,
            RetryAfter = kind == FaultKind.Status && status == 429 ? TimeSpan.FromSeconds(seconds) : null,
            Duration = isForEver && kind is not (FaultKind.SlowFirstToken or FaultKind.SlowTokens) ? null : TimeSpan.FromSeconds(seconds),
            Tokens = tokens,
            Times = times,
        };

    private static readonly Gen<Case> Cases =
        from faults in Gen.ListOf(Faults)
        from targets in Gen.ListOf(Gen.Choose(0, 2))
        from maxAttempts in Gen.Choose(1, 6)
        from hedges in Gen.Elements(true, false)
        from retries in Gen.Choose(0, 3)
        from stream in Gen.Elements(true, true, false)
        from prefills in Gen.Choose(0, 7)
        select new Case([.. faults.Zip(targets)], maxAttempts, hedges, retries, stream, prefills);

    [Fact]
    public void Ask_AnyFaults_GivesTheExactAnswerOrAnErrorWithinTheLimits() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll(Cases.ToArbitrary(), async one =>
        {
            var (scene, answer) = await RunAsync(one);
            Assert.True(scene.Calls.Count <= one.MaxAttempts, $"{scene.Calls.Count} calls.");
            Assert.Equal(scene.Calls.Count, answer.Result.Attempts.Length);
            Assert.StartsWith(answer.Text, SimulatedText.Whole(Scene.Tokens), StringComparison.Ordinal);
            if (answer.IsWhole)
            {
                answer.AssertWhole();
            }
            else
            {
                Assert.NotNull(answer.Result.Failure);
            }
        }));

    [Fact]
    public async Task Ask_AThousandCasesTwice_TakeTheSameCourse()
    {
        foreach (var one in Cases.Sample(1000, 20))
        {
            Assert.Equal(await CourseAsync(one), await CourseAsync(one));
        }
    }

    private static async Task<string> CourseAsync(Case one)
    {
        var (_, answer) = await RunAsync(one);
        var attempts = answer.Result.Attempts.Select(attempt =>
            $"{attempt.Model.Provider} {attempt.Role} {attempt.Outcome} {attempt.StartedAfter} {attempt.Duration}");
        return $"{answer.Took} {answer.FirstText} {answer.Text.Length} {string.Join(", ", attempts)}";
    }

    private static async Task<(Scene Scene, Answer Answer)> RunAsync(Case one)
    {
        var policy = FailoverPolicy.Default with
        {
            Requests = RouteFailover.Default with { MaxAttempts = one.MaxAttempts, Hedge = one.Hedges ? new HedgePolicy { MaxShare = 1 } : null },
            Attempts = AttemptRules.Default with { Retry = new RetryPolicy { Times = one.Retries } },
        };
        string[] names = ["alpha", "beta", "gamma"];
        var models = names.Select((name, index) => Scene.Model(name, (one.Prefills >> index & 1) == 0 ? PrefillDialect.None : PrefillDialect.Plain));
        var scene = new Scene(policy, models);
        foreach (var (fault, target) in one.Faults)
        {
            scene.With(names[target], fault);
        }

        return (scene, await scene.AskOnceAsync(one.Stream));
    }

    private sealed record Case(IReadOnlyList<(Fault Fault, int Target)> Faults, int MaxAttempts, bool Hedges, int Retries, bool Stream, int Prefills)
    {
        public override string ToString() =>
            $"max {MaxAttempts}, hedges {Hedges}, retries {Retries}, stream {Stream}, prefills {Prefills}: {string.Join("; ", Faults)}";
    }
}
