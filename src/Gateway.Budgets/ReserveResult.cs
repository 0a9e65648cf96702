namespace Gateway.Budgets;

/// <summary>What became of a <see cref="Reservation"/>: one of the four below.</summary>
public abstract record ReserveResult
{
    private ReserveResult()
    {
    }

    /// <summary>How many holds of other requests this step gave back because their leases were over.</summary>
    public int Expired { get; init; }

    /// <summary>All is held, for the first time or raised.</summary>
    /// <param name="Counters">How they stand now, in the order of the charges.</param>
    public sealed record Reserved(IReadOnlyList<CounterState> Counters) : ReserveResult;

    /// <summary>
    /// Nothing is held, or no more than before: a hard limit leaves too little. Of several, the one whose window ends last, for until then the
    /// request cannot run.
    /// </summary>
    /// <param name="Left">What is left of the limit; negative when it is overdrawn.</param>
    public sealed record Refused(CounterId Counter, long Left, DateTimeOffset WindowEnd) : ReserveResult;

    /// <summary>The request was reserved before, and holds all of it already.</summary>
    /// <param name="Counters">How they stand now, in the order of the charges.</param>
    public sealed record AlreadyHeld(IReadOnlyList<CounterState> Counters) : ReserveResult;

    /// <summary>The request was settled before. Nothing is held.</summary>
    public sealed record AlreadySettled : ReserveResult;
}
