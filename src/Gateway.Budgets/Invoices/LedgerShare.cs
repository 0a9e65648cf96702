namespace Gateway.Budgets.Invoices;

/// <summary>What of an entry one provider bills.</summary>
internal static class LedgerShare
{
    /// <summary>
    /// For each of its models: its attempts' cost, and with the answering model the tokens of the request and what rounding added. An entry does not
    /// say which attempt had which tokens.
    /// </summary>
    public static IEnumerable<(string Model, long Cost, InvoiceTokens Tokens)> Of(LedgerEntry entry, string provider)
    {
        foreach (var attempt in entry.Attempts.Where(attempt => attempt.Provider == provider && attempt.Cost > 0))
        {
            yield return (attempt.Model, attempt.Cost, InvoiceTokens.None);
        }

        if (entry.Provider == provider)
        {
            yield return (
                entry.Model,
                entry.Cost - entry.Attempts.Sum(attempt => attempt.Cost),
                new InvoiceTokens(entry.Tokens.Input, entry.Tokens.CachedInput, entry.Tokens.Output + entry.Tokens.Reasoning));
        }
    }
}
