namespace Gateway.Engine.Tokenization.PreTokenizers;

/// <summary>Cuts a text into pieces that the model then encodes one by one.</summary>
internal abstract class Splitter
{
    /// <summary>Adds the pieces, left to right; none is empty.</summary>
    /// <param name="text">Well-formed UTF-16.</param>
    /// <param name="pieces">Receives places in <paramref name="text"/>.</param>
    public abstract void Split(ReadOnlySpan<char> text, List<TextRange> pieces);
}
