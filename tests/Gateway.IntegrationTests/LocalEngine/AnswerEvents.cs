using System.Text.Json;
using Gateway.IntegrationTests.FrontDoor;
using Xunit;

namespace Gateway.IntegrationTests.LocalEngine;

/// <summary>The events of a complete streamed answer.</summary>
internal sealed record AnswerEvents(IReadOnlyList<JsonElement> Chunks)
{
    /// <summary>The pieces of text in their order, of either endpoint.</summary>
    public IReadOnlyList<string> Pieces { get; } =
    [
        .. Chunks
            .Where(chunk => chunk.GetProperty("choices").GetArrayLength() > 0)
            .Select(chunk => chunk.GetProperty("choices")[0])
            .Select(choice => choice.TryGetProperty("delta", out var delta)
                ? delta.TryGetProperty("content", out var content) ? content.GetString()! : ""
                : choice.GetProperty("text").GetString()!),
    ];

    public string Text => string.Concat(Pieces);

    /// <summary>Every finish reason that occurs; a sound answer has one, in its last choice.</summary>
    public IReadOnlyList<string> FinishReasons =>
    [
        .. Chunks
            .Where(chunk => chunk.GetProperty("choices").GetArrayLength() > 0)
            .Select(chunk => chunk.GetProperty("choices")[0].GetProperty("finish_reason"))
            .Where(reason => reason.ValueKind == JsonValueKind.String)
            .Select(reason => reason.GetString()!),
    ];

    public static async Task<AnswerEvents> StreamAsync(HttpClient client, string path, Dictionary<string, object?> body)
    {
        body["stream"] = true;
        var answer = await client.PostJsonAsync(path, JsonSerializer.SerializeToUtf8Bytes(body));
        Assert.True(answer.ContentType == "text/event-stream", answer.Body);
        return Parse(answer.Body);
    }

    /// <summary>Takes the stream apart; it must end with the end mark, and each event must be one line of JSON.</summary>
    private static AnswerEvents Parse(string body)
    {
        var blocks = body.Split("\n\n");
        Assert.Equal(["data: [DONE]", ""], blocks[^2..]);
        var data = blocks[..^2].Where(block => !block.StartsWith(':')).ToList();
        Assert.All(data, block => Assert.StartsWith("data: {", block, StringComparison.Ordinal));
        return new AnswerEvents([.. data.Select(block => JsonElement.Parse(block["data: ".Length..]))]);
    }
}
