namespace Gateway.Budgets;

/// <summary>The end of a request: what it cost on each of its counters, and its entry in the ledger.</summary>
public sealed record Settlement
{
    private Settlement(string partition, IReadOnlyList<Actual> actuals, LedgerEntry entry)
    {
        Partition = partition;
        Actuals = actuals;
        Entry = entry;
    }

    public string RequestId => Entry.RequestId;

    public string Partition { get; }

    /// <summary>One for each charge of the reservation.</summary>
    public IReadOnlyList<Actual> Actuals { get; }

    public LedgerEntry Entry { get; }

    /// <summary>A settlement that was made before, and kept.</summary>
    internal static Settlement Again(string partition, IReadOnlyList<Actual> actuals, LedgerEntry entry) => new(partition, actuals, entry);

    /// <summary>
    /// Settles a reservation, whether or not it was made. A charge of which no amount is known settles at its hold, and the entry then says
    /// so (<see cref="CostBasis.Hold"/>): nothing becomes free because its price is unknown.
    /// </summary>
    /// <param name="known">What is known of the amounts. They may be higher than the holds.</param>
    /// <exception cref="ArgumentException">An amount is out of range or on no counter of the reservation, or the entry is another request's.</exception>
    public static Settlement Of(Reservation reservation, IReadOnlyDictionary<CounterId, long> known, LedgerEntry entry)
    {
        reservation.Check();
        if (entry.RequestId != reservation.RequestId)
        {
            throw new ArgumentException($"The entry of request {entry.RequestId} cannot settle request {reservation.RequestId}.");
        }

        var actuals = new Actual[reservation.Charges.Count];
        int found = 0;
        for (int i = 0; i < actuals.Length; i++)
        {
            var charge = reservation.Charges[i];
            bool isKnown = known.TryGetValue(charge.Counter, out long amount);
            found += isKnown ? 1 : 0;
            BudgetAmount.Check(amount, "The amount on", charge.Counter);
            actuals[i] = new Actual(charge.Counter, isKnown ? amount : charge.Hold, charge.WindowEnd);
        }

        if (found < known.Count)
        {
            throw new ArgumentException($"Request {entry.RequestId} has amounts on counters on which it has no charge.");
        }

        return new Settlement(reservation.Partition, actuals, found < actuals.Length ? entry with { Basis = CostBasis.Hold } : entry);
    }
}
