using System.Collections.Frozen;
using Gateway.Policies;
using Gateway.Routing.Difficulty;

namespace Gateway.Routing;

/// <summary>What a request needs and looks like, as far as routing depends on it.</summary>
public sealed class RequestProfile
{
    private DifficultyEstimate? _difficulty;

    /// <summary>The whole prompt: messages, tools and what the dialect adds.</summary>
    public TextMeasure Prompt { get; init; }

    /// <summary>
    /// The text that the difficulty is judged by: the last message of the user, or the last message where the user wrote none. Of more than
    /// 40 KiB the first 8 and the last 32 are kept.
    /// </summary>
    public string Question { get; init; } = "";

    /// <summary>What only some models can do.</summary>
    public ModelCapabilities Needs { get; init; }

    /// <summary>The longest answer that the client takes, in tokens; null when it is silent.</summary>
    public int? MaxOutputTokens { get; init; }

    /// <summary>How many answers are generated, over all prompts of the request (<c>n</c> or <c>best_of</c> for each); at least 1.</summary>
    public int Choices { get; init; } = 1;

    /// <summary>How many texts the request holds, of which each is read for itself; at least 1.</summary>
    public int Prompts { get; init; } = 1;

    public TaskKind Task { get; init; }

    /// <summary>A hash of the whole body. What is left to chance is drawn from it, so that every replica draws alike.</summary>
    public ulong Fingerprint { get; init; }

    /// <summary>A hash of what stays the same over the turns of a conversation: the model asked for, tools, system messages and the first message of the user.</summary>
    public ulong PrefixHash { get; init; }

    /// <summary>
    /// The share of the prompt before the last message of the user, or before the results of tools that came after it, which a prompt cache
    /// may hold: 0 to 1. 0 for a plain prompt, of which nothing is known.
    /// </summary>
    public double PrefixShare { get; init; }

    /// <summary>Whether a weak and a strong model would answer rightly; worked out when first asked for, unless it is known without the text.</summary>
    public DifficultyEstimate Difficulty
    {
        get => _difficulty ??= DifficultyModel.Default.Estimate(Question);
        init => _difficulty = value;
    }

    /// <summary>The prompt's tokens for every family, where they are known without the text, as from a record; null to estimate them.</summary>
    public FrozenDictionary<TokenizerFamily, int>? KnownTokens { get; init; }

    /// <summary>The prompt's tokens, estimated.</summary>
    public int PromptTokens(TokenizerFamily family) => KnownTokens is { } known ? known[family] : TokenEstimator.Estimate(Prompt, family);
}
