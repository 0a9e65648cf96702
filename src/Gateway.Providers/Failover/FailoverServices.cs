using System.Collections.Frozen;
using Gateway.Policies;
using Gateway.Routing;

namespace Gateway.Providers.Failover;

/// <summary>What failover stands on; one for the whole gateway.</summary>
public sealed class FailoverServices(
    IEnumerable<IProviderClient> clients,
    CircuitBreakers breakers,
    RetryBudget retries,
    HedgeBudget hedges,
    ObservationBoard board,
    IFailoverObserver observer,
    Jitter jitter,
    TimeProvider time)
{
    private readonly FrozenDictionary<ProviderDialect, IProviderClient> _clients = clients.ToFrozenDictionary(client => client.Dialect);

    public CircuitBreakers Breakers => breakers;

    public RetryBudget Retries => retries;

    public HedgeBudget Hedges => hedges;

    public ObservationBoard Board => board;

    public IFailoverObserver Observer => observer;

    public Jitter Jitter => jitter;

    public TimeProvider Time => time;

    public IProviderClient ClientFor(ProviderDialect dialect) => _clients[dialect];
}
