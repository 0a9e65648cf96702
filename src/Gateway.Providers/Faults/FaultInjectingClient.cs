using Gateway.Policies;

namespace Gateway.Providers.Faults;

/// <summary>
/// Has the calls of a provider's client fail as a <see cref="IFaultSource"/> says, in the way in which the real thing would show to
/// whoever called. A call without a fault goes straight to the client.
/// </summary>
public sealed class FaultInjectingClient(IProviderClient inner, IFaultSource faults, TimeProvider time) : IProviderClient
{
    public ProviderDialect Dialect => inner.Dialect;

    public Task<AttemptFailure?> SendAsync(AttemptRequest attempt, IAnswerSink sink, AnswerMeter meter, CancellationToken cancellationToken) =>
        faults.Next(attempt) is { } fault
            ? new FaultyCall(inner, fault, attempt, sink, meter, time).RunAsync(cancellationToken)
            : inner.SendAsync(attempt, sink, meter, cancellationToken);
}
