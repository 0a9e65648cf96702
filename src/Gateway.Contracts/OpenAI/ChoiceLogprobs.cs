using System.Text.Json.Serialization;

namespace Gateway.Contracts.OpenAI;

/// <summary>Log probabilities of a choice's tokens, in OpenAI's shape.</summary>
/// <param name="Content">Of content and tool calls.</param>
public sealed record ChoiceLogprobs(IReadOnlyList<TokenLogprobEntry> Content)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public IReadOnlyList<TokenLogprobEntry>? Refusal => null;

    /// <summary>Of reasoning, as in DeepSeek's API; null where there is none.</summary>
    public IReadOnlyList<TokenLogprobEntry>? ReasoningContent { get; init; }
}

/// <param name="Token">The token's text; U+FFFD where it is only part of a character.</param>
/// <param name="Logprob">Natural logarithm.</param>
/// <param name="Bytes">The token's UTF-8 bytes, 0 to 255 each.</param>
public sealed record TokenLogprobEntry(string Token, double Logprob, IReadOnlyList<int> Bytes)
{
    /// <summary>The most likely tokens at this place, best first; null inside such a list.</summary>
    public IReadOnlyList<TokenLogprobEntry>? TopLogprobs { get; init; }
}
