using System.Text.Json.Serialization;

namespace Gateway.Contracts.OpenAI;

/// <summary>The answer of <c>POST /v1/embeddings</c>, as OpenAI's API reference gives it.</summary>
/// <param name="Data">One per input, in their order.</param>
public sealed record EmbeddingList(IReadOnlyList<EmbeddingEntry> Data, string Model, EmbeddingUsage Usage)
{
    [JsonPropertyOrder(-1)]
    public string Object => "list";
}

/// <param name="Index">Which input it belongs to, from 0.</param>
public sealed record EmbeddingEntry(int Index, EmbeddingVector Embedding)
{
    [JsonPropertyOrder(-1)]
    public string Object => "embedding";
}

/// <summary>The <c>usage</c> object of embeddings: nothing is generated.</summary>
public sealed record EmbeddingUsage(long PromptTokens)
{
    public long TotalTokens => PromptTokens;
}
