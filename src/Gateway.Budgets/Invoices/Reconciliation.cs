using Gateway.Budgets.Reports;
using static Gateway.Budgets.Reports.ReportTable;

namespace Gateway.Budgets.Invoices;

/// <summary>
/// Sets what a provider bills beside what the ledger says of it, for each span of time and model of the export, to the cent. A request belongs to
/// the span in which it came; each of its attempts, to the provider and the model that were called.
/// </summary>
public static class Reconciliation
{
    /// <summary>Where the export does not tell models apart.</summary>
    private const string AllModels = "(all models)";

    /// <param name="invoices">Exports of one provider, at least one.</param>
    /// <param name="provider">Its name in the ledger.</param>
    /// <param name="upstreamName">What a model of the catalogue is called at the provider.</param>
    /// <exception cref="ReportException">The exports do not fit together, or have no lines.</exception>
    public static async Task<ReconciliationResult> RunAsync(
        LedgerQueries queries,
        IReadOnlyList<Invoice> invoices,
        string provider,
        Func<string, string> upstreamName,
        CancellationToken cancellationToken = default)
    {
        Check(invoices);
        bool hasModels = invoices.SelectMany(invoice => invoice.Lines).All(line => line.Model is not null);
        var spans = new InvoiceSpans(invoices.SelectMany(invoice => invoice.Lines));
        Dictionary<(DateTimeOffset Start, string Model), ReconciledItem> items = [];
        foreach (var line in invoices.SelectMany(invoice => invoice.Lines))
        {
            Item(line.Start, line.End, hasModels ? ModelNames.Normalize(line.Model!) : AllModels).Bill(line);
        }

        await foreach (var stored in queries.RecordsAsync(spans.Start, spans.End, ReportScope.Everybody, provider, cancellationToken))
        {
            var entry = stored.Record.Entry;
            var (start, end) = spans.Of(entry.Time);
            foreach (var (model, cost, tokens) in LedgerShare.Of(entry, provider))
            {
                Item(start, end, hasModels ? ModelNames.Normalize(upstreamName(model)) : AllModels).Book(cost, tokens);
            }
        }

        bool hasCosts = invoices.Any(invoice => invoice.Format.HasCosts);
        bool hasTokens = invoices.Any(invoice => invoice.Format.HasTokens);
        var found = items.Values.Where(item => !item.IsEmpty)
            .OrderBy(item => item.Start).ThenBy(item => item.Model, StringComparer.Ordinal)
            .Select(item => (Item: item, Status: item.Status(hasCosts, hasTokens)))
            .ToList();
        return new ReconciliationResult(Table(found, invoices, provider, hasCosts, hasTokens), found.TrueForAll(pair => pair.Status == ReconciledItem.Matched));

        ReconciledItem Item(DateTimeOffset start, DateTimeOffset end, string model)
        {
            if (!items.TryGetValue((start, model), out var item))
            {
                item = new ReconciledItem(start, end, model);
                items.Add((start, model), item);
            }

            return item;
        }
    }

    private static void Check(IReadOnlyList<Invoice> invoices)
    {
        if (invoices.FirstOrDefault(invoice => invoice.Lines.Count == 0) is { } empty)
        {
            throw new ReportException("invoice", $"{empty.File} has no lines with content.");
        }

        foreach (var (what, formats) in (ReadOnlySpan<(string, IEnumerable<InvoiceFormat>)>)
            [
                ("costs", invoices.Select(invoice => invoice.Format).Where(format => format.HasCosts)),
                ("tokens", invoices.Select(invoice => invoice.Format).Where(format => format.HasTokens)),
            ])
        {
            if (formats.Distinct().ToList() is [var one, var other, ..])
            {
                throw new ReportException("invoice", $"Both {one.Name} and {other.Name} say {what}, which would count twice. Give one of the two.");
            }
        }
    }

    private static ReportTable Table(
        List<(ReconciledItem Item, string Status)> found, IReadOnlyList<Invoice> invoices, string provider, bool hasCosts, bool hasTokens)
    {
        return new ReportTable
        {
            Name = "reconciliation",
            Facts =
            [
                new("provider", provider),
                new("invoices", string.Join(", ", invoices.Select(invoice => $"{invoice.File} ({invoice.Format.Name})"))),
                .. found.CountBy(pair => pair.Status).OrderBy(count => count.Key, StringComparer.Ordinal)
                    .Select(count => new ReportFact(count.Key, (long)count.Value, ReportKind.Count)),
            ],
            Columns =
            [
                Text("status"), new("start", ReportKind.Time), new("end", ReportKind.Time), Text("model"),
                Money("invoice_usd"), Money("ledger_usd"), Money("difference_usd"), Count("invoice_tokens"), Count("ledger_tokens"),
            ],
            Rows = found.Select(pair => (IReadOnlyList<object?>)
                [
                    pair.Status, pair.Item.Start, pair.Item.End, pair.Item.Model,
                    .. Amounts(pair.Item.BilledCost, pair.Item.BookedCost, pair.Item.BilledTokens.Total, pair.Item.BookedTokens.Total),
                ])
                .ToAsyncEnumerable(),
            Total =
            [
                null, null, null, null,
                .. Amounts(
                    found.Sum(pair => pair.Item.BilledCost), found.Sum(pair => pair.Item.BookedCost),
                    found.Sum(pair => pair.Item.BilledTokens.Total), found.Sum(pair => pair.Item.BookedTokens.Total)),
            ],
            Notes =
            [
                "matched: the same to the cent, and in tokens where the export has them. missing: billed, and not in the ledger. "
                + "extra: in the ledger, and not billed. price_drift: the same tokens at another cost. usage_drift: other tokens. "
                + "cost_drift: another cost, and the export has no tokens that would tell why.",
            ],
        };

        // What the export does not say is left empty.
        object?[] Amounts(long billed, long booked, long billedTokens, long bookedTokens) =>
            [hasCosts ? billed : null, booked, hasCosts ? billed - booked : null, hasTokens ? billedTokens : null, bookedTokens];
    }
}
