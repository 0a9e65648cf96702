namespace Gateway.Routing.Difficulty.Features;

/// <summary>
/// Collects what a prompt looks like whatever its topic: lengths, numbers, cues, rarity of its words and, for a multiple-choice question,
/// how long and how alike its options are. The values are topic-free, so that they carry over to topics that training has not seen.
/// </summary>
internal ref struct DenseFeatures
{
    // Most counts of most prompts are small.
    private static readonly float[] SmallLogs = [.. Enumerable.Range(0, 256).Select(count => (float)Math.Log(1.0 + count))];

    /// <summary>The count of values that <see cref="Write"/> writes.</summary>
    public static readonly int Count = QuestionFeatureCount + CueWords.CueCount + OptionStatistics.FeatureCount;

    private const int QuestionFeatureCount = 18;
    private readonly Span<float> _cues;
    private WordSet _questionWords;
    private OptionStatistics _options;
    private RunningMoments _rarity;
    private int _tokens;
    private int _words;
    private int _letters;
    private int _capitalized;
    private int _unknown;
    private int _rare;
    private int _numbers;
    private int _fractions;
    private int _large;
    private int _symbols;
    private int _foreign;
    private double _largest;
    private double _smallest;

    /// <param name="cues">Zeroed room for <see cref="CueWords.CueCount"/> values.</param>
    public DenseFeatures(Span<float> cues)
    {
        _cues = cues;
        _smallest = double.MaxValue;
    }

    /// <param name="option">The option that holds the token, -1 for the question.</param>
    /// <param name="rarity">The token's inverse document frequency; for an unknown one the largest of the vocabulary.</param>
    public void Add(in TextToken token, int option, float rarity, bool isKnown)
    {
        _cues[(int)CueWords.Of(token.Hash)]++;
        if (option >= 0)
        {
            _options.Add(token, option, rarity, in _questionWords);
            return;
        }

        _tokens++;
        _foreign += token.IsForeign ? 1 : 0;
        switch (token.Kind)
        {
            case TextTokenKind.Word:
                _words++;
                _letters += token.Length;
                _capitalized += token.IsCapitalized ? 1 : 0;
                _unknown += isKnown ? 0 : 1;
                _rare += rarity > 7 ? 1 : 0;
                _rarity.Add(rarity);
                _questionWords.Add(token.Hash);
                break;
            case TextTokenKind.Number:
                _numbers++;
                _fractions += token.Value != Math.Floor(token.Value) ? 1 : 0;
                _large += token.Value >= 100 ? 1 : 0;
                _largest = Math.Max(_largest, token.Value);
                _smallest = Math.Min(_smallest, token.Value);
                break;
            default:
                _symbols++;
                break;
        }
    }

    /// <summary>Writes <see cref="Count"/> finite values, in a fixed order that the weights depend on.</summary>
    /// <param name="questionLength">In UTF-16 units.</param>
    public readonly void Write(int questionLength, Span<float> features)
    {
        ReadOnlySpan<float> question =
        [
            Log(questionLength),
            Log(_words),
            Log(_tokens),
            (float)_letters / (_words + 1),
            Log(_capitalized),
            (float)_capitalized / (_words + 1),
            _rarity.Mean,
            _rarity.Max,
            _rarity.Deviation,
            Log(_rare),
            (float)_unknown / (_words + 1),
            Log(_numbers),
            (float)_numbers / (_tokens + 1),
            (float)_symbols / (_tokens + 1),
            Log(_largest),
            _numbers == 0 ? 0 : Log(_smallest),
            Log(_fractions) + Log(_large),
            Log(_foreign),
        ];
        question.CopyTo(features);
        for (int cue = 0; cue < _cues.Length; cue++)
        {
            features[QuestionFeatureCount + cue] = Log(_cues[cue]);
        }

        _options.Write(features[(QuestionFeatureCount + _cues.Length)..]);
    }

    private static float Log(double count) =>
        count >= 0 && count < SmallLogs.Length && (int)count == count ? SmallLogs[(int)count] : (float)Math.Log(1 + count);
}
