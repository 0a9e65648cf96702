using System.Text.Json.Serialization;

namespace Gateway.Contracts.OpenAI;

/// <summary>The answer of <c>GET /v1/models</c>.</summary>
public sealed record ModelList(IReadOnlyList<ModelEntry> Data)
{
    [JsonPropertyOrder(-1)]
    public string Object => "list";
}

/// <param name="Created">Unix time in seconds.</param>
/// <param name="OwnedBy">The provider that serves it, or <c>gateway</c> for a route.</param>
public sealed record ModelEntry(string Id, long Created, string OwnedBy)
{
    [JsonPropertyOrder(-1)]
    public string Object => "model";
}
