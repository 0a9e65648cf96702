using Gateway.Contracts.Errors;

namespace Gateway.Providers;

/// <summary>Why an attempt gave no complete answer.</summary>
/// <param name="Error">The gateway's view of it.</param>
/// <param name="MayFailOver">Whether another candidate may do better: true for faults of the provider, false for mistakes of the caller.</param>
public sealed record AttemptFailure(GatewayError Error, bool MayFailOver)
{
    /// <summary>The provider's own error answer, to be passed on byte for byte; null when there is none that clients can parse.</summary>
    public ProviderAnswer? Answer { get; init; }

    /// <summary>Whether the client has already been shown the failure inside the stream, in the provider's words.</summary>
    public bool IsTold { get; init; }
}
