using System.Collections.Immutable;
using System.Text;
using Gateway.Contracts.OpenAI;
using Gateway.Policies;
using Gateway.Providers.Failover;
using Gateway.Providers.Faults;
using Gateway.Providers.Simulation;
using Gateway.Routing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Gateway.Providers.Tests;

/// <summary>The real failover in front of simulated models, on virtual time. One route, <c>auto</c>, tries the models in their order.</summary>
internal sealed class Scene : ISimulatedModels, IFailoverObserver
{
    public const int Tokens = 60;

    private readonly PolicySnapshot _policies;
    private readonly SimulatedGateway _gateway;
    private readonly Dictionary<string, SimulatedCall> _calls = [];

    public Scene(FailoverPolicy? policy = null, params IEnumerable<ModelCard> models)
        : this(new VirtualTime(), policy, models)
    {
    }

    public Scene(VirtualTime time, FailoverPolicy? policy, params IEnumerable<ModelCard> models)
    {
        Time = time;
        Models = [.. models];
        Models = Models.IsEmpty ? [Model("alpha"), Model("beta")] : Models;
        var providers = Models.GroupBy(model => model.Provider)
            .Select(group => new ProviderDefinition { Name = group.Key, Dialect = ProviderDialect.OpenAI, Models = [.. group] });
        _policies = new PolicySnapshot(
            [.. providers],
            [new RouteDefinition { Name = "auto", Candidates = Models }],
            VirtualKeys.Empty,
            "",
            Time.GetUtcNow())
        {
            Failover = policy ?? FailoverPolicy.Default,
        };
        Faults = new FaultBoard(Time, NullLogger<FaultBoard>.Instance);
        _gateway = new SimulatedGateway(Time, this, Faults, this);
    }

    public ImmutableArray<ModelCard> Models { get; }

    public VirtualTime Time { get; }

    public FaultBoard Faults { get; }

    /// <summary>Every call that went out, as <c>provider/model role</c>.</summary>
    public List<string> Calls { get; } = [];

    public List<(TimeSpan At, string Model, CircuitState State)> Circuits { get; } = [];

    /// <summary>Called with each change of a circuit.</summary>
    public Action? OnCircuit { get; set; }

    public static ModelCard Model(string provider, PrefillDialect prefill = PrefillDialect.Plain, int window = 8192) =>
        new(provider, "m") { UpstreamModel = "m", ContextWindow = window, MaxOutputTokens = window, Prefill = prefill };

    public Scene With(string provider, Fault fault)
    {
        Faults.Inject(new FaultTarget(provider, null), fault, duration: null);
        return this;
    }

    public Scene Answering(string provider, double firstToken, double betweenTokens = 0.02, int tokens = Tokens)
    {
        _calls[provider] = new SimulatedCall(TimeSpan.FromSeconds(firstToken), TimeSpan.FromSeconds(betweenTokens), tokens, 10);
        return this;
    }

    /// <summary>Runs one request from start to end.</summary>
    public async Task<Answer> AskOnceAsync(bool stream = true, int choices = 1)
    {
        Answer? answer = null;
        await Time.RunAsync(async () => answer = await AskAsync(stream, choices).ConfigureAwait(false));
        return answer!;
    }

    /// <summary>One request, within <see cref="VirtualTime.RunAsync"/>.</summary>
    public async Task<Answer> AskAsync(bool stream = true, int choices = 1, CancellationToken clientGone = default)
    {
        _gateway.Observe();
        var request = OpenAIRequestReader.Read(OpenAIEndpoint.ChatCompletions, Encoding.UTF8.GetBytes(
            $$"""{"model":"auto","n":{{choices}},"stream":{{(stream ? "true" : "false")}},"messages":[{"role":"user","content":"Count."}]}"""));
        var plan = new RoutePlan("auto", Models) { Profile = RequestProfiler.Read(request) };
        using var client = new SimulatedClient(Time);
        var start = Time.Elapsed;
        var result = await _gateway.AskAsync(_policies, plan, request, client, clientGone: clientGone).ConfigureAwait(false);
        return new Answer(result, client.Text, client.IsWhole, Time.Elapsed - start, client.FirstText, client.Model);
    }

    public SimulatedCall Next(AttemptRequest attempt) => _calls.TryGetValue(attempt.Provider.Name, out var call)
        ? call
        : new SimulatedCall(TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(0.02), Tokens, 10);

    public void AttemptStarted(FailoverRequest request, ModelCard model, AttemptRole role, AttemptRecord? cause) => Calls.Add($"{model.Provider} {role}");

    public void TokenGap(ModelCard model, TimeSpan gap)
    {
    }

    public void AttemptEnded(FailoverRequest request, AttemptRecord record)
    {
    }

    public void CircuitChanged(ModelCard model, CircuitState state)
    {
        Circuits.Add((Time.Elapsed, model.Provider, state));
        OnCircuit?.Invoke();
    }
}
