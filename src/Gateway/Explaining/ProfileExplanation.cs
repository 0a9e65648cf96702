using System.Globalization;
using Gateway.Routing;
using Gateway.Routing.Difficulty;

namespace Gateway.Explaining;

/// <summary>What the request needs and looks like.</summary>
/// <param name="PromptTokens">The estimate for each tokenizer of the candidates, before what they reported corrects it.</param>
/// <param name="Needs">Capabilities, as in <c>providers.yaml</c>.</param>
/// <param name="MaxOutputTokens">The longest answer that the client takes; null when it is silent.</param>
/// <param name="PrefixShare">The share of the prompt that a cache may hold, 0 to 1.</param>
/// <param name="Fingerprint">What draws are made from, 16 hexadecimal digits.</param>
public sealed record ProfileExplanation(
    IReadOnlyDictionary<string, int> PromptTokens,
    IReadOnlyList<string> Needs,
    string Task,
    DifficultyEstimate Difficulty,
    int? MaxOutputTokens,
    int Choices,
    double PrefixShare,
    string Fingerprint)
{
    public static ProfileExplanation Of(RequestProfile profile, IEnumerable<CandidateScore> candidates)
    {
        var families = candidates.Select(candidate => candidate.Model.Tokenizer).Distinct().Order();
        return new ProfileExplanation(
            families.ToDictionary(ExplanationNames.Of, profile.PromptTokens),
            [.. CapabilityNames.Of(profile.Needs)],
            ExplanationNames.Of(profile.Task),
            profile.Difficulty,
            profile.MaxOutputTokens,
            profile.Choices,
            profile.PrefixShare,
            profile.Fingerprint.ToString("x16", CultureInfo.InvariantCulture));
    }
}
