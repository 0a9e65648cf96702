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

    /// <summary>In microseconds of Unix time, rounded down.</summary>
    public long Time => Micros(Entry.Time);

    /// <summary>As a JSON array, in ordinal order and each once, so that equal sets are equal texts.</summary>
    public string Tags => JsonSerializer.Serialize(Entry.Scopes.Tags.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal), Plain);

    public string Basis => JsonNamingPolicy.CamelCase.ConvertName(Entry.Basis.ToString());

    public string Outcome => JsonNamingPolicy.CamelCase.ConvertName(Entry.Outcome.ToString());

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
