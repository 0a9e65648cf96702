using Gateway.Budgets.Reports;

namespace Gateway.Budgets.Invoices;

/// <summary>The spans of time that an invoice tells apart, and the days in UTC between them.</summary>
internal sealed class InvoiceSpans
{
    private readonly List<(DateTimeOffset Start, DateTimeOffset End)> _spans;

    /// <exception cref="ReportException">Two of them overlap.</exception>
    public InvoiceSpans(IEnumerable<InvoiceLine> lines)
    {
        _spans = [.. lines.Select(line => (line.Start, line.End)).Distinct().Order()];
        for (int i = 1; i < _spans.Count; i++)
        {
            if (_spans[i].Start < _spans[i - 1].End)
            {
                throw new ReportException(
                    "invoice",
                    $"The spans from {_spans[i - 1].Start:u} to {_spans[i - 1].End:u} and from {_spans[i].Start:u} to {_spans[i].End:u} overlap. "
                    + "Export all with the same span.");
            }
        }
    }

    public DateTimeOffset Start => _spans[0].Start;

    public DateTimeOffset End => _spans[^1].End;

    /// <summary>The span that a moment between <see cref="Start"/> and <see cref="End"/> is in; a day in UTC where the invoice has none.</summary>
    public (DateTimeOffset Start, DateTimeOffset End) Of(DateTimeOffset time)
    {
        int index = _spans.BinarySearch((time, DateTimeOffset.MaxValue));
        var before = _spans[Math.Max(0, ~index - 1)];
        if (time >= before.Start && time < before.End)
        {
            return before;
        }

        var day = new DateTimeOffset(time.UtcDateTime.Date, TimeSpan.Zero);
        return (day, day.AddDays(1));
    }
}
