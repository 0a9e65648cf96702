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
    private readonly ConcurrentDictionary<(string Model, BreakerPolicy Policy), CircuitBreaker> _breakers = new();

    internal CircuitBreaker For(ModelCard model, BreakerPolicy policy) =>
        _breakers.TryGetValue((model.QualifiedName, policy), out var known) ? known : _breakers.GetOrAdd((model.QualifiedName, policy), _ => Create(model, policy));

    private CircuitBreaker Create(ModelCard model, BreakerPolicy policy) => new(policy, time, state =>
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
    });
}
