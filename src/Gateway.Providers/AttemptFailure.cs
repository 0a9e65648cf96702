using Gateway.Contracts.Errors;
using Gateway.Policies;

namespace Gateway.Providers;

/// <summary>Why an attempt gave no complete answer.</summary>
/// <param name="Error">The gateway's view of it.</param>
/// <param name="Kind">What the failover policy tells apart.</param>
public sealed record AttemptFailure(GatewayError Error, FailureKind Kind)
{
    /// <summary>The provider's own error answer, to be passed on byte for byte; null when there is none that clients can parse.</summary>
    public ProviderAnswer? Answer { get; init; }

    /// <summary>Whether the time of the whole request was over with it: nobody else is called then, whatever the clock says.</summary>
    public bool IsEndOfRequest { get; init; }
}
