using System.Text.Json;
using Gateway.Policies;
using Gateway.Routing;

namespace Gateway.Explaining;

/// <summary>Values of enumerations as the API writes them: in snake case, and those that stand in files too as they stand there.</summary>
internal static class ExplanationNames
{
    public static string Of(RoutingStrategy strategy) => JsonNamingPolicy.KebabCaseLower.ConvertName(strategy.ToString());

    public static string Of(RoutingReason reason) => Snake(reason.ToString());

    public static string Of(Exclusion exclusion) => Snake(exclusion.ToString());

    public static string Of(Demotion demotion) => Snake(demotion.ToString());

    public static string Of(TaskKind task) => Snake(task.ToString());

    public static string Of(TokenizerFamily family) => family switch
    {
        TokenizerFamily.DeepSeekV2 => "deepseek-v2",
        TokenizerFamily.DeepSeekV3 => "deepseek-v3",
        _ => family.ToString().ToLowerInvariant(),
    };

    private static string Snake(string name) => JsonNamingPolicy.SnakeCaseLower.ConvertName(name);
}
