using System.Globalization;
using Microsoft.Extensions.Primitives;

namespace Gateway.Providers.Local;

/// <summary>Cuts the beginning off prompts that are too long, where <see cref="Engine.ContextOverflow.TruncateLeft"/> says so.</summary>
internal static class PromptTruncation
{
    /// <summary>On an answer: how many tokens of the prompt were cut off; absent when none were.</summary>
    public const string Header = "x-gateway-truncated-tokens";

    /// <summary>The end of the prompt, behind its beginning-of-sequence token if it has one: what leaves room for the answer, but half of the window in any case.</summary>
    /// <param name="prompt">Longer than the window.</param>
    /// <param name="bos">The id that begins texts of this model; null for none.</param>
    /// <param name="window">Tokens of prompt and answer together, at least 2.</param>
    /// <param name="answer">Tokens of answer that are wanted.</param>
    public static IReadOnlyList<int> Cut(IReadOnlyList<int> prompt, int? bos, int window, int answer)
    {
        var kept = window - Math.Clamp(answer, 1, window / 2);
        return prompt[0] == bos ? [prompt[0], .. prompt.Skip(prompt.Count - kept + 1)] : [.. prompt.Skip(prompt.Count - kept)];
    }

    public static IReadOnlyList<KeyValuePair<string, StringValues>> Headers(int truncatedTokens) =>
        truncatedTokens > 0 ? [new(Header, truncatedTokens.ToString(CultureInfo.InvariantCulture))] : [];
}
