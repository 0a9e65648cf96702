namespace Gateway.Budgets;

/// <summary>The most that a request may cost, to be held on all its counters at once.</summary>
public sealed record Reservation
{
    /// <summary>The longest <see cref="Lease"/>: a day.</summary>
    public static TimeSpan MaxLease { get; } = TimeSpan.FromDays(1);

    /// <summary>Unique within the partition. All attempts and hedges of a request go by the same one.</summary>
    public required string RequestId { get; init; }

    /// <summary>What keeps its counters together, such as the organisation: no step concerns two partitions.</summary>
    public required string Partition { get; init; }

    /// <summary>
    /// For how long the hold lasts unless it is extended or settled, by the store's clock: 1 ms to <see cref="MaxLease"/>. Afterwards it is as if
    /// it had never been, which is how a crash gives back what it held.
    /// </summary>
    public required TimeSpan Lease { get; init; }

    /// <summary>Each on another counter. May be empty.</summary>
    public required IReadOnlyList<Charge> Charges { get; init; }

    /// <exception cref="ArgumentException">It names what is wrong.</exception>
    internal void Check()
    {
        ArgumentException.ThrowIfNullOrEmpty(RequestId);
        CheckLease(Lease);
        for (int i = 0; i < Charges.Count; i++)
        {
            var charge = Charges[i];
            BudgetAmount.Check(charge.LimitAmount, "The limit of", charge.Counter);
            BudgetAmount.Check(charge.Hold, "The hold on", charge.Counter);

            // They are few: a set of them would take longer.
            for (int other = 0; other < i; other++)
            {
                if (charge.Counter == Charges[other].Counter)
                {
                    throw new ArgumentException($"The request {RequestId} has two charges on {charge.Counter}. Add them up.");
                }
            }
        }
    }

    internal static void CheckLease(TimeSpan lease)
    {
        if (lease < TimeSpan.FromMilliseconds(1) || lease > MaxLease)
        {
            throw new ArgumentOutOfRangeException(nameof(lease), lease, $"A lease is 1 ms to {MaxLease}.");
        }
    }
}
