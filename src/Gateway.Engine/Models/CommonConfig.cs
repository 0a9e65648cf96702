namespace Gateway.Engine.Models;

/// <summary>What the config.json of every family must keep to.</summary>
internal static class CommonConfig
{
    /// <summary>Beyond any published width; keeps sizes computed from two of them far from overflow.</summary>
    public const int MaxWidth = 1 << 17;

    public const int MaxVocabulary = 1 << 21;

    public const int MaxLayers = 512;

    /// <summary>In tokens.</summary>
    public const int MaxContext = 1 << 24;

    /// <summary>Refuses what would load and then be computed wrongly.</summary>
    public static void Check(ConfigReader reader)
    {
        // Newer transformers write rope_theta and rope_scaling as one object.
        if (reader.IsPresent("rope_parameters"))
        {
            reader.Error("rope_parameters", "is not supported; write rope_theta and rope_scaling instead.");
        }

        if (reader.Child("quantization_config") is { } quantization)
        {
            quantization.Choice("quant_method", "fp8", "fp8");
            quantization.Choice("fmt", "e4m3", "e4m3");
        }
    }
}
