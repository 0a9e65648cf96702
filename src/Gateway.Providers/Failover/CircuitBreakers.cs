using System.Collections.Concurrent;
using Gateway.Policies;
using Gateway.Routing;

namespace Gateway.Providers.Failover;

/// <summary>
/// The breakers of this process, one per model. A reload that changes a breaker's policy begins with a closed circuit; any other reload
/// keeps what is known.
/// </summary>
public sealed class CircuitBreakers(ObservationBoard board, IFailoverObserver observer, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, Entry> _breakers = new(StringComparer.Ordinal);

    internal CircuitBreaker For(ModelCard model, BreakerPolicy policy)
    {
        if (_breakers.TryGetValue(model.QualifiedName, out var known) && known.Policy == policy)
        {
            return known.Breaker;
        }

        var fresh = new Entry(policy, Create(model, policy));
        var entry = _breakers.AddOrUpdate(model.QualifiedName, fresh, (_, current) => current.Policy == policy ? current : fresh);
        if (known is not null && entry == fresh)
        {
            Apply(model, policy, CircuitState.Closed);
        }

        return entry.Breaker;
    }

    private CircuitBreaker Create(ModelCard model, BreakerPolicy policy) => new(policy, time, state => Apply(model, policy, state));

    private void Apply(ModelCard model, BreakerPolicy policy, CircuitState state)
    {
        if (state == CircuitState.Open)
        {
            // Until then the router puts the model last. Then it is planned again as usual, and the first request that tries it is the probe.
            board.Suspend(model, time.GetUtcNow() + policy.OpenFor);
        }
        else if (state == CircuitState.Closed)
        {
            board.Resume(model);
        }

        observer.CircuitChanged(model, state);
    }

    private sealed record Entry(BreakerPolicy Policy, CircuitBreaker Breaker);
}
