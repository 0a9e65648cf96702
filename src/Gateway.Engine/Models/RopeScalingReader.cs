namespace Gateway.Engine.Models;

/// <summary>Reads <c>rope_scaling</c> of the dense families: none, linear, llama3 or yarn.</summary>
internal static class RopeScalingReader
{
    private const string Linear = "linear";
    private const string Llama3 = "llama3";
    private const string Yarn = "yarn";

    public static RopeScaling? Read(ConfigReader? scaling)
    {
        if (scaling is null)
        {
            return null;
        }

        // The older files write type, the newer ones rope_type, some both.
        var key = scaling.IsPresent("rope_type") ? "rope_type" : "type";
        if (!scaling.IsPresent(key))
        {
            scaling.Error("rope_type", $"is missing; supported: {Linear}, {Llama3}, {Yarn}.");
            return null;
        }

        switch (scaling.Choice(key, "", Linear, Llama3, Yarn))
        {
            case Linear:
                Refuse(scaling, "factor");
                return new LinearScaling(scaling.Number("factor", 1, 10_000));
            case Llama3:
                Refuse(scaling, "factor", "low_freq_factor", "high_freq_factor", "original_max_position_embeddings");
                return ReadLlama3(scaling);
            case Yarn:
                return YarnScaling.Read(scaling, "attn_factor", "attention_factor");
            default:
                return null;
        }
    }

    private static Llama3Scaling ReadLlama3(ConfigReader scaling)
    {
        var llama3 = new Llama3Scaling(
            scaling.Number("factor", 1, 10_000),
            scaling.Number("low_freq_factor", 1e-3, 1e6),
            scaling.Number("high_freq_factor", 1e-3, 1e6),
            scaling.Integer("original_max_position_embeddings", 1, 1 << 24));
        if (llama3.HighFrequencyFactor <= llama3.LowFrequencyFactor)
        {
            scaling.Error("high_freq_factor", $"({llama3.HighFrequencyFactor}) must be more than low_freq_factor ({llama3.LowFrequencyFactor}).");
        }

        return llama3;
    }

    /// <summary>A key that is passed over would change every answer a little; it is better to say that it is not understood.</summary>
    private static void Refuse(ConfigReader scaling, params string[] known)
    {
        foreach (var key in scaling.Keys.Except([.. known, "type", "rope_type"], StringComparer.Ordinal))
        {
            scaling.Error(key, "is not supported.");
        }
    }
}
