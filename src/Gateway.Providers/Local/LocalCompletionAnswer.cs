using System.Text.Json;
using Gateway.Contracts.OpenAI;
using Gateway.Engine;

namespace Gateway.Providers.Local;

/// <summary>The shapes of <c>/v1/completions</c>.</summary>
internal sealed class LocalCompletionAnswer(string requestId, string model, long created) : LocalAnswer(model, created)
{
    private readonly string _id = "cmpl-" + requestId;

    public override byte[] Whole(string text, IReadOnlyList<TokenLogprobEntry>? logprobs, FinishReason finish, CompletionUsage usage) =>
        JsonSerializer.SerializeToUtf8Bytes(Text(text, NameOf(finish)) with { Usage = usage }, OpenAIJson.Relaxed.TextCompletion);

    public override byte[]? First() => null;

    public override byte[] Delta(string text, IReadOnlyList<TokenLogprobEntry>? logprobs) => Event(Text(text, finish: null), OpenAIJson.Relaxed.TextCompletion);

    public override byte[] Last(FinishReason finish) => Event(Text("", NameOf(finish)), OpenAIJson.Relaxed.TextCompletion);

    public override byte[] Usage(CompletionUsage usage) =>
        Event(new TextCompletion(_id, Created, Model, []) { Usage = usage }, OpenAIJson.Relaxed.TextCompletion);

    private TextCompletion Text(string text, string? finish) => new(_id, Created, Model, [new TextChoice(0, text, finish)]);
}
