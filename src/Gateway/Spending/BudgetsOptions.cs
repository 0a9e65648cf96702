namespace Gateway.Spending;

/// <summary>The section <c>Budgets</c> of the configuration: where counters and ledger are kept. What is limited stands in <c>budgets.yaml</c>.</summary>
public sealed record BudgetsOptions
{
    public const string Section = "Budgets";

    public const string Auto = "auto";
    public const string Redis = "redis";
    public const string Embedded = "embedded";
    public const string None = "none";

    /// <summary>
    /// <c>embedded</c>: one SQLite file, for a single gateway. <c>redis</c>: the Redis of the section <c>Redis</c>, for any number. <c>auto</c>,
    /// the default: <c>redis</c> where one is configured, else <c>embedded</c>. <c>none</c>: nothing is counted and there is no ledger; requests
    /// under a limit are then refused.
    /// </summary>
    public string Store { get; init; } = Auto;

    /// <summary>
    /// The file of the embedded store; its folder is made. A relative path begins at <see cref="GatewayOptions.DataPath"/>. The default is
    /// <c>budgets.db</c>.
    /// </summary>
    public string Path { get; init; } = "budgets.db";

    /// <summary>For how long what a gateway holds outlives it, in seconds: 3 to 86,400. The default is 60.</summary>
    public double LeaseSeconds { get; init; } = 60;

    /// <summary>The most settlements that wait in memory while the store does not answer: 1 to 1,000,000. The default is 10,000.</summary>
    public int MaxPendingSettlements { get; init; } = 10_000;

    /// <summary>For how long a settled request is recognised, and a counter kept once its window is over, in hours: 0.1 to 720. The default is 24.</summary>
    public double MemoryHours { get; init; } = 24;

    /// <summary>
    /// With Redis: the most of what a hard limit leaves that each gateway holds beforehand for the requests under it, in percent: 0 to 5. Far from their limits
    /// requests then need not wait for Redis; where a limit leaves too little for two requests, each is asked for there. 0: each always is. The default is 0.5.
    /// </summary>
    public double FloatPercent { get; init; } = 0.5;

    /// <summary>What <see cref="Store"/> comes to.</summary>
    /// <param name="hasRedis">Whether a Redis is configured.</param>
    public string EffectiveStore(bool hasRedis) => Store != Auto ? Store : hasRedis ? Redis : Embedded;

    /// <summary>Every value that cannot be used, as <c>Budgets:Name: what to write</c>; empty when all is well.</summary>
    /// <param name="hasRedis">Whether a Redis is configured.</param>
    public IReadOnlyList<string> Validate(bool hasRedis)
    {
        List<string> errors = [];
        Check(Store is Auto or Redis or Embedded or None, nameof(Store), $"write {Auto}, {Embedded}, {Redis} or {None}");
        Check(Store != Redis || hasRedis, nameof(Store), $"set Redis:Configuration too, or write {Embedded}");
        Check(!string.IsNullOrWhiteSpace(Path), nameof(Path), "name a file");
        Check(LeaseSeconds is >= 3 and <= 86_400, nameof(LeaseSeconds), "write 3 to 86400");
        Check(MaxPendingSettlements is >= 1 and <= 1_000_000, nameof(MaxPendingSettlements), "write 1 to 1000000");
        Check(FloatPercent is >= 0 and <= 5, nameof(FloatPercent), "write 0 to 5");
        Check(MemoryHours is >= 0.1 and <= 720, nameof(MemoryHours), "write 0.1 to 720");
        return errors;

        void Check(bool holds, string name, string fix)
        {
            if (!holds)
            {
                errors.Add($"{Section}:{name}: {fix}.");
            }
        }
    }
}
