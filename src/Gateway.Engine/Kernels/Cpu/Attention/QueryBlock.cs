namespace Gateway.Engine.Kernels.Cpu.Attention;

/// <summary>Queries that look at the same keys: some heads of consecutive tokens of one sequence.</summary>
/// <param name="Blocks">The sequence's block table.</param>
/// <param name="Position">Of the first token.</param>
/// <param name="Tokens">How many.</param>
/// <param name="Heads">How many; times <paramref name="Tokens"/> at most <see cref="SpanAttention.MaxQueries"/>.</param>
/// <param name="KeyHead">The key and value head that they share.</param>
internal readonly record struct QueryBlock(int[] Blocks, int Position, int Tokens, int Heads, int KeyHead)
{
    /// <summary>Tokens that the last query sees.</summary>
    public int Context => Position + Tokens;

    /// <summary>Spans of keys that at least one query sees.</summary>
    public int Spans => (Context + SpanAttention.Keys - 1) / SpanAttention.Keys;
}
