namespace Gateway.Engine.Kernels.Cpu.Attention;

/// <summary>Rows of some heads of some tokens, in memory that does not move.</summary>
/// <param name="Address">The first head's row of the first token.</param>
/// <param name="TokenStride">Floats from one token's rows to the next one's.</param>
/// <param name="HeadStride">Floats from one head's row to the next one's.</param>
internal readonly record struct RowBlock(nint Address, int TokenStride, int HeadStride)
{
    /// <summary>From the beginning of the first head's row of the first token to the end of its row of the last.</summary>
    /// <param name="tokens">How many tokens, at least 1.</param>
    /// <param name="width">Length of a row.</param>
    public unsafe Span<float> Span(int tokens, int width) => new((float*)Address, ((tokens - 1) * TokenStride) + width);

    public unsafe float* Row(int token, int head) => (float*)Address + ((nint)token * TokenStride) + ((nint)head * HeadStride);
}
