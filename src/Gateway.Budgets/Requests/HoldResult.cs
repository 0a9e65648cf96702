namespace Gateway.Budgets;

/// <summary>Whether a request may run: one of the three below.</summary>
public abstract record HoldResult
{
    private HoldResult()
    {
    }

    /// <summary>It may.</summary>
    public sealed record Held(RequestHold Hold) : HoldResult;

    /// <summary>A hard limit leaves too little.</summary>
    /// <param name="Charge">Of several such limits the one whose window ends last.</param>
    /// <param name="Left">What is left of it; negative when it is overdrawn.</param>
    public sealed record Refused(LimitCharge Charge, long Left) : HoldResult;

    /// <summary>The store does not answer, and the policy does not let the request through without it.</summary>
    /// <param name="Charge">The limit that does not; null when too many settlements wait already.</param>
    public sealed record Unavailable(LimitCharge? Charge, string Problem) : HoldResult;
}
