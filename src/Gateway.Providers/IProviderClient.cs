using Gateway.Policies;

namespace Gateway.Providers;

/// <summary>Speaks one dialect. Implementations are stateless towards requests and safe for concurrent use.</summary>
public interface IProviderClient
{
    ProviderDialect Dialect { get; }

    /// <summary>
    /// Sends the request and delivers the answer as it comes. A complete answer gives null. Nothing but a cancelled
    /// <paramref name="cancellationToken"/> (the client went away) throws: every fault of a provider is a value.
    /// </summary>
    Task<AttemptFailure?> SendAsync(AttemptRequest attempt, IAnswerSink sink, AnswerMeter meter, CancellationToken cancellationToken);
}
