using System.Text.Json.Serialization;

namespace Gateway.Contracts.OpenAI;

/// <summary>The answer of <c>POST /v1/completions</c>; streamed events have the same shape, with <see cref="Usage"/> only in the last.</summary>
public sealed record TextCompletion(string Id, long Created, string Model, IReadOnlyList<TextChoice> Choices)
{
    [JsonPropertyOrder(-1)]
    public string Object => "text_completion";

    public CompletionUsage? Usage { get; init; }
}

public sealed record TextChoice(
    int Index,
    string Text,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? FinishReason)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public CompletionLogprobs? Logprobs { get; init; }
}
