namespace Gateway.Contracts.OpenAI;

/// <summary>A stretch of bytes in a body, so that a value can be replaced in place and all else stays as it was sent.</summary>
internal readonly record struct ByteSpan(int Start, int Length)
{
    public int End => Start + Length;
}
