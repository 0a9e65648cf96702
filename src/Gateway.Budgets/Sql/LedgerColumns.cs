using System.Collections.Immutable;

namespace Gateway.Budgets.Sql;

/// <summary>The columns of the table <c>ledger</c>, but for its sequence.</summary>
internal static class LedgerColumns
{
    public static ImmutableArray<LedgerColumn> All { get; } =
    [
        Text("partition", row => row.Partition),
        Text("request", row => row.Entry.RequestId),
        Integer("version", row => row.Version),
        Text("position", row => row.Position),
        Integer("held", row => row.Held ? 1 : 0),
        Integer("time_us", row => row.Time),
        Text("organization", row => row.Entry.Scopes.Organization),
        Text("team", row => row.Entry.Scopes.Team),
        Text("project", row => row.Entry.Scopes.Project),
        Text("key_id", row => row.Entry.Scopes.Key),
        Text("user_id", row => row.Entry.Scopes.User),
        Text("tags", row => row.Tags),
        Text("route", row => row.Entry.Route),
        Text("model", row => row.Entry.Model),
        Text("provider", row => row.Entry.Provider),
        Integer("input_tokens", row => row.Entry.Tokens.Input),
        Integer("cached_input_tokens", row => row.Entry.Tokens.CachedInput),
        Integer("output_tokens", row => row.Entry.Tokens.Output),
        Integer("reasoning_tokens", row => row.Entry.Tokens.Reasoning),
        Text("price_version", row => row.Entry.PriceVersion),
        Integer("cost", row => row.Entry.Cost),
        Text("basis", row => row.Basis),
        Text("outcome", row => row.Outcome),
        Integer("attempts", row => row.Entry.Attempts.Length),
        Text("charges", row => row.Charges),
        Text("entry", row => row.EntryText),
    ];

    public static string List { get; } = string.Join(", ", All.Select(column => column.Name));

    private static LedgerColumn Text(string name, Func<LedgerRow, string?> value) => new(name, value, Integer: null);

    private static LedgerColumn Integer(string name, Func<LedgerRow, long> value) => new(name, Text: null, value);
}
