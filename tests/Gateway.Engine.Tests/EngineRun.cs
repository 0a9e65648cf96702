namespace Gateway.Engine.Tests;

/// <summary>Short forms for driving an engine.</summary>
internal static class EngineRun
{
    public static string SmallModel { get; } = Path.Combine(Goldens.RepositoryRoot, "tests", "goldens", "models", "deepseek_v2_lite");

    public static async Task<List<GeneratedToken>> CollectAsync(this InferenceEngine engine, TokenRequest request, CancellationToken ct = default)
    {
        List<GeneratedToken> tokens = [];
        await foreach (var token in engine.GenerateAsync(request, ct))
        {
            tokens.Add(token);
        }

        return tokens;
    }

    public static async Task<int[]> IdsAsync(this InferenceEngine engine, TokenRequest request) =>
        [.. (await engine.CollectAsync(request)).Select(token => token.Id)];

    /// <summary>Starts a request and takes its first token, so that it is certainly running.</summary>
    public static async Task<IAsyncEnumerator<GeneratedToken>> StartAsync(
        this InferenceEngine engine, TokenRequest request, CancellationToken ct = default)
    {
        var tokens = engine.GenerateAsync(request, ct).GetAsyncEnumerator(CancellationToken.None);
        Xunit.Assert.True(await tokens.MoveNextAsync());
        return tokens;
    }
}
