namespace Gateway.Engine.Tokenization;

/// <summary>A stretch of a text, in UTF-16 units.</summary>
internal readonly record struct TextRange(int Start, int Length)
{
    public int End => Start + Length;
}
