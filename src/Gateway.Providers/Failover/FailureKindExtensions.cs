using Gateway.Policies;

namespace Gateway.Providers.Failover;

/// <summary>What a kind of failure says of the model.</summary>
public static class FailureKindExtensions
{
    /// <summary>Whether the model's side was at fault; otherwise the request was, and the model is well.</summary>
    public static bool IsFaultOfModel(this FailureKind kind) =>
        kind is not (FailureKind.ContextLength or FailureKind.ContentFilter or FailureKind.BadRequest or FailureKind.PrefillRejected);
}
