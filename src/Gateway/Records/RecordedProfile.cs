using System.Collections.Frozen;
using System.Globalization;
using Gateway.Explaining;
using Gateway.Policies;
using Gateway.Routing;
using Gateway.Routing.Difficulty;

namespace Gateway.Records;

/// <summary>What a request needed and looked like, in numbers, so that it can be routed again without its text.</summary>
/// <param name="PromptTokens">The estimate for each family of tokenizers.</param>
/// <param name="Needs">Capabilities by their names in files.</param>
/// <param name="Task">The kind of task.</param>
/// <param name="MaxOutputTokens">The longest answer that the client took; null when it was silent.</param>
/// <param name="Choices">How many answers were asked for.</param>
/// <param name="PrefixShare">The share of the prompt that a prompt cache may hold.</param>
/// <param name="Fingerprint">A hash of the body, in hex.</param>
/// <param name="Prefix">A hash of what a conversation begins with, in hex.</param>
/// <param name="WeakSucceeds">The probability that a weak model answers rightly.</param>
/// <param name="StrongSucceeds">The probability that a strong model answers rightly.</param>
public sealed record RecordedProfile(
    IReadOnlyDictionary<string, int> PromptTokens,
    IReadOnlyList<string> Needs,
    string Task,
    int? MaxOutputTokens,
    int Choices,
    double PrefixShare,
    string Fingerprint,
    string Prefix,
    double WeakSucceeds,
    double StrongSucceeds)
{
    private const string Hash = "x16";

    /// <summary>How many texts the request held; 0 in records of before they were counted.</summary>
    public int Prompts { get; init; }

    internal static RecordedProfile Of(RequestProfile profile) => new(
        Enum.GetValues<TokenizerFamily>().ToDictionary(ExplanationNames.Of, profile.PromptTokens),
        [.. CapabilityNames.Of(profile.Needs)],
        ExplanationNames.Of(profile.Task),
        profile.MaxOutputTokens,
        profile.Choices,
        profile.PrefixShare,
        profile.Fingerprint.ToString(Hash, CultureInfo.InvariantCulture),
        profile.PrefixHash.ToString(Hash, CultureInfo.InvariantCulture),
        profile.Difficulty.WeakSucceeds,
        profile.Difficulty.StrongSucceeds)
    {
        Prompts = profile.Prompts,
    };

    /// <exception cref="FormatException">A value is none that the gateway writes.</exception>
    internal RequestProfile ToProfile() => new()
    {
        KnownTokens = Enum.GetValues<TokenizerFamily>().ToFrozenDictionary(family => family, TokensFor),
        Needs = Needs.Aggregate(ModelCapabilities.None, (all, name) => all | Capability(name)),
        Task = RecordNames.Find<TaskKind>(Task) ?? throw new FormatException($"task: '{Task}' is none"),
        MaxOutputTokens = MaxOutputTokens,
        Choices = Math.Max(1, Choices),
        Prompts = Math.Max(1, Prompts),
        PrefixShare = PrefixShare,
        Fingerprint = Parse(Fingerprint, "fingerprint"),
        PrefixHash = Parse(Prefix, "prefix"),
        Difficulty = new DifficultyEstimate(WeakSucceeds, StrongSucceeds),
    };

    private int TokensFor(TokenizerFamily family) =>
        PromptTokens.TryGetValue(ExplanationNames.Of(family), out var tokens)
            ? tokens
            : throw new FormatException($"prompt_tokens lacks {ExplanationNames.Of(family)}");

    private static ModelCapabilities Capability(string name)
    {
        foreach (var value in Enum.GetValues<ModelCapabilities>())
        {
            if (value != ModelCapabilities.None && CapabilityNames.Of(value).Single() == name)
            {
                return value;
            }
        }

        throw new FormatException($"needs: '{name}' is no capability");
    }

    private static ulong Parse(string hex, string name) =>
        ulong.TryParse(hex, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            ? value
            : throw new FormatException($"{name}: '{hex}' is no hash");
}
