using Gateway.Contracts.OpenAI;
using Gateway.Policies;
using Gateway.Providers.Failover;
using Gateway.Providers.Faults;
using Gateway.Routing;
using Microsoft.AspNetCore.Http;

namespace Gateway.Providers.Simulation;

/// <summary>The gateway's own failover, with its breakers and budgets, on virtual time and in front of simulated providers.</summary>
public sealed class SimulatedGateway
{
    /// <summary>As the running gateway does.</summary>
    private static readonly TimeSpan RefreshInterval = TimeSpan.FromSeconds(1);

    private readonly VirtualTime _time;
    private readonly FailoverExecutor _executor;
    private long? _refreshedAt;
    private int _requests;

    /// <param name="time">The clock.</param>
    /// <param name="models">How the models answer.</param>
    /// <param name="faults">What goes wrong.</param>
    /// <param name="observer">Is told what happens.</param>
    /// <param name="seed">Chooses the pauses: the same seed, the same course.</param>
    public SimulatedGateway(VirtualTime time, ISimulatedModels models, IFaultSource faults, IFailoverObserver observer, ulong seed = 1)
    {
        _time = time;
        Observations = new ObservationBoard(time);
        _executor = new FailoverExecutor(new FailoverServices(
            Enum.GetValues<ProviderDialect>().Select(dialect => new FaultInjectingClient(new SimulatedProvider(dialect, models, time), faults, time)),
            new CircuitBreakers(Observations, observer, time),
            new RetryBudget(time),
            new HedgeBudget(),
            Observations,
            observer,
            new Jitter(seed),
            time));
    }

    public ObservationBoard Observations { get; }

    /// <summary>What is known about the models at this moment, as the running gateway would know it.</summary>
    public ObservationView Observe()
    {
        if (_refreshedAt is not { } at || _time.GetElapsedTime(at) >= RefreshInterval)
        {
            Observations.Refresh([]);
            _refreshedAt = _time.GetTimestamp();
        }

        return Observations.Current;
    }

    /// <summary>Has a plan carried out.</summary>
    /// <param name="policies">The snapshot.</param>
    /// <param name="plan">Who may answer.</param>
    /// <param name="request">What is asked.</param>
    /// <param name="client">Who asks.</param>
    /// <param name="requestId">The request's id; null for its number.</param>
    /// <param name="clientGone">Fires when the client goes away.</param>
    public Task<FailoverResult> AskAsync(
        PolicySnapshot policies,
        RoutePlan plan,
        OpenAIRequest request,
        SimulatedClient client,
        string? requestId = null,
        CancellationToken clientGone = default) =>
        _executor.RunAsync(
            new FailoverRequest
            {
                RequestId = requestId ?? $"{++_requests}",
                Policies = policies,
                Plan = plan,
                Request = request,
                ClientHeaders = new HeaderDictionary(),
                StartedAt = _time.GetTimestamp(),
                Clock = new WaitClock(_time),
            },
            client,
            clientGone);
}
