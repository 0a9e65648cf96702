using Gateway.Policies;

namespace Gateway.Providers.Failover;

/// <summary>Is told what happens to requests while it happens: metrics, logs, the protocol of a rehearsal.</summary>
public interface IFailoverObserver
{
    /// <summary>A call goes out.</summary>
    /// <param name="request">The request.</param>
    /// <param name="model">Who is called.</param>
    /// <param name="role">Why.</param>
    /// <param name="cause">The attempt that led to this one; null for the first.</param>
    void AttemptStarted(FailoverRequest request, ModelCard model, AttemptRole role, AttemptRecord? cause);

    /// <summary>The time between two events with tokens.</summary>
    void TokenGap(ModelCard model, TimeSpan gap);

    /// <summary>A call has ended.</summary>
    void AttemptEnded(FailoverRequest request, AttemptRecord record);

    /// <summary>A model's circuit has changed its state.</summary>
    void CircuitChanged(ModelCard model, CircuitState state);
}
