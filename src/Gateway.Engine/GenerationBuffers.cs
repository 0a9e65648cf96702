using Gateway.Engine.Sampling;

namespace Gateway.Engine;

/// <summary>What a request writes while it runs, large enough for any: its tokens, and their history where its parameters look at one.</summary>
/// <param name="contextLength">Most tokens of a request.</param>
/// <param name="vocabularySize">Ids that can occur.</param>
internal sealed class GenerationBuffers(int contextLength, int vocabularySize)
{
    public List<int> TokenIds { get; } = new(contextLength);

    public TokenHistory History => field ??= new TokenHistory(vocabularySize);
}
