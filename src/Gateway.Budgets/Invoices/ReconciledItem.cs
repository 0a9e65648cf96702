using Gateway.Budgets.Reports;

namespace Gateway.Budgets.Invoices;

/// <summary>A span of time and a model, as billed and as booked. Costs are in nano-US-dollars.</summary>
internal sealed class ReconciledItem(DateTimeOffset start, DateTimeOffset end, string model)
{
    public const string Matched = "matched";

    private bool _isBilled;
    private bool _isBooked;

    public DateTimeOffset Start { get; } = start;

    public DateTimeOffset End { get; } = end;

    public string Model { get; } = model;

    public long BilledCost { get; private set; }

    public InvoiceTokens BilledTokens { get; private set; } = InvoiceTokens.None;

    public long BookedCost { get; private set; }

    public InvoiceTokens BookedTokens { get; private set; } = InvoiceTokens.None;

    /// <summary>Whether neither side says anything: a row of zeros against nothing.</summary>
    public bool IsEmpty => BilledCost == 0 && BookedCost == 0 && BilledTokens.Total == 0 && BookedTokens.Total == 0;

    public void Bill(InvoiceLine line)
    {
        _isBilled = true;
        BilledCost += line.Cost ?? 0;
        BilledTokens += line.Tokens ?? InvoiceTokens.None;
    }

    public void Book(long cost, InvoiceTokens tokens)
    {
        _isBooked = true;
        BookedCost += cost;
        BookedTokens += tokens;
    }

    /// <param name="hasCosts">Whether the invoice says costs.</param>
    /// <param name="hasTokens">Whether it says tokens.</param>
    public string Status(bool hasCosts, bool hasTokens)
    {
        if (!_isBooked)
        {
            return "missing";
        }

        if (!_isBilled)
        {
            return "extra";
        }

        bool isSameCost = !hasCosts || Usd.WholeCents(BilledCost - BookedCost) == 0;
        bool isSameUsage = !hasTokens || BilledTokens == BookedTokens;
        return (isSameCost, isSameUsage) switch
        {
            (true, true) => Matched,
            (_, false) => "usage_drift",
            _ => hasTokens ? "price_drift" : "cost_drift",
        };
    }
}
