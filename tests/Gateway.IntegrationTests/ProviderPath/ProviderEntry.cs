using System.Text.Json;

namespace Gateway.IntegrationTests.ProviderPath;

/// <summary>One provider of <c>providers.yaml</c> with one model, whose name is <c>small</c>.</summary>
internal sealed record ProviderEntry(string Name, string BaseUrl)
{
    public const string ApiKey = "sk-provider-0123456789abcdef";

    public const string ApiKeyVariable = "FAKE_PROVIDER_KEY";

    public const string Model = "small";

    /// <summary>The name of the model towards the provider.</summary>
    public string UpstreamModel { get; init; } = "upstream-small";

    public bool HasApiKey { get; init; } = true;

    /// <summary>The limit of a first token, of a whole answer and between two tokens.</summary>
    public double LimitSeconds { get; init; } = 20;

    /// <summary>A YAML value such as <c>{ input: 0.25, output: 2 }</c>; null for an unknown price.</summary>
    public string? Prices { get; init; }

    /// <summary>Further lines of the provider, such as <c>httpVersion: "2"</c>.</summary>
    public string[] Lines { get; init; } = [];

    /// <summary>Further lines of the model, such as <c>kind: embedding</c>.</summary>
    public string[] ModelLines { get; init; } = [];

    /// <summary>The provider's entry below <c>providers:</c>.</summary>
    public string ToYaml() => string.Concat(
        AllLines().Select(line => $"    {line}\n").Prepend($"  {Name}:\n"));

    /// <summary>The provider's entry below <c>providers:</c> of <c>failover.yaml</c>.</summary>
    public string ToFailoverYaml() => FormattableString.Invariant(
        $"  {Name}: {{ limits: {{ firstTokenSeconds: {LimitSeconds}, answerSeconds: {LimitSeconds}, betweenTokensSeconds: {LimitSeconds} }} }}\n");

    private IEnumerable<string> AllLines()
    {
        yield return "dialect: openai";
        yield return $"baseUrl: {BaseUrl}";
        if (HasApiKey)
        {
            yield return $"apiKey: ${{{ApiKeyVariable}}}";
        }

        yield return "timeouts: { connectSeconds: 5 }";
        foreach (var line in Lines)
        {
            yield return line;
        }

        yield return "models:";
        yield return $"  {Model}:";
        yield return $"    upstreamModel: {JsonSerializer.Serialize(UpstreamModel)}";
        yield return "    contextWindow: 8192";
        if (Prices is not null)
        {
            yield return $"    prices: {Prices}";
        }

        foreach (var line in ModelLines)
        {
            yield return $"    {line}";
        }
    }
}
