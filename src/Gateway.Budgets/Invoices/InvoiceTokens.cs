namespace Gateway.Budgets.Invoices;

/// <summary>Tokens by the kinds that providers tell apart. No kind is part of another.</summary>
/// <param name="Input">Those written to a cache included.</param>
/// <param name="CachedInput">Read from a cache.</param>
/// <param name="Output">Reasoning included.</param>
public sealed record InvoiceTokens(long Input, long CachedInput, long Output)
{
    public static InvoiceTokens None { get; } = new(0, 0, 0);

    public long Total => Input + CachedInput + Output;

    public static InvoiceTokens operator +(InvoiceTokens left, InvoiceTokens right) =>
        new(left.Input + right.Input, left.CachedInput + right.CachedInput, left.Output + right.Output);
}
