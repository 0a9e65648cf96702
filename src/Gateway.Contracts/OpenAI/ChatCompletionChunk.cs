using System.Text.Json.Serialization;

namespace Gateway.Contracts.OpenAI;

/// <summary>
/// One event of a streamed chat completion. The usage chunk, sent only to a client that asked for it, has no choices.
/// </summary>
public sealed record ChatCompletionChunk(string Id, long Created, string Model, IReadOnlyList<ChunkChoice> Choices)
{
    [JsonPropertyOrder(-1)]
    public string Object => "chat.completion.chunk";

    public CompletionUsage? Usage { get; init; }
}

public sealed record ChunkChoice(
    int Index,
    ChunkDelta Delta,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] ChoiceLogprobs? Logprobs,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? FinishReason);

/// <summary>What a chunk adds; the first one names the role, the last one is empty.</summary>
public sealed record ChunkDelta
{
    public string? Role { get; init; }

    public string? Content { get; init; }

    public string? ReasoningContent { get; init; }

    public IReadOnlyList<ToolCallDelta>? ToolCalls { get; init; }
}
