using System.Numerics;
using System.Runtime.CompilerServices;

namespace Gateway.Routing.Difficulty.Features;

/// <summary>The lengths, kinds and likeness of the options of a multiple-choice question.</summary>
internal struct OptionStatistics
{
    public const int FeatureCount = 12;

    private Four<Option> _options;
    private RunningMoments _rarity;

    public void Add(in TextToken token, int option, float rarity, in WordSet questionWords)
    {
        ref var counts = ref _options[option];
        counts.Length += token.Length;
        counts.Tokens++;
        counts.Numbers += token.Kind == TextTokenKind.Number ? 1 : 0;
        if (token.Kind == TextTokenKind.Word)
        {
            counts.Words++;
            counts.Shared += questionWords.Contains(token.Hash) ? 1 : 0;
            _rarity.Add(rarity);
        }

        counts.Bits |= 1UL << (int)(token.Hash & 63);
    }

    /// <summary>Writes <see cref="FeatureCount"/> values; all 0 when there are no options.</summary>
    public readonly void Write(Span<float> features)
    {
        features[..FeatureCount].Clear();
        var lengths = default(RunningMoments);
        var overlap = default(RunningMoments);
        var alike = default(RunningMoments);
        int shortest = int.MaxValue;
        int tokens = 0, withNumber = 0, numeric = 0;
        for (int i = 0; i < PromptLayout.OptionCount; i++)
        {
            ref readonly var option = ref _options[i];
            tokens += option.Tokens;
            lengths.Add(option.Length);
            shortest = Math.Min(shortest, option.Length);
            overlap.Add((float)option.Shared / (option.Words + 1));
            withNumber += option.Numbers > 0 ? 1 : 0;
            numeric += option.Numbers > 0 && option.Words <= 1 ? 1 : 0;
            for (int j = 0; j < i; j++)
            {
                int union = BitOperations.PopCount(option.Bits | _options[j].Bits);
                alike.Add((float)BitOperations.PopCount(option.Bits & _options[j].Bits) / (union + 1));
            }
        }

        if (tokens == 0)
        {
            return;
        }

        ReadOnlySpan<float> values =
        [
            MathF.Log(1 + lengths.Mean),
            lengths.Deviation / (lengths.Mean + 1),
            MathF.Log(1 + lengths.Max),
            MathF.Log(1 + shortest),
            MathF.Log(1 + tokens),
            alike.Mean,
            overlap.Mean,
            overlap.Max,
            withNumber,
            numeric,
            _rarity.Mean,
            _rarity.Max,
        ];
        values.CopyTo(features);
    }

    private struct Option
    {
        public int Length;
        public int Tokens;
        public int Words;
        public int Numbers;
        public int Shared;
        public ulong Bits;
    }

    [InlineArray(PromptLayout.OptionCount)]
    private struct Four<T>
    {
        private T _first;
    }
}
