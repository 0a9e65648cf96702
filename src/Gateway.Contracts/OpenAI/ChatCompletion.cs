using System.Text.Json.Serialization;

namespace Gateway.Contracts.OpenAI;

/// <summary>The answer of <c>POST /v1/chat/completions</c> without streaming, as OpenAI's API reference gives it.</summary>
/// <param name="Created">Unix time in seconds.</param>
public sealed record ChatCompletion(string Id, long Created, string Model, IReadOnlyList<ChatChoice> Choices, CompletionUsage Usage)
{
    [JsonPropertyOrder(-1)]
    public string Object => "chat.completion";
}

/// <param name="FinishReason"><c>stop</c> or <c>length</c>.</param>
public sealed record ChatChoice(
    int Index,
    ChatAnswer Message,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] ChoiceLogprobs? Logprobs,
    string FinishReason);

public sealed record ChatAnswer(string Content)
{
    [JsonPropertyOrder(-1)]
    public string Role => "assistant";

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? Refusal => null;
}
