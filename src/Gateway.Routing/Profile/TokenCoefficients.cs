namespace Gateway.Routing;

/// <summary>
/// Tokens per occurrence of each <see cref="TextFeature"/>, fitted to real vocabularies by <c>benchmarks/tokens</c>, which prints the table.
/// How far the estimates are off: docs/features/routing-profile.md.
/// </summary>
internal static class TokenCoefficients
{
    private const int Vocabularies = 4;

    public static readonly double[] Llama3 = Column(0);
    public static readonly double[] Qwen2 = Column(1);
    public static readonly double[] DeepSeekLlm = Column(2);
    public static readonly double[] DeepSeekV3 = Column(3);

    /// <summary>The mean of the others.</summary>
    public static readonly double[] Generic =
        [.. Enumerable.Range(0, TextMeasure.FeatureCount).Select(i => (Llama3[i] + Qwen2[i] + DeepSeekLlm[i] + DeepSeekV3[i]) / Vocabularies)];

    /// <summary>Llama 3, Qwen 2, DeepSeek-LLM, DeepSeek-V3.</summary>
    private static ReadOnlySpan<float> Table =>
    [
        0.871f, 0.868f, 0.908f, 0.902f, // Words
        0.020f, 0.020f, 0.268f, 0.124f, // JoinedWords
        0.189f, 0.205f, 0.100f, 0.147f, // LateLetters
        0.020f, 0.020f, 0.235f, 0.148f, // VeryLateLetters
        0.126f, 0.121f, 0.175f, 0.231f, // RepeatedCapitals
        1.327f, 1.369f, 1.097f, 0.940f, // RareLetters
        0.897f, 0.780f, 0.658f, 0.672f, // OpenEndings
        0.886f, 0.306f, 0.168f, 0.708f, // Numbers
        0.296f, 0.986f, 0.943f, 0.259f, // Digits
        1.247f, 1.361f, 0.895f, 1.188f, // SpacedNumbers
        0.588f, 0.515f, 0.735f, 0.560f, // Indents
        0.024f, 0.025f, 0.020f, 0.024f, // ExtraSpaces
        0.786f, 0.710f, 0.802f, 0.496f, // LineBreaks
        0.020f, 0.020f, 0.231f, 0.020f, // ExtraLineBreaks
        0.596f, 0.607f, 0.945f, 0.763f, // Symbols
        0.233f, 0.239f, 0.162f, 0.278f, // ExtraSymbols
        0.757f, 1.467f, 1.473f, 0.611f, // ForeignRuns
        0.138f, 0.306f, 2.085f, 0.827f, // MarkedLatin
        0.296f, 0.778f, 0.610f, 0.421f, // Greek
        0.225f, 0.178f, 0.236f, 0.275f, // Cyrillic
        1.032f, 0.151f, 0.903f, 0.435f, // Hebrew
        0.262f, 0.206f, 0.758f, 0.330f, // Arabic
        0.477f, 0.803f, 1.209f, 0.549f, // Devanagari
        1.340f, 1.028f, 1.920f, 0.425f, // Indian
        0.478f, 0.533f, 1.848f, 0.386f, // Thai
        2.046f, 0.949f, 1.285f, 0.738f, // RareScript
        0.650f, 0.406f, 0.304f, 0.547f, // Marks
        0.593f, 0.550f, 1.336f, 0.631f, // Kana
        0.820f, 0.658f, 0.567f, 0.664f, // Han
        0.531f, 0.363f, 1.769f, 0.642f, // Hangul
        3.598f, 2.231f, 3.504f, 3.202f, // Astral
    ];

    private static double[] Column(int vocabulary)
    {
        var column = new double[TextMeasure.FeatureCount];
        for (int i = 0; i < column.Length; i++)
        {
            column[i] = Table[(i * Vocabularies) + vocabulary];
        }

        return column;
    }
}
