using System.Text.Json;
using Gateway.Contracts.OpenAI;
using Gateway.Engine;

namespace Gateway.Providers.Local;

/// <summary>The shapes of <c>/v1/chat/completions</c>.</summary>
internal sealed class LocalChatAnswer(string requestId, string model, long created, Continuation? continuation) : LocalAnswer(model, created)
{
    private readonly string _id = continuation?.AnswerId ?? "chatcmpl-" + requestId;

    public override byte[] Whole(IReadOnlyList<AnsweredChoice> choices, CompletionUsage usage) =>
        JsonSerializer.SerializeToUtf8Bytes(
            new ChatCompletion(_id, Created, Model, [.. choices.Select(Choice)], usage), OpenAIJson.Relaxed.ChatCompletion);

    public override byte[]? First(int choice) => continuation is null ? Chunk(new ChunkChoice(choice, new ChunkDelta { Role = "assistant", Content = "" }, null, null)) : null;

    public override byte[] Delta(int choice, string text, IReadOnlyList<TokenLogprobEntry>? logprobs) =>
        Chunk(new ChunkChoice(choice, new ChunkDelta { Content = text }, Logprobs(logprobs), null));

    public override byte[] Last(int choice, FinishReason finish) => Chunk(new ChunkChoice(choice, new ChunkDelta(), null, NameOf(finish)));

    public override byte[] Usage(CompletionUsage usage) =>
        Event(new ChatCompletionChunk(_id, Created, Model, []) { Usage = usage }, OpenAIJson.Relaxed.ChatCompletionChunk);

    private static ChatChoice Choice(AnsweredChoice choice, int index) =>
        new(index, new ChatAnswer(choice.Text), Logprobs(choice.Logprobs), NameOf(choice.Finish));

    private static ChoiceLogprobs? Logprobs(IReadOnlyList<TokenLogprobEntry>? entries) => entries is null ? null : new ChoiceLogprobs(entries);

    private byte[] Chunk(ChunkChoice choice) => Event(new ChatCompletionChunk(_id, Created, Model, [choice]), OpenAIJson.Relaxed.ChatCompletionChunk);
}
