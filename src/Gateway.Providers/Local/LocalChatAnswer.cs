using System.Text.Json;
using Gateway.Contracts.OpenAI;

namespace Gateway.Providers.Local;

/// <summary>Puts an answer into the wire shape of <c>/v1/chat/completions</c>, whole or event by event.</summary>
/// <param name="requestId">The request's id, of which the answer's id is made.</param>
/// <param name="model">The model's name as clients know it.</param>
/// <param name="created">Unix time in seconds.</param>
/// <param name="continuation">What the client has of the answer already; null for an answer from its beginning.</param>
internal sealed class LocalChatAnswer(string requestId, string model, long created, Continuation? continuation)
{
    private readonly string _id = continuation?.AnswerId ?? "chatcmpl-" + requestId;

    /// <summary>The answer in one piece.</summary>
    public byte[] Whole(IReadOnlyList<ChatChoice> choices, CompletionUsage usage) =>
        JsonSerializer.SerializeToUtf8Bytes(new ChatCompletion(_id, created, model, choices, usage), OpenAIJson.Relaxed.ChatCompletion);

    /// <summary>The event before a choice's first token; null where the client has it already.</summary>
    public byte[]? First(int choice) =>
        continuation is null ? Piece(new ChunkChoice(choice, new ChunkDelta { Role = "assistant", Content = "" }, null, null)) : null;

    /// <summary>An event with a piece of a choice, or with the reason of its end.</summary>
    public byte[] Piece(ChunkChoice choice) => ServerSentEvent.Of(new ChatCompletionChunk(_id, created, model, [choice]), OpenAIJson.Relaxed.ChatCompletionChunk);

    /// <summary>The event that carries the usage and nothing else.</summary>
    public byte[] Usage(CompletionUsage usage) =>
        ServerSentEvent.Of(new ChatCompletionChunk(_id, created, model, []) { Usage = usage }, OpenAIJson.Relaxed.ChatCompletionChunk);
}
