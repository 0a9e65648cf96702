using System.Text.Json.Nodes;

namespace Gateway.IntegrationTests.Observability;

/// <summary>When a client saw the first tokens of a stream, in seconds from asking.</summary>
internal sealed record TimedStream(double FirstToken, double FirstContentToken)
{
    public static async Task<TimedStream> ReadAsync(GatewayUnderTest gateway, string model)
    {
        var start = TimeProvider.System.GetTimestamp();
        using var response = await gateway.Client.SendAsync(MeteredGateway.Request(stream: true, model), HttpCompletionOption.ResponseHeadersRead);
        response.EnsureSuccessStatusCode();
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync());
        double? first = null, firstContent = null;
        while (await lines.ReadLineAsync() is { } line)
        {
            var now = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
            if (line.StartsWith("data: {", StringComparison.Ordinal) && JsonNode.Parse(line["data: ".Length..])?["choices"] is JsonArray { Count: > 0 } choices)
            {
                var isContent = IsFilled(choices[0]!["delta"]!["content"]);
                first ??= isContent || IsFilled(choices[0]!["delta"]!["reasoning_content"]) ? now : null;
                firstContent ??= isContent ? now : null;
            }
        }

        return new TimedStream(first!.Value, firstContent!.Value);
    }

    private static bool IsFilled(JsonNode? text) => text?.GetValue<string>() is { Length: > 0 };
}
