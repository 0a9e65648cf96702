namespace Gateway.Engine.Tokenization.Normalizers;

/// <summary>Rewrites a text before it is split.</summary>
internal abstract class Normalizer
{
    /// <param name="text">Well-formed UTF-16.</param>
    public abstract string Normalize(string text);
}
