using System.Text.Json;
using Gateway.Contracts.OpenAI;
using Gateway.Engine;

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
    public byte[] Whole(IReadOnlyList<AnsweredChoice> choices, CompletionUsage usage) =>
        JsonSerializer.SerializeToUtf8Bytes(
            new ChatCompletion(_id, created, model, [.. choices.Select(Choice)], usage), OpenAIJson.Relaxed.ChatCompletion);

    /// <summary>The event before a choice's first token; null where the client has it already.</summary>
    public byte[]? First(int choice) =>
        continuation is null ? Chunk(new ChunkChoice(choice, new ChunkDelta { Role = "assistant", Content = "" }, null, null)) : null;

    /// <summary>An event with text.</summary>
    public byte[] Delta(int choice, string text, IReadOnlyList<TokenLogprobEntry>? logprobs) =>
        Chunk(new ChunkChoice(choice, new ChunkDelta { Content = text }, Logprobs(logprobs), null));

    /// <summary>The event that says why a choice ended.</summary>
    public byte[] Last(int choice, FinishReason finish) => Chunk(new ChunkChoice(choice, new ChunkDelta(), null, FinishReasonName.Of(finish)));

    /// <summary>The event that carries the usage and nothing else.</summary>
    public byte[] Usage(CompletionUsage usage) => ServerSentEvent.Of(new ChatCompletionChunk(_id, created, model, []) { Usage = usage }, OpenAIJson.Relaxed.ChatCompletionChunk);

    private static ChatChoice Choice(AnsweredChoice choice, int index) =>
        new(index, new ChatAnswer(choice.Text), Logprobs(choice.Logprobs), FinishReasonName.Of(choice.Finish));

    private static ChoiceLogprobs? Logprobs(IReadOnlyList<TokenLogprobEntry>? entries) => entries is null ? null : new ChoiceLogprobs(entries);

    private byte[] Chunk(ChunkChoice choice) => ServerSentEvent.Of(new ChatCompletionChunk(_id, created, model, [choice]), OpenAIJson.Relaxed.ChatCompletionChunk);
}
