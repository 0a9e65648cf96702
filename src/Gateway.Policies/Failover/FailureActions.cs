using System.Collections.Immutable;

namespace Gateway.Policies;

/// <summary>What follows each kind of failure when no file says otherwise.</summary>
public static class FailureActions
{
    /// <summary>Indexed by <see cref="FailureKind"/>.</summary>
    public static ImmutableArray<FailureAction> Default { get; } = [.. Enum.GetValues<FailureKind>().Select(Usual)];

    private static FailureAction Usual(FailureKind kind) => kind switch
    {
        FailureKind.RateLimited or FailureKind.Overloaded or FailureKind.ServerError or FailureKind.Unreachable => FailureAction.Retry,

        // What the caller wrote is at fault, and no other model would be asked anything else. A longer context is another matter: see
        // RouteFailover.Fallbacks.
        FailureKind.ContentFilter or FailureKind.BadRequest => FailureAction.Return,
        _ => FailureAction.FailOver,
    };
}
