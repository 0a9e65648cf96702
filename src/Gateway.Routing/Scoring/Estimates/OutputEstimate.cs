using Gateway.Policies;

namespace Gateway.Routing;

/// <summary>How long an answer will be.</summary>
internal static class OutputEstimate
{
    /// <summary>The tokens expected of one choice: what this route's answers to this kind of task had, within what client and model allow.</summary>
    /// <param name="request">What is asked.</param>
    /// <param name="route">The route's name, or what the client asked for.</param>
    public static int Tokens(in RoutingRequest request, string route, ModelCard model)
    {
        var profile = request.Profile;
        var expected = request.Observations.OutputTokens(route, profile.Task) ?? Usual(profile.Task);
        var most = Math.Min(model.MaxOutputTokens, profile.MaxOutputTokens ?? int.MaxValue);
        return (int)Math.Clamp(Math.Ceiling(expected), Math.Min(1, most), most);
    }

    /// <summary>Before any answer was seen. Round figures: they matter for the first minutes of a route only.</summary>
    private static double Usual(TaskKind task) => task switch
    {
        TaskKind.Code => 600,
        TaskKind.Math => 400,
        TaskKind.Reasoning => 400,
        TaskKind.Extraction => 150,
        _ => 300,
    };
}
