using System.Collections.ObjectModel;

namespace Gateway.Engine.Sampling;

/// <summary>
/// How the next token is chosen from the logits. The steps apply in the order of the members here: bias, penalties, temperature,
/// min-p, top-k, top-p; a constraint's mask comes before all of them. The defaults leave the model's own distribution unchanged.
/// </summary>
public sealed record SamplingParameters
{
    /// <summary>Added to the logits of these ids: −100 (practically never) to 100 (practically always). The default is none.</summary>
    public IReadOnlyDictionary<int, float> LogitBias
    {
        get;
        init
        {
            field = value;
            Biases = [.. value];
        }
    } = ReadOnlyDictionary<int, float>.Empty;

    /// <summary>
    /// Logits of ids that occur in prompt or answer are divided by this when positive, multiplied when negative
    /// (Keskar et al. 2019, CTRL): above 0, at most 10. The default is 1 (off).
    /// </summary>
    public double RepetitionPenalty { get; init; } = 1;

    /// <summary>Subtracted from an id's logit once per occurrence in the answer: −2 to 2. The default is 0.</summary>
    public double FrequencyPenalty { get; init; }

    /// <summary>Subtracted from the logit of every id that occurs in the answer: −2 to 2. The default is 0.</summary>
    public double PresencePenalty { get; init; }

    /// <summary>
    /// Divides the logits: 0 to 2. 0 takes the best id, the lowest on a tie, and ignores the members below. The default is 1.
    /// </summary>
    public double Temperature { get; init; } = 1;

    /// <summary>Drops ids less likely than this fraction of the likeliest: 0 to 1. The default is 0 (off).</summary>
    public double MinP { get; init; }

    /// <summary>Keeps this many of the likeliest ids, and all that equal the last of them: at least 0. The default is 0 (off).</summary>
    public int TopK { get; init; }

    /// <summary>
    /// Keeps the smallest set of the likeliest ids whose probability reaches this: above 0, at most 1. The default is 1 (off).
    /// </summary>
    public double TopP { get; init; } = 1;

    /// <summary>
    /// The same seed, prompt and parameters give the same answer, alone or in any batch. Null (the default): a fresh seed per request.
    /// </summary>
    public long? Seed { get; init; }

    /// <summary><see cref="LogitBias"/> as the sampler walks through it for each token, which allocates nothing.</summary>
    internal KeyValuePair<int, float>[] Biases { get; private init; } = [];

    /// <summary>Throws when a value is out of its range.</summary>
    /// <exception cref="EngineRequestException">Names the member.</exception>
    public void Validate(int vocabularySize)
    {
        Check(nameof(RepetitionPenalty), RepetitionPenalty, RepetitionPenalty is > 0 and <= 10, "above 0 and at most 10");
        Check(nameof(FrequencyPenalty), FrequencyPenalty, FrequencyPenalty is >= -2 and <= 2, "-2 to 2");
        Check(nameof(PresencePenalty), PresencePenalty, PresencePenalty is >= -2 and <= 2, "-2 to 2");
        Check(nameof(Temperature), Temperature, Temperature is >= 0 and <= 2, "0 to 2");
        Check(nameof(MinP), MinP, MinP is >= 0 and <= 1, "0 to 1");
        Check(nameof(TopK), TopK, TopK >= 0, "at least 0 (0: off)");
        Check(nameof(TopP), TopP, TopP is > 0 and <= 1, "above 0 and at most 1");
        foreach (var (id, bias) in LogitBias)
        {
            Check(nameof(LogitBias), id, id >= 0 && id < vocabularySize, $"token ids of 0 to {vocabularySize - 1}");
            Check(nameof(LogitBias), bias, bias is >= -100 and <= 100, "values of -100 to 100");
        }
    }

    private static void Check(string field, double value, bool holds, string range)
    {
        if (!holds)
        {
            throw new EngineRequestException(field, FormattableString.Invariant($"{value} is out of range; it must be {range}."));
        }
    }
}
