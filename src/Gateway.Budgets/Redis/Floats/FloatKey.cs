namespace Gateway.Budgets;

/// <summary>The limits that a float is held under: requests of the same partition under the same limits share one.</summary>
internal sealed class FloatKey : IEquatable<FloatKey>
{
    private readonly int _hash;

    public FloatKey(string partition, IReadOnlyList<Charge> charges)
    {
        (Partition, Charges) = (partition, charges);
        var hash = default(HashCode);
        hash.Add(partition, StringComparer.Ordinal);
        foreach (var charge in charges)
        {
            hash.Add(charge.Counter);
        }

        _hash = hash.ToHashCode();
    }

    public string Partition { get; }

    /// <summary>What they hold does not matter here.</summary>
    public IReadOnlyList<Charge> Charges { get; }

    public bool Equals(FloatKey? other)
    {
        if (other is null || other.Partition != Partition || other.Charges.Count != Charges.Count)
        {
            return false;
        }

        for (int i = 0; i < Charges.Count; i++)
        {
            var (own, others) = (Charges[i], other.Charges[i]);
            if (own.LimitAmount != others.LimitAmount || own.IsHard != others.IsHard || own.WindowEnd != others.WindowEnd || own.Counter != others.Counter)
            {
                return false;
            }
        }

        return true;
    }

    public override bool Equals(object? obj) => Equals(obj as FloatKey);

    public override int GetHashCode() => _hash;
}
