using System.Globalization;
using System.Text.Json;
using Gateway.IntegrationTests.ProviderPath;
using Gateway.Testing;

namespace Gateway.IntegrationTests.Failover;

/// <summary>What one scripted model says, and what it says that it used: enough to tell afterwards who answered and who is paid.</summary>
internal sealed record ScriptedAnswer(string Id, int InputTokens, int OutputTokens, params string[] Words)
{
    public string Text => string.Concat(Words);

    /// <summary>The payloads of its stream, usage included.</summary>
    public IReadOnlyList<string> Events => [ChatEvents.Role(Id), .. Words.Select(word => ChatEvents.Delta(word, Id)), ChatEvents.Finish(id: Id), Usage];

    public string Usage => ChatEvents.Usage(InputTokens, OutputTokens, Id);

    /// <summary>Its answer in one piece.</summary>
    public string Body => JsonSerializer.Serialize(new
    {
        id = Id,
        @object = "chat.completion",
        choices = new[] { new { index = 0, message = new { role = "assistant", content = Text }, finish_reason = "stop" } },
        usage = new { prompt_tokens = InputTokens, completion_tokens = OutputTokens, total_tokens = InputTokens + OutputTokens },
    });

    /// <summary>The whole answer, in the form that the request asks for.</summary>
    public Reply For(RecordedRequest request, StreamOptions? options = null) =>
        Replies.IsStream(request) ? Reply.Stream(Events, (options ?? new StreamOptions()) with { UsageChunk = UsageChunk.WhenAsked }) : Reply.Json(200, Body);

    /// <summary>The bytes of the stream that a client gets who did not ask for usage, but for the comments with its cost.</summary>
    public string Stream => Wire.Events(Events.SkipLast(1)) + Wire.Done;

    /// <summary>As dollars to the nano-dollar.</summary>
    public string Cost(ScriptedModel model) =>
        (((InputTokens * model.InputPrice) + (OutputTokens * model.OutputPrice)) / 1_000_000m).ToString("0.000000000", CultureInfo.InvariantCulture);
}
