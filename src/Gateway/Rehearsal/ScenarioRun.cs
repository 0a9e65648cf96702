using Gateway.Contracts.OpenAI;
using Gateway.Pipeline;
using Gateway.Policies;
using Gateway.Providers.Faults;
using Gateway.Providers.Simulation;
using Gateway.Routing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Rehearsal;

/// <summary>Carries out a scenario: the real router and the real failover, in front of simulated models, on virtual time.</summary>
internal sealed class ScenarioRun
{
    private readonly Scenario _scenario;
    private readonly PolicySnapshot _policies;
    private readonly OpenAIRequest _request;
    private readonly RequestProfile _profile;
    private readonly VirtualTime _time = new();
    private readonly SimulatedGateway _gateway;
    private readonly RehearsalObserver _observer = new();
    private readonly ScenarioModels _models;
    private int _inFlight;

    private ScenarioRun(Scenario scenario, PolicySnapshot policies)
    {
        (_scenario, _policies) = (scenario, policies);
        _request = RehearsedBody.Of(scenario.Request);
        _profile = RequestProfiler.Read(_request);
        _models = new ScenarioModels(scenario);
        var faults = new FaultBoard(_time, NullLogger<FaultBoard>.Instance);
        foreach (var (target, fault) in scenario.Faults)
        {
            faults.Inject(target, fault, duration: null);
        }

        _gateway = new SimulatedGateway(_time, _models, faults, _observer);
    }

    /// <summary>Runs the scenario and compares what happened with what it expects.</summary>
    public static Task<ScenarioResult> RunAsync(Scenario scenario, PolicySnapshot policies) => new ScenarioRun(scenario, policies).RunAsync();

    private async Task<ScenarioResult> RunAsync()
    {
        RehearsedAnswer[] answers = [];
        await _time.RunAsync(async () => answers = await Task.WhenAll(Enumerable.Range(0, _scenario.Before + 1).Select(AskAsync)).ConfigureAwait(false));
        return new ScenarioResult(_scenario, answers[^1], [.. new ScenarioVerdict(_scenario.Expect, _models, _observer).Problems(answers)]);
    }

    private async Task<RehearsedAnswer> AskAsync(int index)
    {
        await Task.Delay(_scenario.Every * index, _time).ConfigureAwait(false);
        _inFlight++;
        var model = _scenario.Request.Model;
        var pressure = _policies.Failover.BrownOut?.PressureAt(_inFlight) ?? 0;
        var decision = Router.Plan(new RoutingRequest(_policies, model, Key(), _profile, _gateway.Observe(), pressure, _time.GetUtcNow()));
        var answer = decision.HasPlan
            ? await TryAsync(decision.Plan).ConfigureAwait(false)
            : RehearsedAnswer.Refused(PlanStage.Refuse(model, decision).Error);
        _inFlight--;
        return answer;
    }

    private async Task<RehearsedAnswer> TryAsync(RoutePlan plan)
    {
        using var client = new SimulatedClient(_time);
        var start = _time.GetTimestamp();
        var result = await _gateway.AskAsync(_policies, plan, _request, client).ConfigureAwait(false);
        return RehearsedAnswer.Of(result, client, _time.GetElapsedTime(start));
    }

    private VirtualKey? Key() => _scenario.Request.Key is { } id ? _policies.Keys.All.Single(key => key.Id == id) : null;
}
