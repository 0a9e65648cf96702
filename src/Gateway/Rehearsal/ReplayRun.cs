using Gateway.Pipeline;
using Gateway.Policies;
using Gateway.Providers.Failover;
using Gateway.Providers.Simulation;
using Gateway.Routing;
using Gateway.Spending;

namespace Gateway.Rehearsal;

/// <summary>Makes recorded requests again, under a policy, on virtual time, each when it came.</summary>
internal sealed class ReplayRun
{
    private readonly RecordedTraffic _traffic;
    private readonly PolicySnapshot _policies;
    private readonly VirtualTime _time;
    private readonly ReplayedModels _models;
    private readonly SimulatedGateway _gateway;
    private int _inFlight;

    private ReplayRun(RecordedTraffic traffic, PolicySnapshot policies)
    {
        (_traffic, _policies) = (traffic, policies);
        _time = new VirtualTime(traffic.Requests[0].Record.Time);
        _models = new ReplayedModels(traffic);
        _gateway = new SimulatedGateway(_time, _models, _models, new RehearsalObserver());
    }

    public static async Task<ReplaySummary> RunAsync(RecordedTraffic traffic, PolicySnapshot policies)
    {
        var run = new ReplayRun(traffic, policies);
        var outcomes = new ReplayOutcome[traffic.Requests.Count];
        await run._time.RunAsync(() => Task.WhenAll(traffic.Requests.Select(
            async (request, index) => outcomes[index] = await run.AskAsync(request, index).ConfigureAwait(false))));
        return ReplaySummary.Of(outcomes, run._models.Assumed);
    }

    private async Task<ReplayOutcome> AskAsync(ReplayedRequest request, int index)
    {
        await Task.Delay(request.After, _time).ConfigureAwait(false);
        _inFlight++;
        var decision = Router.Explain(new RoutingRequest(
            _policies,
            request.Record.Route,
            Key(request),
            request.Profile,
            _gateway.Observe(),
            _policies.Failover.BrownOut?.PressureAt(_inFlight) ?? 0,
            _time.GetUtcNow()));
        var outcome = decision.HasPlan
            ? await TryAsync(request, decision.Plan, index).ConfigureAwait(false)
            : new ReplayOutcome(RehearsedAnswer.Refused(PlanStage.Refuse(request.Record.Route, decision).Error), null, null);
        _inFlight--;
        return outcome;
    }

    private async Task<ReplayOutcome> TryAsync(ReplayedRequest request, RoutePlan plan, int index)
    {
        using var client = new SimulatedClient(_time);
        var start = _time.GetTimestamp();
        var result = await _gateway.AskAsync(_policies, plan, request.Body, client, requestId: $"{index + 1}").ConfigureAwait(false);
        var answer = RehearsedAnswer.Of(result, client, _time.GetElapsedTime(start));
        return new ReplayOutcome(answer, Cost(request, answer), plan.Scores.FirstOrDefault(score => score.Model == answer.Model)?.Quality);
    }

    /// <summary>What was cached is known only of the model that answered when it was recorded.</summary>
    private static long? Cost(ReplayedRequest request, RehearsedAnswer answer)
    {
        var answered = answer.Attempts.LastOrDefault(attempt => attempt.Outcome == AttemptOutcome.Answered);
        if (answer is not { Model.Prices: { } prices } || answered?.Usage is not { } usage)
        {
            return null;
        }

        var cached = request.Record.Attempts.FirstOrDefault(call => call.Model == answer.Model.QualifiedName)?.CachedInputTokens ?? 0;
        return Money.Cost(usage with { CachedInput = Math.Min(cached, usage.Input) }, prices);
    }

    private VirtualKey? Key(ReplayedRequest request) => request.Record.Key is { } id ? _policies.Keys.All.FirstOrDefault(key => key.Id == id) : null;
}
