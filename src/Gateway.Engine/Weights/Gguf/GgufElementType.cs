namespace Gateway.Engine.Weights.Gguf;

/// <summary>The numbers that the format gives to element types (enum ggml_type).</summary>
internal static class GgufElementType
{
    private static readonly (uint Number, WeightFormat Format)[] All =
    [
        (0, WeightFormat.Float32),
        (1, WeightFormat.Float16),
        (2, WeightFormat.Q4_0),
        (3, WeightFormat.Q4_1),
        (6, WeightFormat.Q5_0),
        (7, WeightFormat.Q5_1),
        (8, WeightFormat.Q8_0),
        (10, WeightFormat.Q2_K),
        (11, WeightFormat.Q3_K),
        (12, WeightFormat.Q4_K),
        (13, WeightFormat.Q5_K),
        (14, WeightFormat.Q6_K),
        (20, WeightFormat.IQ4_NL),
        (23, WeightFormat.IQ4_XS),
        (30, WeightFormat.BFloat16),
    ];

    /// <summary>Every type that can be read, for messages.</summary>
    public static string SupportedNames => string.Join(", ", All.OrderBy(type => type.Format).Select(type => WeightLayout.Of(type.Format).Name));

    /// <summary>Null for a number that is not supported.</summary>
    public static WeightLayout? Find(uint number)
    {
        foreach (var type in All)
        {
            if (type.Number == number)
            {
                return WeightLayout.Of(type.Format);
            }
        }

        return null;
    }

    /// <summary>The number of a format that GGUF files can hold.</summary>
    public static uint NumberOf(WeightFormat format) => Array.Find(All, type => type.Format == format) is var found && found.Format == format
        ? found.Number
        : throw new ArgumentOutOfRangeException(nameof(format), format, "GGUF files cannot hold this format.");
}
