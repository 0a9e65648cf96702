using Gateway.Policies;

namespace Gateway.Providers;

/// <summary>Speaks one dialect. Implementations are stateless towards requests and safe for concurrent use.</summary>
public interface IProviderClient
{
    ProviderDialect Dialect { get; }

    /// <summary>
    /// Sends the request and delivers the answer as it comes. A complete answer gives null. Every fault of a provider is a value;
    /// what throws is <see cref="OperationCanceledException"/>, when the client went away.
    /// </summary>
    Task<AttemptFailure?> SendAsync(AttemptRequest attempt, IAnswerSink sink, AnswerMeter meter, CancellationToken cancellationToken);
}
