namespace Gateway.Budgets;

/// <summary>Where a record of the ledger stands in Redis.</summary>
/// <param name="Entry">The id of the stream's entry.</param>
/// <param name="Index">Its place in the entry, from 1: what was settled together shares one.</param>
internal readonly record struct StreamPosition(string Entry, int Index)
{
    /// <exception cref="FormatException">It is no such position.</exception>
    public static StreamPosition Parse(string text)
    {
        int dot = text.LastIndexOf('.');
        return dot > 0 ? new StreamPosition(text[..dot], (int)Amounts.Parse(text[(dot + 1)..])) : throw new FormatException($"'{text}' is no position in the ledger.");
    }

    /// <summary><c>1764288000000-0.1</c>.</summary>
    public override string ToString() => $"{Entry}.{Amounts.Text(Index)}";
}
