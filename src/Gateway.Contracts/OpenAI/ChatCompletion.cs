using System.Text.Json.Serialization;

namespace Gateway.Contracts.OpenAI;

/// <summary>The answer of <c>POST /v1/chat/completions</c> without streaming, as OpenAI's API reference gives it.</summary>
/// <param name="Created">Unix time in seconds.</param>
public sealed record ChatCompletion(string Id, long Created, string Model, IReadOnlyList<ChatChoice> Choices, CompletionUsage Usage)
{
    [JsonPropertyOrder(-1)]
    public string Object => "chat.completion";
}

/// <param name="FinishReason"><c>stop</c>, <c>length</c> or <c>tool_calls</c>.</param>
public sealed record ChatChoice(
    int Index,
    ChatAnswer Message,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] ChoiceLogprobs? Logprobs,
    string FinishReason);

/// <summary>The assistant's message.</summary>
/// <param name="Content">The text; null beside tool calls that came without any.</param>
public sealed record ChatAnswer([property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Content)
{
    [JsonPropertyOrder(-1)]
    public string Role => "assistant";

    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? Refusal => null;

    /// <summary>What the model thought before it answered, under the name that DeepSeek and vLLM give it; null when it did not.</summary>
    public string? ReasoningContent { get; init; }

    /// <summary>The functions that the model calls; null for none, never empty.</summary>
    public IReadOnlyList<ChatToolCall>? ToolCalls { get; init; }
}
