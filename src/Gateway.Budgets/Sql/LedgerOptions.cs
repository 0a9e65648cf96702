using Npgsql;

namespace Gateway.Budgets.Sql;

/// <summary>The section <c>Ledger</c> of the configuration. It may hold a password: give it in the environment, as <c>Ledger__Connection</c>.</summary>
public sealed record LedgerOptions
{
    public const string Section = "Ledger";

    /// <summary>
    /// The PostgreSQL database that the ledger is in, as <c>Host=db;Database=ledger;Username=gateway;Password=...</c> with the options of Npgsql.
    /// Empty, which is the default, for a SQLite file: then only one gateway may write.
    /// </summary>
    public string Connection { get; init; } = "";

    /// <summary>
    /// The SQLite file of the ledger while <see cref="Connection"/> is empty. Its folder is made. A relative path begins at the gateway's folder of
    /// data. The default is <c>ledger.db</c>.
    /// </summary>
    public string Path { get; init; } = "ledger.db";

    /// <summary>
    /// How long entries are left to gather once all that waited are written, in seconds: 0.05 to 60. The default is 1. A transaction has its price
    /// whatever is in it, so that many entries in one are cheap; reports lack the last ones for as long.
    /// </summary>
    public double IntervalSeconds { get; init; } = 1;

    /// <summary>The most entries in one transaction: 1 to 5,000. The default is 1,000.</summary>
    public int BatchSize { get; init; } = 1000;

    /// <summary>
    /// The share of its time that the writer is at work while no entry has waited for <see cref="MaxLagSeconds"/>: 0.01 to 1. The default is 0.25.
    /// Waiting for the database counts as work. It is one flow of work, so this is also the most of one core that it takes from requests.
    /// </summary>
    public double MaxBusyShare { get; init; } = 0.25;

    /// <summary>From which age of the oldest entry on the writer rests no more until it has caught up, in seconds: 1 to 86,400. The default is 30.</summary>
    public double MaxLagSeconds { get; init; } = 30;

    /// <summary>
    /// After how long without a sign of life another gateway takes over the entries that one was writing, in seconds: 1 to 86,400. The default is
    /// 60. Longer than <see cref="TimeoutSeconds"/>, so that nobody takes over from one that still writes; it would be harmless.
    /// </summary>
    public double ClaimAfterSeconds { get; init; } = 60;

    /// <summary>The longest that the database may take for one statement, in seconds: 1 to 3,600. The default is 30.</summary>
    public int TimeoutSeconds { get; init; } = 30;

    public bool IsPostgres => !string.IsNullOrWhiteSpace(Connection);

    /// <summary>Every value that cannot be used, as <c>Ledger:Name: what to write</c>; empty when all is well.</summary>
    public IReadOnlyList<string> Validate()
    {
        List<string> errors = [];

        // Neither the value nor the parser's message is shown: either may hold the password.
        Check(!IsPostgres || Parse() is { Host.Length: > 0 }, nameof(Connection), "it cannot be read. Write Host=...;Database=...;Username=...;Password=...");
        Check(IsPostgres || !string.IsNullOrWhiteSpace(Path), nameof(Path), "name a file");
        Check(IntervalSeconds is >= 0.05 and <= 60, nameof(IntervalSeconds), "write 0.05 to 60");
        Check(BatchSize is >= 1 and <= 5000, nameof(BatchSize), "write 1 to 5000");
        Check(MaxBusyShare is >= 0.01 and <= 1, nameof(MaxBusyShare), "write 0.01 to 1");
        Check(MaxLagSeconds is >= 1 and <= 86_400, nameof(MaxLagSeconds), "write 1 to 86400");
        Check(ClaimAfterSeconds is >= 1 and <= 86_400, nameof(ClaimAfterSeconds), "write 1 to 86400");
        Check(TimeoutSeconds is >= 1 and <= 3600, nameof(TimeoutSeconds), "write 1 to 3600");
        return errors;

        void Check(bool holds, string name, string fix)
        {
            if (!holds)
            {
                errors.Add($"{Section}:{name}: {fix}.");
            }
        }
    }

    /// <summary>Null when <see cref="Connection"/> cannot be read.</summary>
    internal NpgsqlConnectionStringBuilder? Parse()
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(Connection);
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or OverflowException or KeyNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Without <see cref="Connection"/>, which may hold a password.</summary>
    public override string ToString() => $"{Section} ({(IsPostgres ? "PostgreSQL" : Path)})";
}
