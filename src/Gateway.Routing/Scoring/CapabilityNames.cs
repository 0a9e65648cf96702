using System.Numerics;
using Gateway.Policies;

namespace Gateway.Routing;

/// <summary>Capabilities by their names in files.</summary>
public static class CapabilityNames
{
    /// <summary>Each of the set, in a fixed order.</summary>
    public static IEnumerable<string> Of(ModelCapabilities capabilities)
    {
        for (var rest = (uint)capabilities; rest != 0; rest &= rest - 1)
        {
            yield return Name((ModelCapabilities)(1u << BitOperations.TrailingZeroCount(rest)));
        }
    }

    private static string Name(ModelCapabilities capability) => capability switch
    {
        ModelCapabilities.Tools => "tools",
        ModelCapabilities.Vision => "vision",
        ModelCapabilities.Audio => "audio",
        ModelCapabilities.JsonSchema => "json_schema",
        ModelCapabilities.JsonObject => "json_object",
        ModelCapabilities.Logprobs => "logprobs",
        ModelCapabilities.Reasoning => "reasoning",
        ModelCapabilities.MultipleChoices => "n",
        ModelCapabilities.Completions => "completions",
        ModelCapabilities.Embeddings => "embeddings",
        _ => throw new ArgumentOutOfRangeException(nameof(capability), capability, "No capability."),
    };
}
