namespace Gateway.Budgets;

/// <summary>
/// The names of a partition's keys. All have the same hash tag, so that they lie on one node of a cluster, and the version of their layout:
/// <c>{budgets:acme}:v2:sums</c>. What they hold is said in <c>step.lua</c>.
/// </summary>
internal sealed class PartitionKeys(string partition)
{
    /// <summary>The set of all partitions, which is not part of any.</summary>
    public const string Partitions = "{budgets}:v2:partitions";

    /// <summary>The id of the SQL ledger that all partitions' entries go to.</summary>
    public const string LedgerHome = "{budgets}:v2:ledger-home";

    // Escaped: a brace in the partition's name would end the tag.
    private readonly string _prefix = $"{{budgets:{Uri.EscapeDataString(partition)}}}:v2:";

    public string Sums => _prefix + "sums";

    public string Requests => _prefix + "requests";

    public string Leases => _prefix + "leases";

    public string Memory => _prefix + "memory";

    public string Drops => _prefix + "drops";

    public string Ledger => _prefix + "ledger";
}
