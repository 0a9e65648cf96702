namespace Gateway.Budgets;

/// <summary>The time over which a limit's counter sums up.</summary>
/// <param name="Id">
/// Names the window among all windows of all periods and zones, the same on every machine and after every restart. It does not depend on the
/// window's end, so that a change of the time zone's rules within a window does not begin a new sum. Ids of one limit sort by time.
/// <c>2026-11-21T23:00:00Z/day/2026-11-22T00:00:00+01:00/Europe/Berlin</c>: the start in UTC, the period, the start on the zone's clocks
/// and the zone; <see cref="LifetimeId"/> for a lifetime.
/// </param>
/// <param name="Start">The window's first moment, in UTC.</param>
/// <param name="End">The first moment after it, in UTC: the start of the next window.</param>
public sealed record BudgetWindow(string Id, DateTimeOffset Start, DateTimeOffset End)
{
    public const string LifetimeId = "all";

    /// <summary>All of time.</summary>
    public static BudgetWindow Lifetime { get; } = new(LifetimeId, DateTimeOffset.MinValue, DateTimeOffset.MaxValue);
}
