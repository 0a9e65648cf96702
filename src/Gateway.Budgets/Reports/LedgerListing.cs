using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using static Gateway.Budgets.Reports.ReportTable;

namespace Gateway.Budgets.Reports;

/// <summary>Every entry of a period with all its columns, for auditors.</summary>
public static class LedgerListing
{
    private static readonly JsonSerializerOptions Plain = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    private static readonly ImmutableArray<(ReportColumn Column, Func<StoredRecord, object?> Value)> Columns =
    [
        (Count("sequence"), row => row.Sequence),
        (Text("partition"), row => row.Partition),
        (Text("position"), row => row.Record.Position.Id),
        (Count("version"), row => row.Version),
        (Text("request_id"), row => row.Record.Entry.RequestId),
        (new("time", ReportKind.Time), row => row.Record.Entry.Time),
        (Text("organization"), row => row.Record.Entry.Scopes.Organization),
        (Text("team"), row => row.Record.Entry.Scopes.Team),
        (Text("project"), row => row.Record.Entry.Scopes.Project),
        (Text("key"), row => row.Record.Entry.Scopes.Key),
        (Text("user"), row => row.Record.Entry.Scopes.User),
        (new("tags", ReportKind.Json), row => JsonSerializer.Serialize(row.Record.Entry.Scopes.Tags, Plain)),
        (Text("route"), row => row.Record.Entry.Route),
        (Text("model"), row => row.Record.Entry.Model),
        (Text("provider"), row => row.Record.Entry.Provider),
        (Count("input_tokens"), row => row.Record.Entry.Tokens.Input),
        (Count("cached_input_tokens"), row => row.Record.Entry.Tokens.CachedInput),
        (Count("output_tokens"), row => row.Record.Entry.Tokens.Output),
        (Count("reasoning_tokens"), row => row.Record.Entry.Tokens.Reasoning),
        (Text("price_version"), row => row.Record.Entry.PriceVersion),
        (Money("cost_usd"), row => row.Record.Entry.Cost),
        (Count("cost_nano_usd"), row => row.Record.Entry.Cost),
        (Text("basis"), row => JsonNamingPolicy.CamelCase.ConvertName(row.Record.Entry.Basis.ToString())),
        (Text("outcome"), row => JsonNamingPolicy.CamelCase.ConvertName(row.Record.Entry.Outcome.ToString())),
        (Text("held"), row => row.Record.Position.WasHeld ? "true" : "false"),
        (new("attempts", ReportKind.Json), row => JsonSerializer.Serialize(row.Record.Entry.Attempts, Plain)),
        (Text("charges"), row => row.Charges),
    ];

    /// <summary>Rows are read while they are written, so that a month needs no more memory than a day.</summary>
    public static ReportTable Of(LedgerQueries queries, ReportPeriod period, ReportScope scope, CancellationToken cancellationToken = default) => new()
    {
        Name = "ledger",
        Facts = FactsOf(period, scope),
        Columns = [.. Columns.Select(column => column.Column)],
        Rows = queries.RecordsAsync(period.Start, period.End, scope, provider: null, cancellationToken)
            .Select(row => (IReadOnlyList<object?>)[.. Columns.Select(column => column.Value(row))]),
    };
}
