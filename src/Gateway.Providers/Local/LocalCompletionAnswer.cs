using System.Text.Json;
using Gateway.Contracts.OpenAI;

namespace Gateway.Providers.Local;

/// <summary>Puts an answer into the wire shape of <c>/v1/completions</c>, whole or event by event.</summary>
/// <param name="requestId">The request's id, of which the answer's id is made.</param>
/// <param name="model">The model's name as clients know it.</param>
/// <param name="created">Unix time in seconds.</param>
internal sealed class LocalCompletionAnswer(string requestId, string model, long created)
{
    private readonly string _id = "cmpl-" + requestId;

    /// <summary>The answer in one piece.</summary>
    public byte[] Whole(IReadOnlyList<TextChoice> choices, CompletionUsage usage) =>
        JsonSerializer.SerializeToUtf8Bytes(new TextCompletion(_id, created, model, choices) { Usage = usage }, OpenAIJson.Relaxed.TextCompletion);

    /// <summary>An event with a piece of a choice, or with the reason of its end.</summary>
    public byte[] Piece(TextChoice choice) => ServerSentEvent.Of(new TextCompletion(_id, created, model, [choice]), OpenAIJson.Relaxed.TextCompletion);

    /// <summary>The event that carries the usage and nothing else.</summary>
    public byte[] Usage(CompletionUsage usage) =>
        ServerSentEvent.Of(new TextCompletion(_id, created, model, []) { Usage = usage }, OpenAIJson.Relaxed.TextCompletion);
}
