namespace Gateway.Engine.Kernels.Cpu.Attention;

/// <summary>Rows of some heads of some tokens, in memory that does not move.</summary>
/// <param name="Address">The first head's row of the first token.</param>
/// <param name="TokenStride">Floats from one token's rows to the next one's.</param>
/// <param name="HeadStride">Floats from one head's row to the next one's.</param>
internal readonly record struct RowBlock(nint Address, int TokenStride, int HeadStride)
{
    public unsafe float* Row(int token, int head) => (float*)Address + ((nint)token * TokenStride) + ((nint)head * HeadStride);
}
