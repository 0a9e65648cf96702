using System.Text.Encodings.Web;
using System.Text.Json;

namespace Gateway.Budgets.Sql;

/// <summary>A record as the SQL ledger holds it: the whole entry, and beside it, in columns, what is asked for by.</summary>
internal sealed record LedgerRow
{
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public required IncomingRecord Source { get; init; }

    public required LedgerEntry Entry { get; init; }

    public required long Version { get; init; }

    public required bool Held { get; init; }

    public required string Charges { get; init; }

    public required string EntryText { get; init; }

    public string Partition => Source.Partition;

    public string Position => Source.Position;

    public RequestKey Key => new(Partition, Entry.RequestId);

    /// <summary>In microseconds of Unix time, rounded down.</summary>
    public long Time => Micros(Entry.Time);

    /// <summary>As a JSON array, in ordinal order and each once, so that equal sets are equal texts.</summary>
    public string Tags => Entry.Scopes.Tags.IsDefaultOrEmpty
        ? "[]"
        : JsonSerializer.Serialize(Entry.Scopes.Tags.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray(), Plain);

    public string Basis => Entry.Basis switch
    {
        CostBasis.Reported => "reported",
        CostBasis.Estimated => "estimated",
        CostBasis.Hold => "hold",
        var other => throw new InvalidOperationException($"The basis {other} was not checked."),
    };

    public string Outcome => Entry.Outcome switch
    {
        LedgerOutcome.Completed => "completed",
        LedgerOutcome.Failed => "failed",
        LedgerOutcome.Abandoned => "abandoned",
        var other => throw new InvalidOperationException($"The outcome {other} was not checked."),
    };

    /// <exception cref="FormatException">It is damaged, or of a version that this build does not read. The message says which.</exception>
    public static LedgerRow Read(IncomingRecord source)
    {
        if (!source.Fields.TryGetValue("v", out var version) || version != Amounts.Text(LedgerFormat.Version))
        {
            throw new FormatException($"it has schema version '{version}'; this build reads {LedgerFormat.Version}");
        }

        if (!source.Fields.TryGetValue("held", out var held) || !source.Fields.TryGetValue("charges", out var charges)
            || !source.Fields.TryGetValue("entry", out var text))
        {
            throw new FormatException($"it has the fields {string.Join(", ", source.Fields.Keys)}; v, held, charges and entry belong there");
        }

        try
        {
            var record = LedgerFormat.Read(source.Position, held == "1", charges, text);
            Check(record.Entry);
            return new LedgerRow
            {
                Source = source,
                Entry = record.Entry,
                Version = LedgerFormat.Version,
                Held = held == "1",
                Charges = charges,
                EntryText = text,
            };
        }
        catch (BudgetStoreException exception)
        {
            throw new FormatException(exception.Message, exception);
        }
    }

    public static long Micros(DateTimeOffset time) => (time.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) / TimeSpan.TicksPerMicrosecond;

    private static void Check(LedgerEntry entry)
    {
        if (string.IsNullOrEmpty(entry.RequestId))
        {
            throw new FormatException("its request has no id");
        }

        // By their types they are there; JSON may say null in their place.
        if (entry is { Scopes: null } or { Tokens: null } or { Route: null } or { Model: null } or { Provider: null })
        {
            throw new FormatException("scopes, tokens, route, model and provider belong there");
        }

        if (!Enum.IsDefined(entry.Basis) || !Enum.IsDefined(entry.Outcome))
        {
            throw new FormatException($"its basis is '{entry.Basis}' and its outcome '{entry.Outcome}'; this build does not know both");
        }

        if (entry.Cost is < 0 or > BudgetAmount.Max)
        {
            throw new FormatException($"its cost {entry.Cost} is not within 0 and {BudgetAmount.Max} nano-dollars");
        }

        if (entry.Tokens is { Input: < 0 } or { CachedInput: < 0 } or { Output: < 0 } or { Reasoning: < 0 })
        {
            throw new FormatException("it has fewer than 0 tokens of a kind");
        }
    }
}
