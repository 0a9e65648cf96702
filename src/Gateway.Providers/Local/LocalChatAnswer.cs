using System.Text.Json;
using Gateway.Contracts.OpenAI;
using Gateway.Engine;

namespace Gateway.Providers.Local;

/// <summary>The shapes of <c>/v1/chat/completions</c>.</summary>
internal sealed class LocalChatAnswer(string requestId, string model, long created, Continuation? continuation) : LocalAnswer(model, created)
{
    private readonly string _id = continuation?.AnswerId ?? "chatcmpl-" + requestId;

    public override byte[] Whole(string text, IReadOnlyList<TokenLogprobEntry>? logprobs, FinishReason finish, CompletionUsage usage) =>
        JsonSerializer.SerializeToUtf8Bytes(
            new ChatCompletion(_id, Created, Model, [new ChatChoice(0, new ChatAnswer(text), Logprobs(logprobs), NameOf(finish))], usage),
            OpenAIJson.Relaxed.ChatCompletion);

    public override byte[]? First() => continuation is null ? Chunk(new ChunkChoice(0, new ChunkDelta { Role = "assistant", Content = "" }, null, null)) : null;

    public override byte[] Delta(string text, IReadOnlyList<TokenLogprobEntry>? logprobs) =>
        Chunk(new ChunkChoice(0, new ChunkDelta { Content = text }, Logprobs(logprobs), null));

    public override byte[] Last(FinishReason finish) => Chunk(new ChunkChoice(0, new ChunkDelta(), null, NameOf(finish)));

    public override byte[] Usage(CompletionUsage usage) =>
        Event(new ChatCompletionChunk(_id, Created, Model, []) { Usage = usage }, OpenAIJson.Relaxed.ChatCompletionChunk);

    private static ChoiceLogprobs? Logprobs(IReadOnlyList<TokenLogprobEntry>? entries) => entries is null ? null : new ChoiceLogprobs(entries);

    private byte[] Chunk(ChunkChoice choice) => Event(new ChatCompletionChunk(_id, Created, Model, [choice]), OpenAIJson.Relaxed.ChatCompletionChunk);
}
