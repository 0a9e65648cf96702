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
        0.907f, 0.906f, 0.898f, 0.933f, // Words
        0.020f, 0.020f, 0.263f, 0.155f, // JoinedWords
        0.156f, 0.172f, 0.111f, 0.111f, // LateLetters
        0.020f, 0.020f, 0.228f, 0.186f, // VeryLateLetters
        0.118f, 0.106f, 0.180f, 0.211f, // RepeatedCapitals
        1.040f, 1.077f, 1.152f, 0.737f, // RareLetters
        0.810f, 0.638f, 0.695f, 0.610f, // OpenEndings
        0.908f, 0.352f, 0.164f, 0.716f, // Numbers
        0.299f, 0.976f, 0.944f, 0.265f, // Digits
        1.105f, 1.183f, 0.918f, 1.096f, // SpacedNumbers
        0.544f, 0.452f, 0.742f, 0.539f, // Indents
        0.022f, 0.023f, 0.020f, 0.020f, // ExtraSpaces
        0.755f, 0.672f, 0.812f, 0.460f, // LineBreaks
        0.020f, 0.020f, 0.186f, 0.020f, // ExtraLineBreaks
        0.621f, 0.642f, 0.943f, 0.770f, // Symbols
        0.227f, 0.229f, 0.165f, 0.265f, // ExtraSymbols
        0.727f, 1.320f, 1.481f, 0.520f, // ForeignRuns
        0.526f, 0.859f, 1.955f, 1.224f, // MarkedLatin
        -0.400f, -0.400f, 2.281f, 0.234f, // Vietnamese
        0.301f, 0.804f, 0.608f, 0.437f, // Greek
        0.230f, 0.201f, 0.235f, 0.290f, // Cyrillic
        1.038f, 0.187f, 0.901f, 0.456f, // Hebrew
        0.269f, 0.237f, 0.756f, 0.351f, // Arabic
        0.484f, 0.838f, 1.207f, 0.570f, // Devanagari
        1.345f, 1.050f, 1.919f, 0.440f, // Indian
        0.479f, 0.540f, 1.848f, 0.390f, // Thai
        2.049f, 0.968f, 1.284f, 0.750f, // RareScript
        0.605f, 0.357f, 0.317f, 0.506f, // Marks
        0.592f, 0.556f, 1.336f, 0.635f, // Kana
        0.829f, 0.689f, 0.565f, 0.683f, // Han
        0.541f, 0.413f, 1.767f, 0.674f, // Hangul
        3.648f, 2.313f, 3.499f, 3.232f, // Astral
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
