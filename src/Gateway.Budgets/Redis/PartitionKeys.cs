namespace Gateway.Budgets;

/// <summary>
/// The names of a partition's keys. All have the same hash tag, so that they lie on one node of a cluster, and the version of their layout:
/// <c>{budgets:acme}:v1:holds</c>.
/// </summary>
internal sealed class PartitionKeys(string partition)
{
    /// <summary>The set of all partitions, which is not part of any.</summary>
    public const string Partitions = "{budgets}:v1:partitions";

    /// <summary>The id of the SQL ledger that all partitions' entries go to.</summary>
    public const string LedgerHome = "{budgets}:v1:ledger-home";

    // Escaped: a brace in the partition's name would end the tag.
    private readonly string _prefix = $"{{budgets:{Uri.EscapeDataString(partition)}}}:v1:";

    public string Holds => _prefix + "holds";

    public string Leases => _prefix + "leases";

    public string Held => _prefix + "held";

    public string Ledger => _prefix + "ledger";

    public string Settled(string requestId) => $"{_prefix}settled:{requestId}";

    public string Spent(string counter) => $"{_prefix}spent:{counter}";
}
